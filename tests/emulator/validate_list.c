#include "validate_list.h"

#include "alloc.h"
#include "validate_text.h"

#include <stdlib.h>
#include <string.h>

static const char *const item_limits[] = { "minItems", "maxItems" };

static bool all_are(struct json_object *list, enum json_type kind)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!json_object_is_type(item, kind))
			return false;
		if (kind == json_type_string && json_object_get_string_len(item) == 0)
			return false;
	}
	return true;
}

static bool has_duplicates(struct json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		for (size_t k = 0; k < i; k++) {
			if (json_object_equal(json_object_array_get_idx(list, i),
				    json_object_array_get_idx(list, k)))
				return true;
		}
	}
	return false;
}

/* The path of an item; the server counts from one. free() it. */
static char *item_path(const char *path, size_t i)
{
	return must_format("%s[%zu]", path, i + 1);
}

static void check_item_count(
	struct validation *v, struct json_object *field, const char *path, struct json_object *list)
{
	size_t count = json_object_array_length(list);

	/* An empty list is a question of "required" alone. */
	if (count > 0)
		validate_count(v, field, path, item_limits, count, "item(s)");
}

static void check_tags(
	struct validation *v, struct json_object *field, const char *path, struct json_object *list)
{
	struct json_object *allowed = field_property(field, "allowedValues");

	check_item_count(v, field, path, list);
	if (allowed == NULL || json_object_array_length(allowed) == 0)
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		bool found = false;
		char *where = item_path(path, i);

		for (size_t k = 0; k < json_object_array_length(allowed) && !found; k++)
			found = json_object_equal(json_object_array_get_idx(list, i),
				json_object_array_get_idx(allowed, k));
		if (!found)
			validation_add(v, where, "Not an allowed value.");
		free(where);
	}
}

static bool reference_exists(struct validation *v, struct json_object *field, const char *id)
{
	struct json_object *schema_ids = field_property(field, "schemaIds");

	if (v->env->content_exists == NULL)
		return true;
	if (schema_ids != NULL && json_object_array_length(schema_ids) == 0)
		schema_ids = NULL;
	return v->env->content_exists(v->env->payload, id, schema_ids);
}

static void check_reference(
	struct validation *v, struct json_object *field, const char *path, const char *id)
{
	if (reference_exists(v, field, id))
		return;
	if (v->env->content_exists(v->env->payload, id, NULL))
		validation_add(v, path, "Reference '%s' has invalid schema.", id);
	else
		validation_add(v, path, "Reference '%s' not found.", id);
}

static void check_asset(struct validation *v, const char *path, const char *id)
{
	if (v->env->asset_exists != NULL && !v->env->asset_exists(v->env->payload, id))
		validation_add(v, path, "Id %s not found.", id);
}

/* Ids of items or assets; what is wrong with them is found last. */
static void check_ids(
	struct validation *v, struct json_object *field, const char *path, struct json_object *list)
{
	struct validation late = { v->env, v->late_errors, v->late_errors };
	bool assets = strcmp(field_text(field, "fieldType"), "Assets") == 0;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(list, i));
		char *where = item_path(path, i);

		if (assets)
			check_asset(&late, where, id);
		else
			check_reference(&late, field, where, id);
		free(where);
	}
	check_item_count(&late, field, path, list);
	if (!field_flag(field, "allowDuplicates") && has_duplicates(list))
		validation_add(&late, path, "Must not contain duplicate values.");
}

static void check_unknown_keys(struct validation *v, struct json_object *nested, const char *path,
	struct json_object *item)
{
	json_object_object_foreach(item, name, ignored)
	{
		char *where;

		(void)ignored;
		if (fields_find(nested, name) != NULL)
			continue;
		where = must_format("%s.%s", path, name);
		validation_add(v, where, "Not a known field.");
		free(where);
	}
}

static void check_object(struct validation *v, struct json_object *nested, const char *path,
	struct json_object *item)
{
	check_unknown_keys(v, nested, path, item);
	for (size_t i = 0; i < json_object_array_length(nested); i++) {
		struct json_object *field = json_object_array_get_idx(nested, i);
		char *where = must_format("%s.%s", path, field_name(field));

		validate_value(v, field, where, PRESENCE_NEEDED,
			json_object_object_get(item, field_name(field)));
		free(where);
	}
}

static bool has_same_value(struct json_object *list, const char *name)
{
	struct json_object *values = json_object_new_array();
	bool same;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *value = json_object_object_get(
			json_object_array_get_idx(list, i), name);

		if (value != NULL)
			json_object_array_add(values, json_object_get(value));
	}
	same = has_duplicates(values);
	json_object_put(values);
	return same;
}

static void check_unique_fields(
	struct validation *v, struct json_object *field, const char *path, struct json_object *list)
{
	struct json_object *names = field_property(field, "uniqueFields");
	size_t count = names != NULL ? json_object_array_length(names) : 0;

	for (size_t i = 0; i < count; i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));

		if (has_same_value(list, name))
			validation_add(v, path,
				"Must not contain items with duplicate '%s' fields.", name);
	}
}

static void check_objects(
	struct validation *v, struct json_object *field, const char *path, struct json_object *list)
{
	struct json_object *nested = json_object_object_get(field, "nested");

	check_item_count(v, field, path, list);
	check_unique_fields(v, field, path, list);
	/* Components have no nested fields of their own. */
	if (nested == NULL)
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		char *where = item_path(path, i);

		check_object(v, nested, where, json_object_array_get_idx(list, i));
		free(where);
	}
}

void validate_list(struct validation *v, struct json_object *field, const char *path,
	struct json_object *value)
{
	const char *type = field_text(field, "fieldType");
	bool objects = strcmp(type, "Array") == 0 || strcmp(type, "Components") == 0;
	enum json_type kind = objects ? json_type_object : json_type_string;

	if (!json_object_is_type(value, json_type_array) || !all_are(value, kind))
		validation_add(v, path, "Invalid json type, expected array of %s.",
			objects ? "objects" : "strings");
	else if (objects)
		check_objects(v, field, path, value);
	else if (strcmp(type, "Tags") == 0)
		check_tags(v, field, path, value);
	else
		check_ids(v, field, path, value);
}
