/*
 * The schemas of an app, as far as reading needs them: which there are, and the order
 * of their fields. They come from /api/apps/<app>/schemas (role Developer or Owner), else
 * from the app's OpenAPI document, which every client may read and which has the same
 * order, else from the user (-o schemas=), who gives names alone.
 *
 *	struct schema_list list = { 0 };
 *	ret = schema_list_parse_names("recipes:authors", &list, err);
 *	schema_list_release(&list);
 *
 * A list is immutable once made. Plain data, owned by the caller. Names are slugs: they
 * can stand in a path and in a URL as they are.
 */
#ifndef SQUIDEXFS_API_SCHEMA_H
#define SQUIDEXFS_API_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct schema {
	char *name;    /* slug */
	char **fields; /* names in the schema's order; none where only the name is known */
	size_t n_fields;
	bool is_singleton; /* false also where the source does not tell (OpenAPI) */
};

struct schema_list {
	struct schema *schemas; /* by name, each once */
	size_t n_schemas;
};

/*
 * Each replaces (and frees) what is in *ret_list, on success only: it is zeroed first or holds an
 * earlier list. Only published schemas that hold content are taken. -EIO: not such a document.
 */
int schema_list_parse(
	const char *json, size_t len, struct schema_list *ret_list, struct error *err);
int schema_list_parse_openapi(const char *json, size_t len, const char *app,
	struct schema_list *ret_list, struct error *err);
/* names: "recipes:authors". -EINVAL: not a list of slugs. */
int schema_list_parse_names(const char *names, struct schema_list *ret_list, struct error *err);
void schema_list_release(struct schema_list *list);

/* Changes when the text of an item could: field names and their order. */
uint64_t schema_fingerprint(const struct schema *schema);

#endif
