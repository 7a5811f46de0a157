#include "body.h"

#include "reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The server's own limit. */
enum { MAX_DEPTH = 64 };

static int read_value(struct reader *r, struct json_object **ret);

static int read_number(struct reader *r, struct json_object **ret)
{
	char text[64];
	size_t length = strspn(r->p, "+-0123456789.eE");
	char *rest;
	double value;

	if (length >= sizeof(text))
		return reader_fail(r, "The JSON value is not a number that can be held.");
	memcpy(text, r->p, length);
	text[length] = '\0';
	value = strtod(text, &rest);
	if (*rest != '\0' || text[0] == '+')
		return reader_fail(
			r, "'%c' is an invalid end of a number. Expected a delimiter.", *rest);
	r->p += length;
	if (strpbrk(text, ".eE") == NULL && length < 18)
		*ret = json_object_new_int64(strtoll(text, NULL, 10));
	else
		*ret = json_object_new_double(value);
	return 0;
}

static int read_literal(struct reader *r, struct json_object **ret)
{
	static const char *const words[] = { "true", "false", "null" };

	for (int i = 0; i < 3; i++) {
		size_t length = strlen(words[i]);

		if ((size_t)(r->end - r->p) < length || memcmp(r->p, words[i], length) != 0)
			continue;
		r->p += length;
		*ret = i == 2 ? NULL : json_object_new_boolean(i == 0);
		return 0;
	}
	return reader_fail(r, "'%c' is an invalid start of a value.", *r->p);
}

/* After a value: 1 if another follows, 0 if the container ended. */
static int read_delimiter(struct reader *r, char close)
{
	reader_skip_space(r);
	if (r->p >= r->end)
		return reader_fail_open(r);
	if (*r->p == close) {
		r->p++;
		return 0;
	}
	if (*r->p != ',')
		return reader_fail(r,
			"'%c' is invalid after a value. Expected either ',', '}', or ']'.", *r->p);
	r->p++;
	reader_skip_space(r);
	if (r->p >= r->end)
		return reader_fail_open(r);
	if (*r->p == close)
		return reader_fail(r,
			"The JSON %s contains a trailing comma at the end which is not "
			"supported in this mode. Change the reader options.",
			close == '}' ? "object" : "array");
	return 1;
}

static int read_member(struct reader *r, struct json_object *object)
{
	size_t mark = r->path.length;
	struct json_object *value = NULL;
	struct buf name = { 0 };
	int result = -1;

	if (*r->p != '"') {
		reader_fail(
			r, "'%c' is an invalid start of a property name. Expected a '\"'.", *r->p);
		goto out;
	}
	if (reader_string(r, &name))
		goto out;
	buf_printf(&r->path, ".%s", name.bytes);
	reader_skip_space(r);
	if (r->p >= r->end || *r->p != ':') {
		if (r->p >= r->end)
			reader_fail_open(r);
		else
			reader_fail(
				r, "'%c' is invalid after a property name. Expected a ':'.", *r->p);
		goto out;
	}
	r->p++;
	if (read_value(r, &value))
		goto out;
	json_object_object_add(object, name.bytes, value);
	r->path.length = mark;
	r->path.bytes[mark] = '\0';
	result = 0;
out:
	buf_release(&name);
	return result;
}

static int read_object(struct reader *r, struct json_object *object)
{
	int more;

	r->p++;
	reader_skip_space(r);
	if (r->p < r->end && *r->p == '}') {
		r->p++;
		return 0;
	}
	if (r->p >= r->end)
		return reader_fail_open(r);
	do {
		if (read_member(r, object))
			return -1;
		more = read_delimiter(r, '}');
	} while (more > 0);
	return more;
}

static int read_array(struct reader *r, struct json_object *array)
{
	size_t mark = r->path.length;
	unsigned index = 0;
	int more;

	r->p++;
	reader_skip_space(r);
	if (r->p < r->end && *r->p == ']') {
		r->p++;
		return 0;
	}
	do {
		struct json_object *value = NULL;

		buf_printf(&r->path, "[%u]", index++);
		if (read_value(r, &value))
			return -1;
		json_object_array_add(array, value);
		r->path.length = mark;
		r->path.bytes[mark] = '\0';
		more = read_delimiter(r, ']');
	} while (more > 0);
	return more;
}

