/*
 * One content item as the layers above know it: what the server said of it, and its
 * text, rendered for the mount's view (api/document.h).
 *
 *	struct content content;
 *	content_init(&content);
 *	ret = client_fetch_content(client, &call, schema, id, NULL, &content, &found, err);
 *	... content.text ...
 *	content_release(&content);
 *
 * Plain data, owned by the caller. A fill replaces (and frees) what was there before, and
 * leaves it untouched on failure: so the struct is initialised first. After a fill strings are
 * never NULL; "" where the server sent none.
 */
#ifndef SQUIDEXFS_API_CONTENT_H
#define SQUIDEXFS_API_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/document.h"
#include "base/buf.h"

struct error;
struct json_object;
struct schema;

/*
 * One item's text. Its JSON is 32 MB at most (the server takes no body over 30 MB); indentation
 * doubles ordinary content, so what is larger than this is made to be large.
 */
#define CONTENT_TEXT_MAX ((size_t)64 << 20)

/* All texts of one page: its JSON is 64 MB at most. */
#define CONTENT_PAGE_TEXT_MAX ((size_t)128 << 20)

struct content {
	const char *id;
	const char *status;
	const char *new_status; /* of a draft version; "" if there is none */
	const char *due_status; /* that it gets at due_s; "": none; told of single items */
	int64_t due_s;
	const char *created_by;
	const char *modified_by;
	char *strings; /* the memory behind them */
	int64_t version;
	int64_t created_s; /* since 1970, UTC; 0 where the server sent no such moment */
	int64_t modified_s;
	bool is_deleted;  /* soft-deleted: GET by id still answers it (wire/55) */
	bool is_writable; /* its _links offer something other than GET */
	char etag[128];   /* of the single item's answer; "" in lists */
	struct buf text;  /* the file's bytes */
};

struct content_page {
	struct content *items;
	size_t n_items;
	int64_t total;  /* that match the query, without dropped ones; -1: not counted */
	int64_t date_s; /* of the answer, by the server's clock; 0: it did not say */
};

/* The ids of a list, in the order of their bytes. */
struct content_ids {
	char **ids;
	size_t n_ids;
	bool is_part; /* the server has more for this query than it sent */
};

void content_init(struct content *content);
void content_release(struct content *content);
void content_page_init(struct content_page *page);
void content_page_release(struct content_page *page);
void content_ids_release(struct content_ids *ids); /* zeroed is initialised */

/*
 * Read the API's answer for one item (wire/40) and for a list (wire/12). what: for sentences.
 * -EIO: not JSON, or an item without id or version; -EFBIG over the ceilings. Soft-deleted
 * items and those of another schema are left out of a page; a single one is -ENOENT.
 */
int content_parse(const char *json, size_t len, const struct schema *schema, enum view view,
	const char *what, struct content *ret_content, struct error *err);
int content_page_parse(const char *json, size_t len, const struct schema *schema, enum view view,
	const char *what, struct content_page *ret_page, struct error *err);

/*
 * The same of a list that is not REST's: each item is amended to what REST would have sent, before it is
 * read. amend: 0 or a negative errno with a sentence.
 */
struct content_amender {
	int (*amend)(const void *payload, struct json_object *item, struct error *err);
	const void *payload;
};

int content_page_parse_amended(const char *json, size_t len, const struct schema *schema,
	enum view view, const char *what, const struct content_amender *amender,
	struct content_page *ret_page, struct error *err);

/*
 * Of a list, the ids alone (wire/312), without soft-deleted items and those of another schema.
 */
int content_ids_parse(const char *json, size_t len, const struct schema *schema, const char *what,
	struct content_ids *ret_ids, struct error *err);

#endif
