/*
 * The client of one Squidex app: one function per endpoint, plain structs in and out.
 *
 *	client_new(&conf, transport, &client, err);
 *	client_fetch_app(client, &call, &app, err);
 *	client_fetch_schemas(client, &call, &app, &list, err);
 *	client_fetch_page_at(client, &call, schema, NULL, 0, CLIENT_PAGE_MAX, &page, err);
 *	client_fetch_content(client, &call, schema, "demo-draft", NULL, &content, &found, err);
 *
 * All of them block on the network and return 0 or a negative errno by the table of
 * api/status.h, with the server's message in err. An editable view sends X-Unpublished,
 * X-NoResolveLanguages, X-NoDefaults and X-NoCleanup: without them the answer is not what is
 * stored (wire/199). So do the views of some languages and of flat fields; what the public sees
 * is asked for as the public does, without them.
 * Results are filled on success only, and replace what is in them: so they are
 * initialised first (content_init, content_page_init, zeroed app_info and schema_list), and
 * belong to the caller.
 * Any thread may call: the client is immutable after client_new, but for what it remembers for
 * GraphQL (api/client_graphql.h), which has its own lock. It borrows the transport.
 */
#ifndef SQUIDEXFS_API_CLIENT_H
#define SQUIDEXFS_API_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/content.h"
#include "api/document.h"
#include "api/schema.h"

struct call;
struct client;
struct error;
struct transport;

/* Strings are copied by client_new. */
struct client_conf {
	const char *url; /* normalised: url_normalize */
	const char *app;
	const char *schemas;   /* "recipes:authors": these and no request; NULL: ask */
	const char *languages; /* "en,de": only these, read-only; NULL: all */
	enum view view;
	bool is_published; /* what the public sees; read-only */
	bool is_flat;      /* fields of one partition as bare values; read-only */
};

struct app_info {
	char *name;
	bool can_read_schemas; /* its _links offer "schemas" */
};

/* What a conditional fetch found. */
enum client_found { CLIENT_FOUND, CLIENT_UNCHANGED };

/* -EINVAL where the app, the schemas or the languages are no such names. */
int client_new(const struct client_conf *conf, struct transport *transport,
	struct client **ret_client, struct error *err);
void client_free(struct client *client);

/* Borrowed; live as long as the client. */
const char *client_app(const struct client *client);
const char *client_url(const struct client *client);

/* The view cannot be written back, whatever the role: published, languages, flatten, raw. */
bool client_is_read_only(const struct client *client);

/* Names the view for a cache: two clients with the same key get the same texts. Borrowed. */
const char *client_view_key(const struct client *client);

/* -ENOENT: there is no such app, or it is not this client's (the server does not tell which). */
int client_fetch_app(struct client *client, const struct call *call, struct app_info *ret_app,
	struct error *err);
void app_info_release(struct app_info *app);

/*
 * By /schemas where the app's links offer it, else by the OpenAPI document; none of them
 * costs a credit.
 */
int client_fetch_schemas(struct client *client, const struct call *call, const struct app_info *app,
	struct schema_list *ret_list, struct error *err);

/*
 * A page of items, sorted by id in the server's own order, of those behind after_id
 * (NULL: from the beginning), without the first `skip` of them. At most `top` items (up to
 * CLIENT_PAGE_MAX), fewer where the server's own maximum is less, or the items are so large that
 * a smaller page had to be asked for; total counts the items behind after_id, skipped ones
 * too, so total <= skip + n_items means that this is the last; where it is not counted
 * (-1), an empty page is. A page that is not the last has items, unless some were skipped (they
 * may be gone), and after_id is none of them.
 * Soft-deleted items are never in it. -EIO: the server repeats itself, or ends short.
 */
#define CLIENT_PAGE_MAX 200
int client_fetch_page_at(struct client *client, const struct call *call,
	const struct schema *schema, const char *after_id, uint64_t skip, unsigned top,
	struct content_page *ret_page, struct error *err);

/*
 * A page in the server's default order: last modified first (of one second: by id; wire/201). skip:
 * items before it; top: how many at most, up to CLIENT_PAGE_MAX. total counts all items of
 * the schema.
 */
int client_fetch_newest(struct client *client, const struct call *call, const struct schema *schema,
	uint64_t skip, unsigned top, struct content_page *ret_page, struct error *err);

/*
 * Which of these ids the server has (wire/312). One credit, however many; no more than
 * CLIENT_KNOWN_MAX. Replaces *ret_ids.
 */
#define CLIENT_KNOWN_MAX 10000
int client_fetch_known(struct client *client, const struct call *call, const struct schema *schema,
	char *const *ids, size_t n_ids, struct content_ids *ret_ids, struct error *err);

/*
 * These items whole, in one request (wire/33); those that the server does not have are left out.
 * At most CLIENT_KNOWN_MAX, but -EFBIG where the answer is too large: then ask for fewer.
 */
int client_fetch_items(struct client *client, const struct call *call, const struct schema *schema,
	char *const *ids, size_t n_ids, struct content_page *ret_page, struct error *err);

/*
 * One item: by path, or where no path can hold the id ("a/b", "..") by ids=, or where that
 * cannot hold it either ("a/b,c") by a posted query. etag: of the copy at hand, or NULL or
 * ""; on CLIENT_UNCHANGED *ret_content is left as it is. A soft-deleted item, and one
 * that belongs to another schema, is -ENOENT.
 */
int client_fetch_content(struct client *client, const struct call *call,
	const struct schema *schema, const char *id, const char *etag, struct content *ret_content,
	enum client_found *ret_found, struct error *err);

#endif
