#include "api/client_change.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/bulk.h"
#include "api/client.h"
#include "api/client_private.h"
#include "api/status.h"
#include "api/text.h"
#include "base/buf.h"
#include "net/transport.h"
#include "net/url.h"

/* The server takes no body over 30 MB, so no item is larger than that, with its links. */
#define ANSWER_MAX ((size_t)32 << 20)

/* Of a status with its time. */
#define STATUS_BODY_MAX ((size_t)64 << 10)

#define WHAT_SIZE 320
#define VERSION_SIZE 32

static const struct change_route {
	const char *suffix; /* behind the id; NULL: the id is a parameter */
	enum http_method method;
	bool has_data;
} routes[] = {
	[CHANGE_CREATE] = { NULL, HTTP_POST, true },
	[CHANGE_PATCH] = { "", HTTP_PATCH, true },
	[CHANGE_PUT] = { "", HTTP_PUT, true },
	[CHANGE_UPSERT] = { "", HTTP_POST, true },
	[CHANGE_STATUS] = { "/status", HTTP_PUT, false },
	[CHANGE_UNSCHEDULE] = { "/status", HTTP_DELETE, false },
	[CHANGE_OPEN_DRAFT] = { "/draft", HTTP_POST, false },
	[CHANGE_DROP_DRAFT] = { "/draft", HTTP_DELETE, false },
	[CHANGE_DELETE] = { "", HTTP_DELETE, false },
};

/* A single request on its way into the transport. */
struct outgoing {
	struct http_request req;
	struct buf url;
	struct buf body; /* of a status; data is borrowed */
	char version[VERSION_SIZE];
	char what[WHAT_SIZE];
};

void change_result_init(struct change_result *result)
{
	*result = (struct change_result){ 0 };
	content_init(&result->content);
}

void change_result_release(struct change_result *result)
{
	content_release(&result->content);
	change_result_init(result);
}

static int add_parameter(
	struct buf *url, const char *separator, const char *name, const char *value)
{
	int ret = buf_add_str(url, separator);

	if (ret == 0)
		ret = buf_add_str(url, name);
	return ret == 0 ? url_add_encoded(url, value) : ret;
}

static int add_parameters(struct buf *url, const struct change *change)
{
	int ret = 0;

	switch (change->kind) {
	case CHANGE_CREATE:
		ret = add_parameter(url, "?", "id=", change->id);
		if (ret == 0 && change->status)
			ret = add_parameter(url, "&", "status=", change->status);
		break;
	case CHANGE_UPSERT:
		ret = add_parameter(
			url, change->is_patch ? "?patch=true&" : "?", "status=", change->status);
		break;
	case CHANGE_DELETE:
		if (change->checks_referrers)
			ret = buf_add_str(url, "?checkReferrers=true");
		if (ret == 0 && change->is_permanent)
			ret = buf_addf(
				url, "%cpermanent=true", change->checks_referrers ? '&' : '?');
		break;
	default:
		break;
	}
	return ret;
}

static int add_url(struct client *client, const struct change *change, struct buf *url)
{
	const char *suffix = routes[change->kind].suffix;
	int ret = client_add_schema_url(client, change->schema, url);

	if (ret == 0 && suffix)
		ret = add_parameter(url, "/", "", change->id);
	if (ret == 0 && suffix)
		ret = buf_add_str(url, suffix);
	return ret == 0 ? add_parameters(url, change) : ret;
}

/* {"status": "Published", "dueTime": "2026-12-24T08:00:00Z"} */
static int add_status(const struct change *change, struct buf *body)
{
	int ret = buf_add_str(body, "{\"status\":");

	if (ret == 0)
		ret = text_add_string(body, change->status, strlen(change->status));
	if (ret == 0 && change->due)
		ret = buf_add_str(body, ",\"dueTime\":");
	if (ret == 0 && change->due)
		ret = text_add_string(body, change->due, strlen(change->due));
	return ret == 0 ? buf_add_str(body, "}") : ret;
}

static void set_body(struct outgoing *out, const void *body, size_t len)
{
	out->req.body = body;
	out->req.body_len = len;
	out->req.content_type = "application/json";
}

static int prepare(
	struct client *client, const struct change *change, struct outgoing *out, struct error *err)
{
	int ret = add_url(client, change, &out->url);

	if (ret == 0 && change->kind == CHANGE_STATUS)
		ret = add_status(change, &out->body);
	if (ret < 0)
		return client_refuse_url(ret, out->what, err);
	out->req.method = routes[change->kind].method;
	out->req.url = out->url.data;
	out->req.max_body = ANSWER_MAX;
	out->req.kind = "change";
	if (routes[change->kind].has_data)
		set_body(out, change->data, change->data_len);
	else if (out->body.len > 0)
		set_body(out, out->body.data, out->body.len);
	client_add_view_headers(client, &out->req);
	if (change->version >= 0) {
		snprintf(out->version, sizeof(out->version), "\"%" PRId64 "\"", change->version);
		http_request_add_header(&out->req, "If-Match", out->version);
	}
	return 0;
}

