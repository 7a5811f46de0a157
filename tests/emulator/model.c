#include "model.h"

#include "alloc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum field_type type;
} item_fields[] = {
	{ "id", FIELD_STRING },
	{ "created", FIELD_DATETIME },
	{ "createdBy", FIELD_STRING },
	{ "data", FIELD_OBJECT },
	{ "isDeleted", FIELD_BOOLEAN },
	{ "lastModified", FIELD_DATETIME },
	{ "lastModifiedBy", FIELD_STRING },
	{ "newStatus", FIELD_STRING },
	{ "status", FIELD_STRING },
	{ "translationStatus", FIELD_OBJECT },
	{ "version", FIELD_NUMBER },
};

static const struct {
	const char *name;
	enum field_type type;
} value_types[] = {
	{ "Array", FIELD_OBJECT_ARRAY },
	{ "Assets", FIELD_STRING_ARRAY },
	{ "Boolean", FIELD_BOOLEAN },
	{ "Component", FIELD_OBJECT },
	{ "Components", FIELD_OBJECT_ARRAY },
	{ "DateTime", FIELD_DATETIME },
	{ "Geolocation", FIELD_GEO },
	{ "Number", FIELD_NUMBER },
	{ "References", FIELD_STRING_ARRAY },
	{ "String", FIELD_STRING },
	{ "Tags", FIELD_STRING_ARRAY },
};

/* One step of the search: what the names so far have led to. */
struct walk {
	const struct model *model;
	enum model_spelling spelling;
	struct field_ref *found;
	struct field_miss *miss;
};

void name_list_add(struct name_list *list, const char *name, size_t length)
{
	list->names = must_resize(list->names, list->count + 1, sizeof(char *));
	list->names[list->count++] = must_strndup(name, length);
}

void name_list_release(struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	list->names = NULL;
	list->count = 0;
}

void field_ref_release(struct field_ref *field)
{
	name_list_release(&field->path);
}

static bool same_name(const struct walk *w, const char *given, const char *real)
{
	if (w->spelling == MODEL_PLAIN)
		return strcmp(given, real) == 0;
	while (*given != '\0' && (*given == *real || (*given == '_' && *real == '-'))) {
		given++;
		real++;
	}
	return *given == '\0' && *real == '\0';
}

static void append_name(struct walk *w, const char *name)
{
	name_list_add(&w->found->path, name, strlen(name));
}

/* The type of an item is named after its schema. */
static const char *root_type(const struct model *model)
{
	const char *name = json_object_get_string(json_object_object_get(model->schema, "name"));

	return name != NULL ? name : "Content";
}

/* Names the type below the names found so far: "Contents.Data_Title". */
static bool miss_here(struct walk *w, size_t index)
{
	const struct name_list *path = &w->found->path;
	size_t used;

	w->miss->index = index;
	used = (size_t)snprintf(w->miss->type, sizeof(w->miss->type), "Contents.%s",
		path->count == 0 ? root_type(w->model) : "");
	for (size_t i = 0; i < path->count && used < sizeof(w->miss->type); i++) {
		const char *name = path->names[i];

		used += (size_t)snprintf(w->miss->type + used, sizeof(w->miss->type) - used,
			"%s%c%s", i > 0 ? "_" : "", toupper((unsigned char)name[0]), name + 1);
	}
	return false;
}

static struct json_object *find_field(
	const struct walk *w, struct json_object *fields, const char *name)
{
	size_t count = fields != NULL ? json_object_array_length(fields) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);
		struct json_object *real = json_object_object_get(field, "name");

		if (same_name(w, name, json_object_get_string(real)))
			return field;
	}
	return NULL;
}

static enum field_type type_of_field(struct json_object *field)
{
	struct json_object *properties = json_object_object_get(field, "properties");
	const char *type = json_object_get_string(json_object_object_get(properties, "fieldType"));

	for (size_t i = 0; i < sizeof(value_types) / sizeof(value_types[0]); i++) {
		if (type != NULL && strcmp(value_types[i].name, type) == 0)
			return value_types[i].type;
	}
	return FIELD_ANY;
}

static const char *find_language(const struct walk *w, const char *name)
{
	struct json_object *items = json_object_object_get(w->model->languages, "items");
	size_t count = items != NULL ? json_object_array_length(items) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(items, i);
		const char *code = json_object_get_string(json_object_object_get(item, "iso2Code"));

		if (code != NULL && same_name(w, name, code))
			return code;
	}
	return NULL;
}

