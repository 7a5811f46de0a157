/*
 * A transport carries one HTTP request to the server and brings its answer. The
 * layers share this interface and stack, each around the next:
 *
 *	share     identical GETs in flight travel once		net/share.h
 *	breaker   a server that is away is not asked again	net/breaker.h
 *	retry     transient failures are tried again		net/retry.h
 *	auth      bearer token; one new token after a 401	net/auth.h
 *	http      libcurl					net/http.h
 *
 *	struct http_response res;
 *	http_response_init(&res);
 *	ret = transport_perform(t, &call, &req, &res, &err);
 *	... res.status, res.body ...
 *	http_response_release(&res);
 *
 * perform blocks until the answer is whole, the call's deadline, or its interrupt.
 * It returns 0 for an answer of any status: what a status means is for the API
 * layer. Negative errno: no usable answer (EHOSTUNREACH, ETIMEDOUT, EINTR, EPROTO
 * for TLS, EFBIG over max_body, EIO, EACCES where no token could be had, ENOMEM).
 * On failure res holds nothing but is_final and is_doubtful. It never follows a redirect: 3xx is an
 * answer.
 *
 * Ownership: the request is borrowed for the call; the response belongs to the
 * caller. Threads: any number may perform at the same time; free when none does.
 * A layer does not own the one below: net/stack.h puts them together and frees them.
 */
#ifndef SQUIDEXFS_NET_TRANSPORT_H
#define SQUIDEXFS_NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct call;
struct error;
struct transport;

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE };

#define HTTP_HEADERS_MAX 16

struct http_header {
	const char *name;
	const char *value;
};

struct http_request {
	enum http_method method;
	const char *url; /* absolute, percent-encoded */
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t n_headers;
	const char *bearer;       /* access token, added by auth; NULL: none */
	const char *content_type; /* of body */
	const void *body;         /* NULL: none */
	size_t body_len;
	size_t max_body;    /* ceiling of the answer's body, bytes */
	const char *kind;   /* static string; requests are counted under it: "content" */
	bool is_repeatable; /* sent twice does no more than sent once */
};

struct http_response {
	int status;
	struct buf body;
	char etag[128];         /* as sent, with its quotes; "" if none */
	char content_type[128]; /* "" if none */
	char location[512];     /* "" if none */
	long retry_after_ms;    /* -1 if none */
	double cost;            /* X-Costs; 0 if none */
	int64_t date_s;         /* Date: the server's clock, since 1970; 0 if none */
	bool is_final;          /* a failure that was tried again below already */
	bool is_doubtful;       /* a failure of what is not repeatable, after it was sent */
};

struct transport_ops {
	const char *name; /* for trace lines */
	int (*perform)(struct transport *t, const struct call *call, const struct http_request *req,
		struct http_response *res, struct error *err);
	void (*free)(struct transport *t);
};

/* First member of each layer's own struct. */
struct transport {
	const struct transport_ops *ops;
};

int transport_perform(struct transport *t, const struct call *call, const struct http_request *req,
	struct http_response *res, struct error *err);
void transport_free(struct transport *t); /* NULL is legal */

void http_response_init(struct http_response *res);
void http_response_release(struct http_response *res);

/* Adds a header (borrowed strings); asserts that there is room. */
void http_request_add_header(struct http_request *req, const char *name, const char *value);

const char *http_method_name(enum http_method method);

/* Digits with a point whatever the locale, as strtod is not; -1 if it is anything else. */
double http_parse_decimal(const char *str);

#endif
