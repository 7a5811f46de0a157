#include "validate_value.h"

#include "alloc.h"
#include "validate_list.h"
#include "validate_text.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char wrong_kind[] = "Invalid json type, expected %s.";

void validation_add(struct validation *v, const char *path, const char *format, ...)
{
	char sentence[512];
	va_list args;
	char *error;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	error = must_format("%s: %s", path, sentence);
	json_object_array_add(v->errors, json_object_new_string(error));
	free(error);
}

struct json_object *field_property(struct json_object *field, const char *name)
{
	return json_object_object_get(json_object_object_get(field, "properties"), name);
}

const char *field_text(struct json_object *field, const char *name)
{
	const char *text = json_object_get_string(field_property(field, name));

	return text != NULL ? text : "";
}

bool field_flag(struct json_object *field, const char *name)
{
	return json_object_get_boolean(field_property(field, name));
}

const char *field_name(struct json_object *field)
{
	return json_object_get_string(json_object_object_get(field, "name"));
}

struct json_object *fields_find(struct json_object *fields, const char *name)
{
	size_t count = fields != NULL ? json_object_array_length(fields) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);

		if (strcmp(field_name(field), name) == 0)
			return field;
	}
	return NULL;
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

static bool is_allowed(struct json_object *field, struct json_object *value)
{
	struct json_object *allowed = field_property(field, "allowedValues");

	if (allowed == NULL || json_object_array_length(allowed) == 0)
		return true;
	for (size_t i = 0; i < json_object_array_length(allowed); i++) {
		struct json_object *one = json_object_array_get_idx(allowed, i);

		if (is_number(value) ? json_object_get_double(one) == json_object_get_double(value)
				     : json_object_equal(one, value))
			return true;
	}
	return false;
}

static void check_range(
	struct validation *v, struct json_object *field, const char *path, double value)
{
	struct json_object *min = field_property(field, "minValue");
	struct json_object *max = field_property(field, "maxValue");
	double low = min != NULL ? json_object_get_double(min) : -INFINITY;
	double high = max != NULL ? json_object_get_double(max) : INFINITY;

	if (value >= low && value <= high)
		return;
	if (min != NULL && max != NULL && low == high)
		validation_add(v, path, "Must be exactly %.15g.", low);
	else if (min != NULL && max != NULL)
		validation_add(v, path, "Must be between %.15g and %.15g.", low, high);
	else if (min != NULL)
		validation_add(v, path, "Must be greater or equal to %.15g.", low);
	else
		validation_add(v, path, "Must be less or equal to %.15g.", high);
}

static void check_number(struct validation *v, struct json_object *field, const char *path,
	struct json_object *value)
{
	if (!is_number(value)) {
		validation_add(v, path, wrong_kind, "number");
		return;
	}
	check_range(v, field, path, json_object_get_double(value));
	if (!is_allowed(field, value))
		validation_add(v, path, "Not an allowed value.");
}

static void check_string(struct validation *v, struct json_object *field, const char *path,
	struct json_object *value)
{
	if (!json_object_is_type(value, json_type_string)) {
		validation_add(v, path, wrong_kind, "string");
		return;
	}
	validate_text(v, field, path, json_object_get_string(value));
	if (!is_allowed(field, value))
		validation_add(v, path, "Not an allowed value.");
}

static void check_boolean(struct validation *v, const char *path, struct json_object *value)
{
	if (!json_object_is_type(value, json_type_boolean))
		validation_add(v, path, wrong_kind, "boolean");
}

/* yyyy-MM-ddTHH:mm:ss[.f]Z; "9" stands for a digit. */
static bool is_instant(const char *text)
{
	const char *shape = "9999-99-99T99:99:99";

	for (; *shape != '\0'; shape++, text++) {
		if (*shape == '9' ? !isdigit((unsigned char)*text) : *text != *shape)
			return false;
	}
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	return strcmp(text, "Z") == 0;
}