static const char *find_partition(const struct walk *w, struct json_object *field, const char *name)
{
	const char *partitioning = json_object_get_string(
		json_object_object_get(field, "partitioning"));

	if (partitioning != NULL && strcmp(partitioning, "language") == 0)
		return find_language(w, name);
	return strcmp(name, "iv") == 0 ? "iv" : NULL;
}

/* Below a value: nested fields of an array, anything in free JSON. */
static bool find_inside(
	struct walk *w, struct json_object *field, const struct name_list *names, size_t index)
{
	struct json_object *nested = json_object_object_get(field, "nested");

	w->found->type = type_of_field(field);
	if (index == names->count)
		return true;

	switch (w->found->type) {
	case FIELD_OBJECT_ARRAY:
		if (nested == NULL)
			break;
		field = find_field(w, nested, names->names[index]);
		if (field == NULL)
			return miss_here(w, index);
		append_name(w, json_object_get_string(json_object_object_get(field, "name")));
		return find_inside(w, field, names, index + 1);
	case FIELD_ANY:
	case FIELD_OBJECT:
		break;
	default:
		return miss_here(w, index);
	}
	while (index < names->count)
		append_name(w, names->names[index++]);
	w->found->type = FIELD_ANY;
	return true;
}

static bool find_data(struct walk *w, const struct name_list *names)
{
	struct json_object *fields = json_object_object_get(w->model->schema, "fields");
	struct json_object *field;
	const char *partition;

	w->found->type = FIELD_OBJECT;
	if (names->count == 1)
		return true;
	field = find_field(w, fields, names->names[1]);
	if (field == NULL)
		return miss_here(w, 1);
	append_name(w, json_object_get_string(json_object_object_get(field, "name")));
	if (names->count == 2)
		return true;
	partition = find_partition(w, field, names->names[2]);
	if (partition == NULL)
		return miss_here(w, 2);
	append_name(w, partition);
	return find_inside(w, field, names, 3);
}

static bool find_translation_status(struct walk *w, const struct name_list *names)
{
	const char *language;

	w->found->type = FIELD_OBJECT;
	if (names->count == 1)
		return true;
	language = find_language(w, names->names[1]);
	if (language == NULL)
		return miss_here(w, 1);
	append_name(w, language);
	w->found->type = FIELD_NUMBER;
	return names->count == 2 || miss_here(w, 2);
}

static bool find_item_field(struct walk *w, const struct name_list *names)
{
	const size_t count = sizeof(item_fields) / sizeof(item_fields[0]);
	size_t i = 0;

	while (i < count && strcmp(item_fields[i].name, names->names[0]) != 0)
		i++;
	if (i == count)
		return miss_here(w, 0);
	if (strcmp(item_fields[i].name, "data") == 0 && w->model->schema == NULL)
		return miss_here(w, 0);

	append_name(w, item_fields[i].name);
	w->found->type = item_fields[i].type;
	if (strcmp(item_fields[i].name, "data") == 0)
		return find_data(w, names);
	if (strcmp(item_fields[i].name, "translationStatus") == 0)
		return find_translation_status(w, names);
	return names->count == 1 || miss_here(w, 1);
}

bool model_find(const struct model *m, const struct name_list *names, enum model_spelling spelling,
	struct field_ref *ret, struct field_miss *ret_miss)
{
	struct field_ref found = { .type = FIELD_ANY };
	struct walk w = { m, spelling, &found, ret_miss };

	if (names->count == 0 || !find_item_field(&w, names)) {
		field_ref_release(&found);
		return false;
	}
	*ret = found;
	return true;
}

bool field_ref_is_data(const struct field_ref *field)
{
	return strcmp(field->path.names[0], "data") == 0;
}

bool field_ref_value(
	const struct field_ref *field, struct json_object *entity, struct json_object **ret)
{
	struct json_object *value = entity;

	for (size_t i = 0; i < field->path.count; i++) {
		/* A path that meets an array ends there: the store does not
		 * look into its elements (289-odata-nested-array-200). */
		if (!json_object_is_type(value, json_type_object))
			return false;
		if (!json_object_object_get_ex(value, field->path.names[i], &value))
			return false;
	}
	*ret = value;
	return true;
}
