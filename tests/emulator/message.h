#ifndef EMULATOR_MESSAGE_H
#define EMULATOR_MESSAGE_H

/*
 * One HTTP request as it came, and the answer to it while it is being made.
 *
 * Both belong to the thread of their connection.  http.c fills in a request and
 * sends a response; everything between only sees these two.
 */

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

struct pair {
	char *name;
	char *value;
};

struct pair_list {
	struct pair *pairs;
	size_t count;
};

/* Longest path that any route has, and then some. */
enum { MAX_SEGMENTS = 16 };

struct request {
	char *method;
	char *target;                 /* path and query as sent */
	char *path;                   /* as sent, dot segments resolved, without the query */
	char *segments[MAX_SEGMENTS]; /* percent-decoded, except %2F */
	size_t segment_count;
	struct pair_list query; /* percent-decoded */
	struct pair_list headers;
	struct buf body;
	int socket; /* only to see whether the client is gone */
	bool body_too_large;
};

/* NULL where there is none; names of both are compared without case. */
const char *request_query(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);
/* "true" in any case, as the server reads a boolean of a query. */
bool request_query_true(const struct request *request, const char *name);
/* Splits a target into the path, its segments and the query. */
void request_set_target(struct request *request, const char *target);
void request_release(struct request *request);

/* What a fault makes of an answer that is otherwise sent as it is. */
struct mangle {
	long close_after; /* bytes; -1 for never */
	long trickle_ms;  /* for each byte; 0 for none */
};

struct response {
	int status;
	struct buf body;
	const char *content_type; /* NULL for none */
	struct pair_list headers;
	bool has_length; /* Content-Length instead of chunks */
	bool vary_auth;
	bool vary_content;
	char app_id[40];
	double costs; /* 0 for a call that is free */
	struct mangle mangle;
	bool drop;               /* close the connection without an answer */
	struct session *session; /* what the connection goes on as after a 101, or NULL */
};

extern const char CONTENT_TYPE_JSON[];

void response_init(struct response *response);
void response_header(struct response *response, const char *name, const char *value);
/* The value of a header that was set, or NULL. */
const char *response_get_header(const struct response *response, const char *name);
/* Sets ETag: W/"<tag>" */
void response_etag(struct response *response, const char *tag);
void response_etag_version(struct response *response, int version);
/* Forgets body and headers, keeps what belongs to the call (app, costs). */
void response_clear(struct response *response);
void response_release(struct response *response);

void pair_list_add(struct pair_list *list, const char *name, const char *value);
const char *pair_list_get(const struct pair_list *list, const char *name);
void pair_list_release(struct pair_list *list);

/* Parses "a=1&b=2" and decodes names and values. */
void form_parse(const char *text, struct pair_list *ret);
/* In place. */
void percent_decode(char *text);

#endif