/* Whether the path is jobs[n] followed by exactly this member. */
static bool is_job_member(const struct reader *r, const char *member)
{
	const char *close = strchr(r->path.bytes, ']');

	return strncmp(r->path.bytes, "$.jobs[", 7) == 0 && close != NULL &&
	       strcasecmp(close + 1, member) == 0;
}

/* The type that a value at this place is bound to, or NULL for any JSON. */
static const char *object_wanted(const struct reader *r)
{
	static const char content[] = "Squidex.Domain.Apps.Core.Contents.ContentData";
	static const char field[] = "Squidex.Domain.Apps.Core.Contents.ContentFieldData";

	if (r->shape == BODY_DATA && r->depth == 0)
		return content;
	if (r->shape == BODY_DATA && r->depth == 1)
		return field;
	if (r->shape == BODY_BULK && r->depth == 3 && is_job_member(r, ".data"))
		return content;
	return NULL;
}

static int check_type_name(struct reader *r, struct json_object *value)
{
	static const char *const types[] = { "Upsert", "ChangeStatus", "Create", "Delete", "Patch",
		"Update", "Validate", "EnrichDefaults" };

	if (r->shape != BODY_BULK || r->depth != 3 || !is_job_member(r, ".type"))
		return 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (json_object_is_type(value, json_type_string) &&
			strcasecmp(types[i], json_object_get_string(value)) == 0)
			return 0;
	}
	return reader_refuse(
		r, "Squidex.Domain.Apps.Entities.Contents.Commands.BulkUpdateContentType");
}

static int read_container(struct reader *r, struct json_object **ret)
{
	bool is_object = *r->p == '{';
	int result;

	if (++r->depth > MAX_DEPTH)
		return reader_fail(r,
			"The maximum configured depth of %d has been exceeded. Cannot read next "
			"JSON %s.",
			MAX_DEPTH, is_object ? "object" : "array");
	*ret = is_object ? json_object_new_object() : json_object_new_array();
	result = is_object ? read_object(r, *ret) : read_array(r, *ret);
	r->depth--;
	if (result != 0) {
		json_object_put(*ret);
		*ret = NULL;
	}
	return result;
}

static int read_scalar(struct reader *r, struct json_object **ret)
{
	struct buf text = { 0 };
	int result;

	if (*r->p != '"')
		return strchr("-0123456789", *r->p) ? read_number(r, ret) : read_literal(r, ret);
	result = reader_string(r, &text);
	if (result == 0)
		*ret = json_object_new_string(text.bytes);
	buf_release(&text);
	return result;
}

static int read_value(struct reader *r, struct json_object **ret)
{
	const char *wanted = object_wanted(r);

	reader_skip_space(r);
	if (r->p >= r->end)
		return reader_fail_open(r);
	if (*r->p == '[' && wanted != NULL) {
		r->p++;
		return reader_refuse(r, wanted);
	}
	if (*r->p == '{' || *r->p == '[')
		return read_container(r, ret);
	if (read_scalar(r, ret))
		return -1;
	if ((wanted != NULL && *ret != NULL) || check_type_name(r, *ret)) {
		json_object_put(*ret);
		*ret = NULL;
		return wanted != NULL ? reader_refuse(r, wanted) : -1;
	}
	return 0;
}

int body_parse(const char *text, size_t length, enum body_shape shape,
	struct json_object **ret_value, char **ret_message)
{
	struct reader r = { .start = text, .p = text, .end = text + length, .shape = shape };
	struct json_object *value = NULL;
	int result = 0;

	buf_puts(&r.path, "$");
	reader_skip_space(&r);
	if (r.p < r.end)
		result = read_value(&r, &value);
	reader_skip_space(&r);
	if (result == 0 && r.p < r.end) {
		result = reader_fail(&r,
			"'%c' is invalid after a single JSON value. Expected end of data.", *r.p);
		json_object_put(value);
	}
	if (result == 0)
		*ret_value = value;
	else
		*ret_message = buf_take(&r.message);
	buf_release(&r.path);
	buf_release(&r.message);
	return result;
}
