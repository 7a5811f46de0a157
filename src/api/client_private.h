/*
 * The inside of a client, for the files that it is spread over: client.c (its life, the app
 * and its schemas), client_content.c (items), client_newest.c (what is new, what is gone) and
 * client_graphql.c, client_survey.c and client_ranges.c (much at once).
 */
#ifndef SQUIDEXFS_API_CLIENT_PRIVATE_H
#define SQUIDEXFS_API_CLIENT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "api/document.h"
#include "api/graphql.h"

struct buf;
struct call;
struct content_page;
struct error;
struct facts;
struct http_request;
struct http_response;
struct schema;
struct transport;

/* Kestrel takes request lines of 8 KB. */
#define CLIENT_URL_MAX ((size_t)8 << 10)

struct client {
	struct transport *transport; /* borrowed */
	char *url;
	char *app;
	char *schemas;   /* NULL: ask */
	char *languages; /* NULL: all */
	char *view_key;
	enum view view;
	bool is_published;
	bool is_flat;
	struct facts *facts;          /* what REST told of each schema; has its own lock */
	struct graphql_state graphql; /* likewise */
};

/*
 * Performs the request and takes every answer that is neither success nor 304 for a failure.
 * what: the beginning of the sentence. res is initialised and released by the caller.
 */
int client_ask(struct client *client, const struct call *call, const struct http_request *req,
	const char *what, struct http_response *res, struct error *err);

/* Fills err for an address that could not be built (-EFBIG: too long, -ENOMEM). */
int client_refuse_url(int ret, const char *what, struct error *err);

/* ".../api/content/{app}/{schema}"; the results are the buffer's. */
int client_add_schema_url(struct client *client, const struct schema *schema, struct buf *url);

/* Can ".../{schema}/{id}" address it? Not "a/b", ".." or "stream", which means something else. */
bool client_has_path(const char *id);

/* What an answer in the client's view needs. A present header is true, whatever its value. */
void client_add_view_headers(const struct client *client, struct http_request *req);

/*
 * Adds "id gt 'o''b'", not encoded. Two conditions fit: an id has 255 characters of up to four bytes, or
 * as many quotes.
 */
#define CLIENT_FILTER_MAX ((size_t)4096)
int client_add_condition(struct buf *filter, const char *operator, const char * id);

/* GETs a page of items from an address. kind: as in http_request. */
int client_get_page(struct client *client, const struct call *call, const struct schema *schema,
	const char *url, const char *kind, struct content_page *ret_page, struct error *err);

/* Before another way is tried: a success leaves no sentence behind. */
void client_forget(struct error *err);

#endif
