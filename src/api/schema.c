#include "api/schema.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/fields.h"
#include "base/error.h"
#include "base/hash.h"

/* Where references inside an OpenAPI document point to. */
#define REF_PREFIX "#/components/schemas/"

static void release_schema(struct schema *schema)
{
	for (size_t i = 0; i < schema->n_fields; i++)
		free(schema->fields[i]);
	free(schema->fields);
	free(schema->name);
	*schema = (struct schema){ 0 };
}

void schema_list_release(struct schema_list *list)
{
	for (size_t i = 0; i < list->n_schemas; i++)
		release_schema(&list->schemas[i]);
	free(list->schemas);
	*list = (struct schema_list){ 0 };
}

uint64_t schema_fingerprint(const struct schema *schema)
{
	return hash_strings((const char *const *)schema->fields, schema->n_fields);
}

static bool is_slug(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) && name[i] != '-')
			return false;
	}
	return len > 0;
}

static int out_of_memory(struct error *err)
{
	return error_set(err, ENOMEM, "schemas: out of memory");
}

/* Adds a schema without fields; *ret_schema is valid until the next one is added. */
static int add_schema(struct schema_list *list, const char *name, size_t len,
	struct schema **ret_schema, struct error *err)
{
	struct schema *schemas;
	char *copy;

	if (!is_slug(name, len))
		return error_set(err, EIO, "'%.*s' is not the name of a schema", (int)len, name);
	schemas = realloc(list->schemas, (list->n_schemas + 1) * sizeof(*schemas));
	if (!schemas)
		return out_of_memory(err);
	list->schemas = schemas;
	copy = strndup(name, len);
	if (!copy)
		return out_of_memory(err);
	*ret_schema = &schemas[list->n_schemas++];
	**ret_schema = (struct schema){ .name = copy };
	return 0;
}

/* Makes room for n fields, which add_field then adds. */
static int reserve_fields(struct schema *schema, size_t n, struct error *err)
{
	schema->fields = calloc(n + 1, sizeof(*schema->fields));
	return schema->fields ? 0 : out_of_memory(err);
}

static int add_field(struct schema *schema, const char *name, struct error *err)
{
	char *copy = strdup(name);

	if (!copy)
		return out_of_memory(err);
	schema->fields[schema->n_fields++] = copy;
	return 0;
}

static int compare_schemas(const void *a, const void *b)
{
	return strcmp(((const struct schema *)a)->name, ((const struct schema *)b)->name);
}

static void sort_schemas(struct schema_list *list)
{
	size_t n = 0;

	if (list->n_schemas == 0)
		return;
	qsort(list->schemas, list->n_schemas, sizeof(*list->schemas), compare_schemas);
	for (size_t i = 1; i < list->n_schemas; i++) {
		if (strcmp(list->schemas[n].name, list->schemas[i].name) == 0)
			release_schema(&list->schemas[i]);
		else
			list->schemas[++n] = list->schemas[i];
	}
	list->n_schemas = n + 1;
}

/* Ends a parse: hands the list over, or frees it. */
static int finish(struct schema_list *list, int ret, struct schema_list *ret_list)
{
	if (ret < 0) {
		schema_list_release(list);
		return ret;
	}
	sort_schemas(list);
	schema_list_release(ret_list);
	*ret_list = *list;
	return 0;
}

static bool holds_content(struct json_object *schema)
{
	return fields_get_bool(schema, FIELD_IS_PUBLISHED, true) &&
	       strcmp(fields_get_string(schema, FIELD_TYPE), "Component") != 0;
}

static int parse_schema(struct schema_list *list, struct json_object *object, struct error *err)
{
	struct json_object *fields = fields_get_array(object, FIELD_FIELDS);
	const char *name = fields_get_string(object, FIELD_NAME);
	struct schema *schema = NULL;
	size_t n = fields ? json_object_array_length(fields) : 0;
	int ret = add_schema(list, name, strlen(name), &schema, err);

	if (ret < 0)
		return ret;
	assert(schema);
	schema->is_singleton = fields_get_bool(object, FIELD_IS_SINGLETON, false) ||
			       strcmp(fields_get_string(object, FIELD_TYPE), "Singleton") == 0;
	ret = reserve_fields(schema, n, err);
	for (size_t i = 0; ret == 0 && i < n; i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);

		ret = add_field(schema, fields_get_string(field, FIELD_NAME), err);
	}
	return ret;
}