static int perform(struct client *client, const struct call *call, const struct change *change,
	const struct outgoing *out, struct http_response *res, struct change_result *result)
{
	enum status_operation operation = change->kind == CHANGE_CREATE ? STATUS_CREATE
									: STATUS_WRITE;
	int ret = transport_perform(client->transport, call, &out->req, res, &result->err);

	if (ret < 0) {
		result->is_doubtful = res->is_doubtful;
		error_prefix(&result->err, "%s", out->what);
		return ret;
	}
	ret = status_check(res, operation, out->what, &result->err);
	result->is_doubtful = ret < 0 && status_is_doubtful(res->status);
	return ret;
}

/*
 * What was changed is answered as it is now, what was deleted with nothing. Anything else under a
 * good status is not the server's: a proxy's page says nothing of the change.
 */
static int read_answer(struct client *client, const struct change *change,
	const struct outgoing *out, const struct http_response *res, struct change_result *result)
{
	struct error why = { 0 };
	int ret;

	if (change->kind == CHANGE_DELETE && res->body.len == 0)
		return 0;
	ret = content_parse(buf_str(&res->body), res->body.len, change->schema, client->view,
		change->id, &result->content, &why);
	result->has_content = ret == 0;
	if (ret == 0)
		return 0;
	result->is_doubtful = true;
	return error_set(&result->err, EIO, "%s: the answer does not say that it was done: %s",
		out->what, why.text);
}

static int change_by_path(struct client *client, const struct call *call,
	const struct change *change, struct change_result *result)
{
	struct outgoing out = { 0 };
	struct http_response res;
	int ret;

	snprintf(out.what, sizeof(out.what), "%s/%s", change->schema->name, change->id);
	buf_init(&out.url, CLIENT_URL_MAX);
	buf_init(&out.body, STATUS_BODY_MAX);
	http_response_init(&res);
	ret = prepare(client, change, &out, &result->err);
	if (ret == 0)
		ret = perform(client, call, change, &out, &res, result);
	if (ret == 0)
		ret = read_answer(client, change, &out, &res, result);
	http_response_release(&res);
	buf_release(&out.body);
	buf_release(&out.url);
	return ret;
}

bool change_has_job(const struct change *change)
{
	return bulk_job_type(change->kind) != NULL;
}

int client_change(struct client *client, const struct call *call, const struct change *change,
	struct change_result *ret_result)
{
	assert(change->kind != CHANGE_UPSERT || change->version >= 0);
	if (routes[change->kind].suffix && !client_has_path(change->id))
		return client_change_all(client, call, change, 1, ret_result);
	change_result_release(ret_result);
	ret_result->ret = change_by_path(client, call, change, ret_result);
	return ret_result->ret;
}

static void fail_all(
	struct change_result *results, size_t n, int ret, const struct error *err, bool is_doubtful)
{
	for (size_t i = 0; i < n; i++) {
		results[i].ret = ret;
		results[i].err = *err;
		results[i].is_doubtful = is_doubtful;
	}
}

static int send_bulk(struct client *client, const struct call *call, const struct change *changes,
	size_t n_changes, const struct buf *body, struct change_result *results)
{
	struct outgoing out = { 0 };
	struct http_response res;
	struct change_result whole;
	int ret;

	snprintf(out.what, sizeof(out.what), "%s", changes[0].schema->name);
	change_result_init(&whole);
	http_response_init(&res);
	buf_init(&out.url, CLIENT_URL_MAX);
	ret = client_add_schema_url(client, changes[0].schema, &out.url);
	if (ret == 0)
		ret = buf_add_str(&out.url, "/bulk");
	if (ret < 0) {
		ret = client_refuse_url(ret, out.what, &whole.err);
	} else {
		out.req = (struct http_request){ .method = HTTP_POST,
			.url = out.url.data,
			.max_body = ANSWER_MAX,
			.kind = "bulk" };
		set_body(&out, body->data, body->len);
		ret = perform(client, call, &changes[0], &out, &res, &whole);
	}
	if (ret == 0) {
		ret = bulk_parse(&res.body, changes, n_changes, results, &whole.err);
		whole.is_doubtful = true;
	}
	if (ret < 0)
		fail_all(results, n_changes, ret, &whole.err, whole.is_doubtful);
	http_response_release(&res);
	buf_release(&out.url);
	return ret;
}

int client_change_all(struct client *client, const struct call *call, const struct change *changes,
	size_t n_changes, struct change_result *ret_results)
{
	struct error err = { 0 };
	struct buf body;
	int ret;

	for (size_t i = 0; i < n_changes; i++)
		change_result_release(&ret_results[i]);
	buf_init(&body, CLIENT_BULK_MAX);
	ret = bulk_add(&body, changes, n_changes, &err);
	if (ret == 0)
		ret = send_bulk(client, call, changes, n_changes, &body, ret_results);
	else
		fail_all(ret_results, n_changes, ret, &err, false);
	buf_release(&body);
	return ret;
}
