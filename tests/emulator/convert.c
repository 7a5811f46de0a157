#include "convert.h"

#include "alloc.h"
#include "validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct json_object *json_copy(struct json_object *value)
{
	struct json_object *copy = NULL;

	json_object_deep_copy(value, &copy, NULL);
	return copy;
}

const char *json_text(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

bool json_flag(struct json_object *object, const char *key)
{
	return json_object_get_boolean(json_object_object_get(object, key));
}

static const char *field_type(struct json_object *field)
{
	return json_text(json_object_object_get(field, "properties"), "fieldType");
}

static bool is_type(struct json_object *field, const char *type)
{
	return strcmp(field_type(field), type) == 0;
}

static bool is_localized(struct json_object *field)
{
	return strcmp(json_text(field, "partitioning"), "language") == 0;
}

/* Calls back for each value of each field of the data, nested ones included. */
struct walk {
	const struct schema *schema;
	/* May change the value in place. */
	void (*visit)(struct walk *walk, struct json_object *field, struct json_object *value);
	const struct view *view;
	const char *base_url;
	struct name **names;
	size_t name_count;
};

static void walk_nested(struct walk *walk, struct json_object *nested, struct json_object *array)
{
	size_t rows = json_object_is_type(array, json_type_array) ? json_object_array_length(array)
								  : 0;
	size_t fields = nested != NULL ? json_object_array_length(nested) : 0;

	for (size_t i = 0; i < rows; i++) {
		struct json_object *row = json_object_array_get_idx(array, i);

		for (size_t f = 0; f < fields; f++) {
			struct json_object *field = json_object_array_get_idx(nested, f);
			struct json_object *value = json_object_object_get(
				row, json_text(field, "name"));

			if (value != NULL)
				walk->visit(walk, field, value);
		}
	}
}

static void walk_data(struct walk *walk, struct json_object *data)
{
	struct json_object *fields = json_object_object_get(walk->schema->json, "fields");

	for (size_t i = 0; i < json_object_array_length(fields); i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);
		struct json_object *partitions = json_object_object_get(
			data, json_text(field, "name"));

		if (!json_object_is_type(partitions, json_type_object))
			continue;
		json_object_object_foreach(partitions, code, value)
		{
			(void)code;
			if (value == NULL)
				continue;
			walk->visit(walk, field, value);
			walk_nested(walk, json_object_object_get(field, "nested"), value);
		}
	}
}

static bool is_alive(const struct walk *walk, struct json_object *field, const char *id)
{
	const struct app *app = walk->schema->app;
	const struct item *item;

	if (is_type(field, "Assets"))
		return json_object_object_get(app->asset_ids, id) != NULL;
	item = app_item(app, id);
	if (item == NULL || !item->schema->is_published)
		return false;
	/* Seen with drafts, an item in the trash still counts (280-odata-reference-200). */
	return walk->view->scope == SCOPE_ALL || item_visible(item, walk->view->scope);
}

static void clean(struct walk *walk, struct json_object *field, struct json_object *value)
{
	if (!is_type(field, "References") && !is_type(field, "Assets"))
		return;
	if (!json_object_is_type(value, json_type_array))
		return;
	for (size_t i = json_object_array_length(value); i > 0; i--) {
		struct json_object *id = json_object_array_get_idx(value, i - 1);

		if (!is_alive(walk, field, json_object_get_string(id)))
			json_object_array_del_idx(value, i - 1, 1);
	}
}

static void resolve_urls(struct walk *walk, struct json_object *field, struct json_object *value)
{
	char url[512];

	if (!is_type(field, "Assets") || !json_object_is_type(value, json_type_array))
		return;
	if (!view_wants_url(walk->view, json_text(field, "name")))
		return;
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(value, i));

		snprintf(url, sizeof(url), "%s/api/assets/%s/%s/", walk->base_url,
			walk->schema->app->name, id);
		json_object_array_put_idx(value, i, json_object_new_string(url));
	}
}

