#include "json_literal.h"

#include "alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_name(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return "Null";
	case json_type_boolean:
		return "Boolean";
	case json_type_int:
	case json_type_double:
		return "Number";
	case json_type_string:
		return "String";
	case json_type_array:
		return "Array";
	default:
		return "Object";
	}
}

static bool fail_expected(
	struct problem *p, const char *expected, const char *path, struct json_object *value)
{
	problem_add(p, "Json query not valid: Expected %s for path '%s', but got %s..", expected,
		path, kind_name(value));
	return false;
}

/* "9" stands for a digit. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++) {
		bool fits = *shape == '9' ? isdigit((unsigned char)*text) : *text == *shape;

		if (!fits)
			return false;
	}
	return true;
}

/* A date, or a time of the form yyyy-MM-ddTHH:mm:ss[.f]Z. */
static bool is_instant(const char *text)
{
	size_t length = strlen(text);

	if (length == 10)
		return has_shape(text, "9999-99-99");
	return length >= 20 && has_shape(text, "9999-99-99T99:99:99") && text[length - 1] == 'Z';
}

static bool convert_instant(
	struct json_object *value, const char *path, struct json_object **ret, struct problem *p)
{
	const char *text = json_object_get_string(value);
	char *full;

	if (!json_object_is_type(value, json_type_string))
		return fail_expected(p, "ISO8601 DateTime String", path, value);
	if (!is_instant(text)) {
		problem_add(p,
			"Json query not valid: Expected ISO8601 DateTime String for path '%s', but "
			"got invalid String..",
			path);
		return false;
	}
	full = strlen(text) == 10 ? must_format("%sT00:00:00Z", text) : must_strdup(text);
	*ret = json_object_new_string(full);
	free(full);
	return true;
}

static bool has_number(struct json_object *value, const char *key)
{
	struct json_object *number = NULL;

	return json_object_object_get_ex(value, key, &number) &&
	       (json_object_is_type(number, json_type_int) ||
		       json_object_is_type(number, json_type_double));
}

static bool is_circle(struct json_object *value)
{
	return json_object_is_type(value, json_type_object) && has_number(value, "latitude") &&
	       has_number(value, "longitude") && has_number(value, "distance");
}

/* One value that is not an array. */
static bool convert_one(enum field_type type, struct json_object *value, const char *path,
	struct json_object **ret, struct problem *p)
{
	enum json_type kind = json_object_get_type(value);

	switch (type) {
	case FIELD_DATETIME:
		return convert_instant(value, path, ret, p);
	case FIELD_BOOLEAN:
		if (kind != json_type_boolean)
			return fail_expected(p, "Boolean", path, value);
		break;
	case FIELD_NUMBER:
		if (kind != json_type_int && kind != json_type_double)
			return fail_expected(p, "Number", path, value);
		break;
	case FIELD_STRING:
	case FIELD_STRING_ARRAY:
		if (kind != json_type_string && kind != json_type_null)
			return fail_expected(p, "String", path, value);
		break;
	case FIELD_GEO:
		if (!is_circle(value))
			return fail_expected(p, "Object(geo-json)", path, value);
		break;
	default:
		if (kind == json_type_object || kind == json_type_array)
			return fail_expected(p, "primitive", path, value);
		break;
	}
	*ret = json_object_get(value);
	return true;
}

bool json_literal_convert(enum field_type type, struct json_object *value, const char *path,
	struct json_object **ret, struct problem *p)
{
	struct json_object *list;
	bool ok = true;

	if (!json_object_is_type(value, json_type_array) || type == FIELD_GEO)
		return convert_one(type, value, path, ret, p);

	list = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		struct json_object *item = NULL;

		if (convert_one(type, json_object_array_get_idx(value, i), path, &item, p))
			json_object_array_add(list, item);
		else
			ok = false;
	}
	if (!ok) {
		json_object_put(list);
		return false;
	}
	*ret = list;
	return true;
}
