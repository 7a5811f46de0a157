#include "support/scripted.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"

/* More than any test sends. */
#define REQUESTS_MAX 1024
#define TEXT_MAX (1024 * 1024)

struct scripted {
	struct transport base;
	const struct scripted_answer *answers;
	size_t n_answers;
	void (*on_request)(void *payload, size_t i);
	void *payload;
	pthread_mutex_t lock;
	struct buf requests[REQUESTS_MAX]; /* guarded by lock */
	size_t n_requests;                 /* guarded by lock */
};

static void must(int ret)
{
	if (ret < 0)
		abort();
}

static void record(struct buf *text, const struct http_request *req)
{
	buf_init(text, TEXT_MAX);
	must(buf_addf(text, "%s %s\n", http_method_name(req->method), req->url));
	for (size_t i = 0; i < req->n_headers; i++)
		must(buf_addf(text, "%s: %s\n", req->headers[i].name, req->headers[i].value));
	if (req->content_type)
		must(buf_addf(text, "Content-Type: %s\n", req->content_type));
	if (req->bearer)
		must(buf_addf(text, "Authorization: Bearer %s\n", req->bearer));
	must(buf_add_str(text, "\n"));
	must(buf_add(text, req->body, req->body_len));
}

static int answer_with(const struct scripted_answer *answer, const struct http_request *req,
	struct http_response *res, struct error *err)
{
	const char *body = answer->body ? answer->body : "";
	const char *type = answer->content_type ? answer->content_type
						: "application/json; charset=utf-8";

	res->is_doubtful = answer->is_doubtful;
	if (answer->ret < 0)
		return error_set(err, -answer->ret, "scripted %s", error_name(-answer->ret));
	http_response_release(res);
	buf_init(&res->body, req->max_body);
	if (buf_add_str(&res->body, body) < 0)
		return error_set(err, EFBIG, "scripted body is too large");
	res->status = answer->status;
	snprintf(res->etag, sizeof(res->etag), "%s", answer->etag ? answer->etag : "");
	snprintf(res->content_type, sizeof(res->content_type), "%s", type);
	if (answer->retry_after_s)
		res->retry_after_ms = answer->retry_after_s * 1000;
	res->cost = answer->cost;
	return 0;
}

static int scripted_perform(struct transport *t, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct scripted *scripted = (struct scripted *)t;
	size_t i;

	(void)call;
	pthread_mutex_lock(&scripted->lock);
	i = scripted->n_requests;
	if (i == REQUESTS_MAX)
		abort();
	record(&scripted->requests[i], req);
	scripted->n_requests++;
	pthread_mutex_unlock(&scripted->lock);
	if (scripted->on_request)
		scripted->on_request(scripted->payload, i);
	if (i >= scripted->n_answers)
		i = scripted->n_answers - 1;
	return answer_with(&scripted->answers[i], req, res, err);
}

static void scripted_free(struct transport *t)
{
	struct scripted *scripted = (struct scripted *)t;

	for (size_t i = 0; i < scripted->n_requests; i++)
		buf_release(&scripted->requests[i]);
	pthread_mutex_destroy(&scripted->lock);
	free(scripted);
}

struct transport *scripted_new(const struct scripted_answer *answers, size_t n_answers)
{
	static const struct transport_ops ops = {
		.name = "scripted",
		.perform = scripted_perform,
		.free = scripted_free,
	};
	struct scripted *scripted = calloc(1, sizeof(*scripted));

	if (!scripted || n_answers == 0)
		abort();
	scripted->base.ops = &ops;
	scripted->answers = answers;
	scripted->n_answers = n_answers;
	pthread_mutex_init(&scripted->lock, NULL);
	return &scripted->base;
}

void scripted_on_request(
	struct transport *t, void (*on_request)(void *payload, size_t i), void *payload)
{
	struct scripted *scripted = (struct scripted *)t;

	scripted->on_request = on_request;
	scripted->payload = payload;
}

size_t scripted_count(struct transport *t)
{
	struct scripted *scripted = (struct scripted *)t;
	size_t n;

	pthread_mutex_lock(&scripted->lock);
	n = scripted->n_requests;
	pthread_mutex_unlock(&scripted->lock);
	return n;
}

const char *scripted_request(struct transport *t, size_t i)
{
	struct scripted *scripted = (struct scripted *)t;
	const char *text = NULL;

	pthread_mutex_lock(&scripted->lock);
	if (i < scripted->n_requests)
		text = buf_str(&scripted->requests[i]);
	pthread_mutex_unlock(&scripted->lock);
	return text;
}
