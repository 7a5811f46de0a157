/*
 * An item as text. The same content gives the same bytes from every server and store:
 * JSON, two-space indent, UTF-8 not escaped, one trailing newline; fields in the schema's order
 * (unknown ones behind them by name), languages by code, keys inside values by name;
 * numbers as the server wrote them.
 *
 *	VIEW_DOCUMENT	id, schemaName, status, newStatus, version, created, createdBy,
 *			lastModified, lastModifiedBy, data; absent keys left out
 *	VIEW_DATA	the data object alone; {} if there is none
 *	VIEW_RAW	the API's answer, whole, in the order it came
 *
 *	document_parse(json, len, "recipes/demo-draft", &root, err);
 *	document_render(root, schema, VIEW_DOCUMENT, &text, err);
 *	json_object_put(root);
 *
 * json-c reads numbers into 64 bits and forgets how they were written where they do not fit;
 * document_parse keeps their text (api/scan.h): only document_render brings it back.
 * Internal to api/: nothing else knows json-c. Any thread may call.
 */
#ifndef SQUIDEXFS_API_DOCUMENT_H
#define SQUIDEXFS_API_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct error;
struct json_object;
struct json_tokener;
struct schema;

/*
 * Levels of objects and arrays in one answer; recursion goes no deeper. The server's own
 * serialiser (System.Text.Json) stops at 64, so no more can come from it.
 */
#define DOCUMENT_DEPTH_MAX 64

/* Memory of one answer's tree: a page (64 MB) of ordinary content, not a bomb of "{},". */
#define DOCUMENT_TREE_MAX ((size_t)1 << 30)

enum view { VIEW_DOCUMENT, VIEW_DATA, VIEW_RAW };

/*
 * what: for the sentence, which quotes the beginning of a text that is not JSON. -EIO: not JSON, or
 * nested too deep; -EFBIG: too many values. The result is the caller's; it is NULL for a bare null.
 */
int document_parse(const char *json, size_t len, const char *what, struct json_object **ret_root,
	struct error *err);

/* Why a text could not be read: a phrase, and the byte that it is about. */
struct document_fault {
	const char *reason; /* static */
	size_t at;
};

/* As document_parse, for those who have sentences of their own. *ret_fault: of a failure. */
int document_read(const char *json, size_t len, struct json_object **ret_root,
	struct document_fault *ret_fault);

/*
 * Reads the first value of a text, whatever follows it: *ret_end is where it ends. One tokener reads one
 * value after the other; it is freed by json_tokener_free. NULL: out of memory.
 */
struct json_tokener *document_tokener_new(void);
int document_read_value(struct json_tokener *tokener, const char *json, size_t len,
	struct json_object **ret_value, size_t *ret_end, struct document_fault *ret_fault);

/* The sentence of document_parse for a fault, and its result. */
int document_refuse(const char *json, size_t len, const char *what,
	const struct document_fault *fault, int ret, struct error *err);

/* A page for people, as proxies and crashed servers send them. */
bool document_is_html(const char *text, size_t len);

/*
 * Adds the text of an item (the API's object for it) to the buffer. schema NULL: names alone
 * decide. -EFBIG over the buffer's ceiling; then a part of it was added.
 */
int document_render(struct json_object *item, const struct schema *schema, enum view view,
	struct buf *text, struct error *err);

#endif