static void name_component(const struct app *app, struct json_object *component)
{
	const struct schema *schema;

	if (!json_object_is_type(component, json_type_object))
		return;
	schema = app_schema(app, json_text(component, "schemaId"));
	if (schema != NULL)
		json_object_object_add(
			component, "schemaName", json_object_new_string(schema->name));
}

static void name_components(struct walk *walk, struct json_object *field, struct json_object *value)
{
	if (is_type(field, "Component"))
		name_component(walk->schema->app, value);
	if (!is_type(field, "Components") || !json_object_is_type(value, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(value); i++)
		name_component(walk->schema->app, json_object_array_get_idx(value, i));
}

static void collect(struct walk *walk, struct json_object *field, struct json_object *value)
{
	if (!is_type(field, "References") || !json_object_is_type(value, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(value, i));
		struct name *name = app_name(walk->schema->app, id);
		size_t known = 0;

		while (known < walk->name_count && walk->names[known] != name)
			known++;
		if (known < walk->name_count)
			continue;
		walk->names = must_resize(walk->names, walk->name_count + 1, sizeof(name));
		walk->names[walk->name_count++] = name;
	}
}

struct name **convert_references(
	const struct schema *schema, struct json_object *data, struct name **names, size_t *count)
{
	struct walk walk = {
		.schema = schema, .visit = collect, .names = names, .name_count = *count
	};

	walk_data(&walk, data);
	*count = walk.name_count;
	return walk.names;
}

/* Fields that this client may see, in the order of the data. */
static struct json_object *visible_fields(const struct schema *schema, struct json_object *data)
{
	struct json_object *fields = json_object_object_get(schema->json, "fields");
	struct json_object *visible = json_object_new_object();

	json_object_object_foreach(data, name, value)
	{
		for (size_t i = 0; i < json_object_array_length(fields); i++) {
			struct json_object *field = json_object_array_get_idx(fields, i);

			if (strcmp(json_text(field, "name"), name) != 0)
				continue;
			if (!json_flag(field, "isHidden") && !is_type(field, "UI"))
				json_object_object_add(visible, name, json_object_get(value));
		}
	}
	return visible;
}

static struct json_object *fallback_value(
	struct json_object *partitions, struct json_object *language, struct json_object *languages)
{
	struct json_object *chain = json_object_object_get(language, "fallback");

	for (size_t i = 0; i < json_object_array_length(chain); i++) {
		struct json_object *value = json_object_object_get(
			partitions, json_object_get_string(json_object_array_get_idx(chain, i)));

		if (value != NULL)
			return value;
	}
	for (size_t i = 0; i < json_object_array_length(languages); i++) {
		struct json_object *other = json_object_array_get_idx(languages, i);

		if (json_flag(other, "isMaster"))
			return json_object_object_get(partitions, json_text(other, "iso2Code"));
	}
	return NULL;
}

static void resolve_languages(const struct app *app, struct json_object *partitions)
{
	struct json_object *languages = json_object_object_get(app->languages, "items");

	for (size_t i = 0; i < json_object_array_length(languages); i++) {
		struct json_object *language = json_object_array_get_idx(languages, i);
		const char *code = json_text(language, "iso2Code");
		struct json_object *value;

		if (json_object_object_get(partitions, code) != NULL)
			continue;
		value = fallback_value(partitions, language, languages);
		if (value != NULL)
			json_object_object_add(partitions, code, json_object_get(value));
	}
}

static struct json_object *keep_languages(const struct view *view, struct json_object *partitions)
{
	struct json_object *kept = json_object_new_object();

	json_object_object_foreach(partitions, code, value)
	{
		if (view_wants_language(view, code))
			json_object_object_add(kept, code, json_object_get(value));
	}
	return kept;
}

/* NULL: the field vanishes. */
static struct json_object *flatten(struct json_object *partitions)
{
	struct json_object_iterator it = json_object_iter_begin(partitions);

	if (json_object_object_length(partitions) == 0)
		return NULL;
	if (json_object_object_length(partitions) == 1)
		return json_object_get(json_object_iter_peek_value(&it));
	return json_object_get(partitions);
}

static bool wants_languages(const struct view *view)
{
	return !(view->flags & VIEW_NO_RESOLVE) || view->languages != NULL;
}

/* Languages of the localized fields. */
static void convert_languages(
	const struct schema *schema, struct json_object *data, const struct view *view)
{
	struct json_object *fields = json_object_object_get(schema->json, "fields");

	for (size_t i = 0; wants_languages(view) && i < json_object_array_length(fields); i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);
		const char *name = json_text(field, "name");
		struct json_object *partitions = json_object_object_get(data, name);

		if (!is_localized(field) || !json_object_is_type(partitions, json_type_object))
			continue;
		if (!(view->flags & VIEW_NO_RESOLVE))
			resolve_languages(schema->app, partitions);
		if (view->languages != NULL)
			json_object_object_add(data, name, keep_languages(view, partitions));
	}
}