int schema_list_parse(const char *json, size_t len, struct schema_list *ret_list, struct error *err)
{
	struct schema_list list = { 0 };
	struct json_object *root = NULL, *items;
	int ret = document_parse(json, len, "schemas", &root, err);

	if (ret < 0)
		return ret;
	items = fields_get_array(root, FIELD_ITEMS);
	if (!items)
		ret = error_set(err, EIO, "schemas: the server sent a list without items");
	for (size_t i = 0; ret == 0 && i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (holds_content(item))
			ret = parse_schema(&list, item, err);
	}
	json_object_put(root);
	return finish(&list, ret, ret_list);
}

/* The component that {"$ref": "#/components/schemas/X"} means; NULL if there is none. */
static struct json_object *resolve(struct json_object *root, struct json_object *reference)
{
	const char *ref = fields_get_string(reference, FIELD_REF);
	struct json_object *components = fields_get_object(root, FIELD_COMPONENTS);

	if (strncmp(ref, REF_PREFIX, strlen(REF_PREFIX)) != 0)
		return NULL;
	return fields_get_object(
		fields_get_object(components, FIELD_SCHEMAS), ref + strlen(REF_PREFIX));
}

/* What a list answers, then its items, then their data. NULL: it is not described. */
static struct json_object *find_data(struct json_object *root, struct json_object *path)
{
	static const char *const to_list[] = { FIELD_GET, FIELD_RESPONSES, FIELD_OK, FIELD_CONTENT,
		FIELD_JSON_TYPE, FIELD_SCHEMA };
	struct json_object *at = path;

	for (size_t i = 0; i < sizeof(to_list) / sizeof(to_list[0]); i++)
		at = fields_get_object(at, to_list[i]);
	at = fields_get_object(resolve(root, at), FIELD_PROPERTIES);
	at = fields_get_object(fields_get_object(at, FIELD_ITEMS), FIELD_ITEMS);
	at = fields_get_object(resolve(root, at), FIELD_PROPERTIES);
	return resolve(root, fields_get_object(at, FIELD_DATA));
}

static int parse_openapi_fields(struct schema *schema, struct json_object *data, struct error *err)
{
	struct json_object *fields = fields_get_object(data, FIELD_PROPERTIES);
	int ret;

	if (!data)
		return error_set(
			err, EIO, "OpenAPI document: no fields of schema '%s' in it", schema->name);
	/* An object without properties: all of its fields are hidden from this client. */
	if (!fields)
		return 0;
	ret = reserve_fields(schema, (size_t)json_object_object_length(fields), err);
	if (ret < 0)
		return ret;
	json_object_object_foreach(fields, name, field)
	{
		(void)field;
		ret = add_field(schema, name, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/*
 * The schema's name in the path of its list, "/api/content/<app>/<schema>/"; its length is 0
 * for every other path. A reverse proxy may put something before it.
 */
static const char *find_name(const char *path, const char *app, size_t *ret_len)
{
	static const char content[] = "/api/content/";
	const char *name = strstr(path, content);
	size_t app_len = strlen(app);

	*ret_len = 0;
	if (!name)
		return path;
	name += strlen(content);
	if (strncmp(name, app, app_len) != 0 || name[app_len] != '/')
		return path;
	name += app_len + 1;
	if (strcspn(name, "/") + 1 == strlen(name))
		*ret_len = strcspn(name, "/");
	return name;
}

int schema_list_parse_openapi(const char *json, size_t len, const char *app,
	struct schema_list *ret_list, struct error *err)
{
	struct schema_list list = { 0 };
	struct json_object *root = NULL, *paths;
	int ret = document_parse(json, len, "OpenAPI document", &root, err);

	if (ret < 0)
		return ret;
	paths = fields_get_object(root, FIELD_PATHS);
	if (!paths) {
		json_object_put(root);
		return error_set(err, EIO, "OpenAPI document: no paths in it");
	}
	json_object_object_foreach(paths, path, operations)
	{
		struct schema *schema = NULL;
		size_t name_len;
		const char *name = find_name(path, app, &name_len);

		if (name_len == 0)
			continue;
		ret = add_schema(&list, name, name_len, &schema, err);
		if (ret < 0)
			break;
		assert(schema);
		ret = parse_openapi_fields(schema, find_data(root, operations), err);
		if (ret < 0)
			break;
	}
	json_object_put(root);
	return finish(&list, ret, ret_list);
}

int schema_list_parse_names(const char *names, struct schema_list *ret_list, struct error *err)
{
	struct schema_list list = { 0 };
	int ret = 0;

	while (ret == 0) {
		size_t len = strcspn(names, ":");
		struct schema *schema;

		if (!is_slug(names, len))
			ret = error_set(
				err, EINVAL, "'%.*s' is not the name of a schema", (int)len, names);
		else
			ret = add_schema(&list, names, len, &schema, err);
		names += len;
		if (*names == '\0')
			break;
		names++;
	}
	return finish(&list, ret, ret_list);
}
