#include "content.h"

#include "convert.h"
#include "validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool content_exists(void *payload, const char *id, struct json_object *schema_ids)
{
	const struct change *change = payload;
	const struct item *item = app_item(change->schema->app, id);

	if (item == NULL || item->now.deleted)
		return false;
	if (schema_ids == NULL || json_object_array_length(schema_ids) == 0)
		return true;
	for (size_t i = 0; i < json_object_array_length(schema_ids); i++) {
		const char *schema_id = json_object_get_string(
			json_object_array_get_idx(schema_ids, i));

		if (strcmp(schema_id, item->schema->id) == 0)
			return true;
	}
	return false;
}

static bool asset_exists(void *payload, const char *id)
{
	const struct change *change = payload;

	return json_object_object_get(change->schema->app->asset_ids, id) != NULL;
}

static bool trust_content(void *payload, const char *id, struct json_object *schema_ids)
{
	(void)payload;
	(void)id;
	(void)schema_ids;
	return true;
}

static bool trust_asset(void *payload, const char *id)
{
	(void)payload;
	(void)id;
	return true;
}

/* The value at a path like "data.slug.iv". */
static struct json_object *value_at(struct json_object *data, const char *path)
{
	char copy[256];
	char *rest = copy;
	char *part;

	snprintf(copy, sizeof(copy), "%s", path);
	while (data != NULL && (part = strsep(&rest, ".")) != NULL) {
		if (part == copy && strcmp(part, "data") == 0)
			continue;
		data = json_object_object_get(data, part);
	}
	return data;
}

static bool value_taken(void *payload, const char *path, struct json_object *value)
{
	const struct change *change = payload;
	const struct item_index *index = &change->schema->by_id;
	bool taken = false;

	for (size_t i = 0; !taken && i < index->count; i++) {
		const struct item *other = index->items[i];
		struct json_object *data;

		if (other->now.deleted || strcmp(other->name->id, change->id) == 0)
			continue;
		data = item_parse(other, state_editing_text(&other->now));
		taken = json_object_equal(value_at(data, path), value);
		json_object_put(data);
	}
	return taken;
}

int content_check(const struct change *change, struct json_object *data, struct failure *failure)
{
	struct validate_env env = { .languages = change->schema->app->languages,
		.content_exists = content_exists,
		.asset_exists = asset_exists,
		.value_taken = value_taken,
		.payload = (void *)change };
	struct json_object *details;

	if (change->flags & CHANGE_TRUST_IDS) {
		env.content_exists = trust_content;
		env.asset_exists = trust_asset;
		env.value_taken = NULL;
	}
	details = validate_data(change->schema->json, &env, data,
		change->flags & CHANGE_PATCH ? VALIDATE_PATCH : VALIDATE_FULL);
	return details != NULL ? failure_details(failure, details) : 0;
}

static bool is_unset(struct json_object *value)
{
	return json_object_is_type(value, json_type_object) &&
	       json_object_object_length(value) == 1 && json_flag(value, "$unset");
}

/* Values replace whole values; {"$unset": true} takes a field or a language away. */
static void merge_field(struct json_object *target, const char *name, struct json_object *change)
{
	struct json_object *field = json_object_object_get(target, name);

	if (is_unset(change)) {
		json_object_object_del(target, name);
		return;
	}
	if (!json_object_is_type(field, json_type_object)) {
		field = json_object_new_object();
		json_object_object_add(target, name, field);
	}
	json_object_object_foreach(change, code, value)
	{
		if (is_unset(value))
			json_object_object_del(field, code);
		else
			json_object_object_add(field, code, json_object_get(value));
	}
}

static struct json_object *merge(
	const struct item *item, const char *old, bool patch, struct json_object *changes)
{
	struct json_object *merged = json_object_new_object();

	if (patch && item != NULL) {
		struct json_object *stored = item_parse(item, old);

		json_object_put(merged);
		merged = convert_sort_keys(stored);
		json_object_put(stored);
	}
	json_object_object_foreach(changes, name, value)
	{
		if (json_object_is_type(value, json_type_object))
			merge_field(merged, name, value);
	}
	return merged;
}

static char *canonical_text(struct json_object *data)
{
	struct json_object *sorted = convert_sort_keys(data);
	struct buf text = { 0 };

	buf_json(&text, sorted, JSON_RELAXED);
	json_object_put(sorted);
	return buf_take(&text);
}

static bool is_same(const struct item *item, const char *old, struct json_object *data)
{
	struct json_object *stored = item_parse(item, old);
	char *left = canonical_text(stored);
	char *right = canonical_text(data);
	bool same = strcmp(left, right) == 0;

	free(left);
	free(right);
	json_object_put(stored);
	return same;
}

const char *content_write(const struct change *change, const struct item *item, const char *old)
{
	struct app *app = change->schema->app;
	struct json_object *data;
	struct buf text = { 0 };
	const char *result = old;

	data = merge(item, old, (change->flags & CHANGE_PATCH) != 0, change->data);
	if (change->flags & (CHANGE_ENRICH | CHANGE_ENRICH_REQUIRED))
		validate_add_defaults(change->schema->json, app->languages, data,
			(change->flags & CHANGE_ENRICH_REQUIRED) != 0);
	if (old == NULL || !is_same(item, old, data)) {
		buf_json(&text, data, JSON_RELAXED);
		result = arena_strdup(&app->world->arena, text.bytes);
		buf_release(&text);
	}
	json_object_put(data);
	return result;
}