static void check_datetime(struct validation *v, struct json_object *field, const char *path,
	struct json_object *value)
{
	const char *text = json_object_get_string(value);
	const char *min = field_text(field, "minValue");
	const char *max = field_text(field, "maxValue");

	if (!json_object_is_type(value, json_type_string)) {
		validation_add(v, path, wrong_kind, "string");
		return;
	}
	if (!is_instant(text))
		validation_add(v, path,
			"The value string does not match the required date and time pattern.");
	else if (min[0] != '\0' && strcmp(text, min) < 0)
		validation_add(v, path, "Must be greater or equal to %s.", min);
	else if (max[0] != '\0' && strcmp(text, max) > 0)
		validation_add(v, path, "Must be less or equal to %s.", max);
}

static bool is_within(struct json_object *object, const char *key, double limit)
{
	double value = json_object_get_double(json_object_object_get(object, key));

	return value >= -limit && value <= limit;
}

static void check_geolocation(struct validation *v, const char *path, struct json_object *value)
{
	struct json_object *latitude = json_object_object_get(value, "latitude");
	struct json_object *longitude = json_object_object_get(value, "longitude");

	if (json_object_is_type(value, json_type_object) &&
		json_object_object_get(value, "coordinates") != NULL)
		return;
	if (!is_number(latitude) || !is_number(longitude))
		validation_add(v, path, wrong_kind, "latitude/longitude object");
	else if (!is_within(value, "latitude", 90))
		validation_add(v, path, "Latitude must be between -90 and 90.");
	else if (!is_within(value, "longitude", 180))
		validation_add(v, path, "Longitude must be between -180 and 180.");
}

static void check_component(struct validation *v, const char *path, struct json_object *value)
{
	if (!json_object_is_type(value, json_type_object))
		validation_add(
			v, path, "Invalid json object, expected object with 'schemaId' field.");
}

static bool is_list_type(const char *type)
{
	static const char *const lists[] = { "Array", "Assets", "Components", "References",
		"Tags" };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(lists[i], type) == 0)
			return true;
	}
	return false;
}

static void check_missing(
	struct validation *v, struct json_object *field, const char *path, enum presence presence)
{
	if (field_flag(field, "isRequired") && presence == PRESENCE_NEEDED)
		validation_add(v, path, "Field is required.");
}

static void check_kind(struct validation *v, struct json_object *field, const char *path,
	struct json_object *value)
{
	const char *type = field_text(field, "fieldType");

	if (is_list_type(type))
		validate_list(v, field, path, value);
	else if (strcmp(type, "String") == 0)
		check_string(v, field, path, value);
	else if (strcmp(type, "Number") == 0)
		check_number(v, field, path, value);
	else if (strcmp(type, "Boolean") == 0)
		check_boolean(v, path, value);
	else if (strcmp(type, "DateTime") == 0)
		check_datetime(v, field, path, value);
	else if (strcmp(type, "Geolocation") == 0)
		check_geolocation(v, path, value);
	else if (strcmp(type, "Component") == 0)
		check_component(v, path, value);
	else if (strcmp(type, "RichText") == 0 && !json_object_is_type(value, json_type_object))
		validation_add(v, path, "Invalid rich text.");
	else if (strcmp(type, "UI") == 0)
		validation_add(v, path, "Value must not be defined.");
}

void validate_value(struct validation *v, struct json_object *field, const char *path,
	enum presence presence, struct json_object *value)
{
	bool is_empty_string = json_object_is_type(value, json_type_string) &&
			       json_object_get_string_len(value) == 0;
	bool is_empty_list = json_object_is_type(value, json_type_array) &&
			     json_object_array_length(value) == 0;

	if (value == NULL || is_empty_string || is_empty_list)
		check_missing(v, field, path, presence);
	if (value == NULL)
		return;
	check_kind(v, field, path, value);
	if (field_flag(field, "isUnique") && v->env->value_taken != NULL &&
		v->env->value_taken(v->env->payload, path, value))
		validation_add(v, path, "Another content with the same value exists.");
}
