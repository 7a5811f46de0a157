#include "net/auth.h"

#include <stdbool.h>
#include <stdlib.h>

#include "net/token.h"
#include "net/transport.h"

struct auth {
	struct transport base;
	struct transport *inner;
	struct token_manager *mgr;
};

/*
 * Whether the answer shows that the server took the token. A 5xx, 408 or 429 may come
 * from a proxy, or from before the token was looked at.
 */
static bool is_proof(int status)
{
	return status >= 200 && status < 500 && status != 401 && status != 408 && status != 429;
}

static int send_with_token(struct auth *auth, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct http_request with_token = *req;
	struct token *token;
	int ret;

	ret = token_acquire(auth->mgr, call, &token, err);
	if (ret < 0) {
		/* The token's own request has gone through a retry layer. */
		res->is_final = true;
		return ret;
	}
	with_token.bearer = token_text(token);
	ret = transport_perform(auth->inner, call, &with_token, res, err);
	if (ret == 0 && res->status == 401)
		token_reject(auth->mgr, token);
	else if (ret == 0 && is_proof(res->status))
		token_approve(auth->mgr, token);
	token_unref(token);
	return ret;
}

static int auth_perform(struct transport *t, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct auth *auth = (struct auth *)t;
	int ret;

	ret = send_with_token(auth, call, req, res, err);
	if (ret < 0 || res->status != 401)
		return ret;
	http_response_release(res);
	return send_with_token(auth, call, req, res, err);
}

static void auth_free(struct transport *t)
{
	free(t);
}

struct transport *auth_new(struct transport *inner, struct token_manager *mgr)
{
	static const struct transport_ops ops = {
		.name = "auth",
		.perform = auth_perform,
		.free = auth_free,
	};
	struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth)
		return NULL;
	auth->base.ops = &ops;
	auth->inner = inner;
	auth->mgr = mgr;
	return &auth->base;
}
