#include "validate.h"

#include "alloc.h"
#include "validate_value.h"

#include <stdlib.h>
#include <string.h>

/* A PATCH writes {"$unset": true} in the place of what it removes. */
static bool is_unset(struct json_object *value)
{
	struct json_object *flag = NULL;

	return json_object_is_type(value, json_type_object) &&
	       json_object_object_get_ex(value, "$unset", &flag) && json_object_get_boolean(flag);
}

static size_t count_languages(const struct validate_env *env)
{
	struct json_object *items = json_object_object_get(env->languages, "items");

	return items != NULL ? json_object_array_length(items) : 0;
}

static struct json_object *language_at(const struct validate_env *env, size_t i)
{
	return json_object_array_get_idx(json_object_object_get(env->languages, "items"), i);
}

static const char *language_code(struct json_object *language)
{
	return json_object_get_string(json_object_object_get(language, "iso2Code"));
}

static bool is_localized(struct json_object *field)
{
	const char *partitioning = json_object_get_string(
		json_object_object_get(field, "partitioning"));

	return partitioning != NULL && strcmp(partitioning, "language") == 0;
}

static bool has_partition(
	const struct validate_env *env, struct json_object *field, const char *key)
{
	if (!is_localized(field))
		return strcmp(key, "iv") == 0;
	for (size_t i = 0; i < count_languages(env); i++) {
		if (strcmp(language_code(language_at(env, i)), key) == 0)
			return true;
	}
	return false;
}

static void check_keys(
	struct validation *v, struct json_object *field, struct json_object *partitions)
{
	json_object_object_foreach(partitions, key, value)
	{
		char *path;

		(void)value;
		if (has_partition(v->env, field, key))
			continue;
		path = must_format("%s.%s", field_name(field), key);
		validation_add(v, path, "Not a known %s.",
			is_localized(field) ? "language" : "invariant value");
		free(path);
	}
}

static void check_partition(struct validation *v, struct json_object *field, const char *key,
	enum presence presence, struct json_object *partitions, enum validate_mode mode)
{
	struct json_object *value = NULL;
	char *path;

	if (!json_object_object_get_ex(partitions, key, &value) && mode == VALIDATE_PATCH)
		return;
	path = must_format("%s.%s", field_name(field), key);
	validate_value(v, field, path, presence, is_unset(value) ? NULL : value);
	free(path);
}

static void check_field(struct validation *v, struct json_object *field,
	struct json_object *partitions, enum validate_mode mode)
{
	struct json_object *optional;

	/* Removing a whole field needs the same as having none of it. */
	if (is_unset(partitions)) {
		partitions = NULL;
		mode = VALIDATE_FULL;
	}
	if (json_object_is_type(partitions, json_type_object))
		check_keys(v, field, partitions);
	if (!is_localized(field)) {
		check_partition(v, field, "iv", PRESENCE_NEEDED, partitions, mode);
		return;
	}
	for (size_t i = 0; i < count_languages(v->env); i++) {
		struct json_object *language = language_at(v->env, i);

		optional = json_object_object_get(language, "isOptional");
		check_partition(v, field, language_code(language),
			json_object_get_boolean(optional) ? PRESENCE_OPTIONAL : PRESENCE_NEEDED,
			partitions, mode);
	}
}

static void check_data(struct validation *v, struct json_object *fields, struct json_object *data,
	enum validate_mode mode)
{
	json_object_object_foreach(data, name, ignored)
	{
		(void)ignored;
		if (fields_find(fields, name) == NULL)
			validation_add(v, name, "Not a known field.");
	}
	for (size_t i = 0; i < json_object_array_length(fields); i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);
		struct json_object *partitions = NULL;
		bool present = json_object_object_get_ex(data, field_name(field), &partitions);

		if (present || mode == VALIDATE_FULL)
			check_field(v, field, partitions, mode);
	}
}

/* The server keeps its errors on a pile and hands them out from the top. */
static struct json_object *take_errors(struct validation *v)
{
	struct json_object *errors = json_object_new_array();
	struct json_object *piles[] = { v->late_errors, v->errors };

	for (size_t pile = 0; pile < 2; pile++) {
		for (size_t i = json_object_array_length(piles[pile]); i > 0; i--) {
			struct json_object *error = json_object_array_get_idx(piles[pile], i - 1);

			json_object_array_add(errors, json_object_get(error));
		}
		json_object_put(piles[pile]);
	}
	if (json_object_array_length(errors) > 0)
		return errors;
	json_object_put(errors);
	return NULL;
}

struct json_object *validate_data(struct json_object *schema, const struct validate_env *env,
	struct json_object *data, enum validate_mode mode)
{
	struct validation v = { env, json_object_new_array(), json_object_new_array() };

	check_data(&v, json_object_object_get(schema, "fields"), data, mode);
	return take_errors(&v);
}
