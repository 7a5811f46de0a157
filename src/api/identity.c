#include "api/identity.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "api/document.h"
#include "api/fields.h"
#include "api/status.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"
#include "net/url.h"

#define TOKEN_PATH "/identity-server/connect/token"
#define FORM_TYPE "application/x-www-form-urlencoded"
#define REQUEST_KIND "token"

/* A token is about 1 KB; the rest is room for a crashed server's page. */
#define ANSWER_MAX ((size_t)1 << 20)

/* The form: a secret is some 50 characters, three times as long when encoded. */
#define FORM_MAX ((size_t)64 << 10)

/* No lifetime is longer: ten years. Keeps milliseconds far from overflow. */
#define LIFETIME_MAX_S (10.0 * 365 * 24 * 3600)

struct identity {
	char *url; /* of the token endpoint */
	char *client_id;
	char *form; /* holds the secret: pages of its own, not dumped, wiped */
	size_t form_len;
	struct transport *transport;
};

static int add_form(struct buf *form, const char *client_id, const char *client_secret)
{
	/* Room for all of it at once: a buffer that grows leaves copies behind. */
	size_t room = 3 * (strlen(client_id) + strlen(client_secret)) + 256;
	int ret;

	if (room > FORM_MAX)
		return -EFBIG;
	ret = buf_addf(form, "%*s", (int)room, "");
	if (ret < 0)
		return ret;
	buf_clear(form);
	ret = buf_add_str(form, "grant_type=client_credentials&client_id=");
	if (ret == 0)
		ret = url_add_encoded(form, client_id);
	if (ret == 0)
		ret = buf_add_str(form, "&client_secret=");
	if (ret == 0)
		ret = url_add_encoded(form, client_secret);
	if (ret == 0)
		ret = buf_add_str(form, "&scope=squidex-api");
	return ret;
}

static int keep_form(struct identity *identity, const struct buf *form)
{
	void *pages = mmap(
		NULL, form->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return -errno;
	identity->form = pages;
	identity->form_len = form->len;
	if (madvise(pages, form->len, MADV_DONTDUMP) < 0)
		return -errno;
	memcpy(pages, form->data, form->len);
	return 0;
}

int identity_new(const char *url, const char *client_id, const char *client_secret,
	struct identity **ret_identity, struct error *err)
{
	struct identity *identity = calloc(1, sizeof(*identity));
	struct buf form;
	int ret = -ENOMEM;

	buf_init(&form, FORM_MAX);
	if (!identity)
		goto out;
	if (asprintf(&identity->url, "%s" TOKEN_PATH, url) < 0) {
		identity->url = NULL;
		goto out;
	}
	identity->client_id = strdup(client_id);
	if (!identity->client_id)
		goto out;
	ret = add_form(&form, client_id, client_secret);
	if (ret == 0)
		ret = keep_form(identity, &form);
out:
	buf_wipe(&form);
	if (ret < 0) {
		identity_free(identity);
		return error_set(err, -ret, "credentials of client '%s' cannot be kept: %s",
			client_id, error_name(-ret));
	}
	*ret_identity = identity;
	return 0;
}

void identity_free(struct identity *identity)
{
	if (!identity)
		return;
	if (identity->form) {
		explicit_bzero(identity->form, identity->form_len);
		munmap(identity->form, identity->form_len);
	}
	free(identity->client_id);
	free(identity->url);
	free(identity);
}

void identity_set_transport(struct identity *identity, struct transport *transport)
{
	identity->transport = transport;
}

/* The token goes into a header: what could end the header is no token. RFC 6750, section 2.1. */
static bool is_token(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p <= ' ' || *p >= 0x7f)
			return false;
	}
	return *text != '\0';
}

static int read_lifetime(struct json_object *root, uint64_t *ret_lifetime_ms)
{
	struct json_object *value = NULL;
	double s;

	if (!fields_find(root, FIELD_EXPIRES_IN, &value) || !value) {
		*ret_lifetime_ms = IDENTITY_LIFETIME_UNKNOWN_MS;
		return 0;
	}
	if (!json_object_is_type(value, json_type_int) &&
		!json_object_is_type(value, json_type_double))
		return -EIO;
	/* As a double: what is far too long is not refused but cut. */
	s = json_object_get_double(value);
	if (!(s > 0))
		return -EIO;
	*ret_lifetime_ms = (uint64_t)(1000 * (s < LIFETIME_MAX_S ? s : LIFETIME_MAX_S));
	return 0;
}

/* No part of the body goes into a sentence: it holds the token, or what is left of it. */
static int read_token(const struct buf *body, const char *what, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err)
{
	struct json_object *root = NULL;
	const char *token;
	uint64_t lifetime_ms;
	int ret = document_parse(buf_str(body), body->len, what, &root, NULL);

	if (ret < 0)
		return error_set(err, EIO, "%s: the identity server's answer is %s", what,
			document_is_html(buf_str(body), body->len) ? "an HTML page" : "not JSON");
	token = fields_get_string(root, FIELD_ACCESS_TOKEN);
	if (!is_token(token))
		ret = error_set(err, EIO, "%s: there is no access token in the answer", what);
	else if (read_lifetime(root, &lifetime_ms) < 0)
		ret = error_set(
			err, EIO, "%s: the token's lifetime is not a number of seconds", what);
	else if (buf_add_str(ret_text, token) < 0)
		ret = error_set(err, EFBIG, "%s: the token is too large", what);
	else
		*ret_lifetime_ms = lifetime_ms;
	json_object_put(root);
	return ret;
}

int identity_fetch_token(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err)
{
	struct identity *identity = payload;
	struct http_request req = {
		.method = HTTP_POST,
		.url = identity->url,
		.content_type = FORM_TYPE,
		.body = identity->form,
		.body_len = identity->form_len,
		.max_body = ANSWER_MAX,
		.kind = REQUEST_KIND,
		.is_repeatable = true,
	};
	struct http_response res;
	char what[256];
	int ret;

	snprintf(what, sizeof(what), "token for client '%s'", identity->client_id);
	http_response_init(&res);
	ret = transport_perform(identity->transport, call, &req, &res, err);
	if (ret < 0) {
		error_prefix(err, "%s", what);
		goto out;
	}
	ret = status_check(&res, STATUS_READ, what, err);
	if (ret == -ENOENT)
		error_prefix(err, "no identity server at this URL");
	if (ret == 0)
		ret = read_token(&res.body, what, ret_text, ret_lifetime_ms, err);
out:
	buf_wipe(&res.body);
	http_response_release(&res);
	return ret;
}
