#include "net/transport.h"

#include <assert.h>
#include <ctype.h>

#include "base/call.h"
#include "base/error.h"
#include "base/log.h"

#define ROOM "net"

static void trace(const struct transport *t, const struct http_request *req,
	const struct http_response *res, int ret, uint64_t took_ms)
{
	const char *method = http_method_name(req->method);
	unsigned long long ms = took_ms;

	if (ret < 0)
		log_trace(ROOM, "%s: %s %s: %s after %llu ms", t->ops->name, method, req->url,
			error_name(-ret), ms);
	else
		log_trace(ROOM, "%s: %s %s: %d, %zu bytes after %llu ms", t->ops->name, method,
			req->url, res->status, res->body.len, ms);
}

int transport_perform(struct transport *t, const struct call *call, const struct http_request *req,
	struct http_response *res, struct error *err)
{
	uint64_t began_ms;
	int ret;

	if (!log_is_traced(ROOM))
		return t->ops->perform(t, call, req, res, err);
	began_ms = clock_now_ms(call->clock);
	ret = t->ops->perform(t, call, req, res, err);
	trace(t, req, res, ret, clock_now_ms(call->clock) - began_ms);
	return ret;
}

void transport_free(struct transport *t)
{
	if (t)
		t->ops->free(t);
}

void http_response_init(struct http_response *res)
{
	*res = (struct http_response){ .retry_after_ms = -1 };
}

void http_response_release(struct http_response *res)
{
	buf_release(&res->body);
	http_response_init(res);
}

void http_request_add_header(struct http_request *req, const char *name, const char *value)
{
	assert(req->n_headers < HTTP_HEADERS_MAX);
	req->headers[req->n_headers] = (struct http_header){ .name = name, .value = value };
	req->n_headers++;
}

const char *http_method_name(enum http_method method)
{
	switch (method) {
	case HTTP_GET:
		return "GET";
	case HTTP_POST:
		return "POST";
	case HTTP_PUT:
		return "PUT";
	case HTTP_PATCH:
		return "PATCH";
	case HTTP_DELETE:
		break;
	}
	return "DELETE";
}

double http_parse_decimal(const char *str)
{
	double value = 0;
	double place = 1;

	if (!isdigit((unsigned char)*str))
		return -1;
	for (; isdigit((unsigned char)*str); str++)
		value = value * 10 + (*str - '0');
	if (*str == '.')
		str++;
	for (; isdigit((unsigned char)*str); str++) {
		place /= 10;
		value += place * (*str - '0');
	}
	return *str ? -1 : value;
}
