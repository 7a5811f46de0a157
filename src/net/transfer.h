/*
 * One request on its way through one libcurl easy handle. Private to the bottom
 * transport: http.c owns the thread and the queue, transfer_set.c the handles, this the
 * options, the callbacks and the reading of the answer.
 *
 *	transfer_new(req, clock, &t, err);	-- any thread: copies the request
 *	transfer_begin(t, conf)			-- net thread, with t->easy set
 *	transfer_end(t, code)			-- net thread: t->ret, t->res, t->err
 *	transfer_free(t)			-- any thread
 *
 * The request is copied since its sender may be gone before libcurl is done with it; the
 * copies of body and headers are wiped, for they hold secrets and tokens.
 */
#ifndef SQUIDEXFS_NET_TRANSFER_H
#define SQUIDEXFS_NET_TRANSFER_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/transport.h"
#include "net/url.h"

struct clock;
struct http_conf;

enum transfer_state {
	TRANSFER_QUEUED, /* may be taken back */
	TRANSFER_FLYING, /* handed to libcurl: the server may have seen it */
	TRANSFER_LANDED, /* the result belongs to who waits */
};

struct transfer {
	/* guarded by the lock of http.c */
	struct transfer *next; /* in the queue; of the net thread alone once out of it */
	pthread_cond_t landed;
	enum transfer_state state;
	unsigned refs; /* who waits, and the net thread */

	atomic_bool is_abandoned; /* nobody waits any more */

	/* the request; constant */
	const struct clock *clock;
	enum http_method method;
	char *url;
	char host[URL_HOST_MAX];
	struct curl_slist *headers;
	char *body; /* NULL: none */
	size_t body_len;
	const char *kind;
	bool is_repeatable;

	/* of the net thread */
	CURL *easy; /* of the pool; NULL unless begun */
	char detail[CURL_ERROR_SIZE];
	bool is_sent; /* a connection stood, and sending began */
	bool is_header_whole;
	uint64_t active_ms; /* when the last byte moved, or sending began */
	curl_off_t moved;   /* bytes, both ways */
	int body_ret;       /* of adding to the body */

	/* the result, for who waits once it has landed */
	int ret;
	struct http_response res;
	struct error err;
	uint64_t received; /* bytes on the wire */
};

int transfer_new(const struct http_request *req, const struct clock *clock,
	struct transfer **ret_transfer, struct error *err);
void transfer_free(struct transfer *t); /* NULL is legal */

/* How a connection to the URL's host is made: TLS, proxy, times. The handle is new or was reset. */
CURLcode transfer_set_connection(CURL *easy, const char *url, const struct http_conf *conf);

/* Sets all options of t->easy, which is new or was reset. */
CURLcode transfer_begin(struct transfer *t, const struct http_conf *conf);

/* When nothing moved since: the time at which it counts as silent; UINT64_MAX: not yet sent. */
uint64_t transfer_silent_at_ms(const struct transfer *t, const struct http_conf *conf);

/* End with what libcurl says (t->easy may be NULL with a failure), or with words of ours. */
void transfer_end(struct transfer *t, CURLcode code);
void transfer_end_silent(struct transfer *t, const struct http_conf *conf);
void transfer_end_with(struct transfer *t, int errnum, const char *why);

/* It may have been carried out, and must not be sent again unseen; what is said of it, else "". */
bool transfer_is_doubtful(const struct transfer *t, bool is_sent);
const char *transfer_doubt(const struct transfer *t, bool is_sent);

#endif