/* Picks the fields of the view, and flattens them if it says so. */
static struct json_object *pick_fields(struct json_object *data, const struct view *view)
{
	struct json_object *picked = json_object_new_object();

	json_object_object_foreach(data, name, partitions)
	{
		struct json_object *value;

		if (!view_wants_field(view, name))
			continue;
		value = view->flags & VIEW_FLATTEN ? flatten(partitions)
						   : json_object_get(partitions);
		if (value != NULL || !(view->flags & VIEW_FLATTEN))
			json_object_object_add(picked, name, value);
	}
	return picked;
}

struct json_object *convert_data(const struct schema *schema, struct json_object *data,
	const struct view *view, const char *base_url, enum key_order order)
{
	struct walk walk = { .schema = schema, .view = view, .base_url = base_url };
	struct json_object *visible = visible_fields(schema, data);
	struct json_object *result;

	if (order == ORDER_STORE) {
		struct json_object *sorted = convert_sort_keys(visible);

		json_object_put(visible);
		visible = sorted;
	}
	if (!(view->flags & VIEW_NO_CLEANUP)) {
		walk.visit = clean;
		walk_data(&walk, visible);
	}
	if (!(view->flags & VIEW_NO_DEFAULTS))
		validate_add_defaults(schema->json, schema->app->languages, visible, false);
	walk.visit = name_components;
	walk_data(&walk, visible);
	convert_languages(schema, visible, view);
	if (view->urls != NULL) {
		walk.visit = resolve_urls;
		walk_data(&walk, visible);
	}
	result = pick_fields(visible, view);
	json_object_put(visible);
	return result;
}

static int by_length(const void *left, const void *right)
{
	const char *a = *(const char *const *)left;
	const char *b = *(const char *const *)right;
	size_t length_a = strlen(a);
	size_t length_b = strlen(b);

	if (length_a != length_b)
		return length_a < length_b ? -1 : 1;
	return strcmp(a, b);
}

static struct json_object *sort_object(struct json_object *object)
{
	size_t count = (size_t)json_object_object_length(object);
	const char **keys = must_calloc(count + 1, sizeof(*keys));
	struct json_object *sorted = json_object_new_object();
	size_t n = 0;

	json_object_object_foreach(object, key, unused)
	{
		(void)unused;
		keys[n++] = key;
	}
	qsort(keys, count, sizeof(*keys), by_length);
	for (size_t i = 0; i < count; i++)
		json_object_object_add(sorted, keys[i],
			convert_sort_keys(json_object_object_get(object, keys[i])));
	free(keys);
	return sorted;
}

struct json_object *convert_sort_keys(struct json_object *value)
{
	struct json_object *array;

	if (json_object_is_type(value, json_type_object))
		return sort_object(value);
	if (!json_object_is_type(value, json_type_array))
		return json_object_get(value);
	array = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(value); i++)
		json_object_array_add(
			array, convert_sort_keys(json_object_array_get_idx(value, i)));
	return array;
}
