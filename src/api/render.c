#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/fields.h"
#include "api/scan.h"
#include "api/schema.h"
#include "api/text.h"
#include "base/buf.h"
#include "base/error.h"

enum order { ORDER_BY_NAME, ORDER_AS_CAME };

struct member {
	const char *key;
	struct json_object *value;
};

/* Members of most objects; more are sorted on the heap. */
#define MEMBERS_ON_STACK 16

/* Sign and digits of 64 bits. */
#define INT_TEXT_SIZE 24

static int add_value(struct buf *b, struct json_object *value, size_t depth, enum order order);

static int add_int(struct buf *b, int64_t value)
{
	char text[INT_TEXT_SIZE];
	char *end = text + sizeof(text), *p = end;
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0)
		*--p = '-';
	return buf_add(b, p, (size_t)(end - p));
}

/* json-c keeps the source text of a number that it read into a double. */
static int add_double(struct buf *b, struct json_object *value)
{
	static const size_t mark_len = sizeof(SCAN_NUMBER_MARK) - 1;
	const char *text = json_object_get_userdata(value);
	size_t len = strlen(text);

	if (len > mark_len && strcmp(text + len - mark_len, SCAN_NUMBER_MARK) == 0)
		len -= mark_len;
	return buf_add(b, text, len);
}

static int add_array(struct buf *b, struct json_object *array, size_t depth, enum order order)
{
	size_t n = json_object_array_length(array);
	int ret;

	if (n == 0)
		return buf_add_str(b, "[]");
	ret = buf_add_char(b, '[');
	for (size_t i = 0; ret == 0 && i < n; i++) {
		ret = text_add_next_line(b, depth + 1, i);
		if (ret == 0)
			ret = add_value(b, json_object_array_get_idx(array, i), depth + 1, order);
	}
	if (ret == 0)
		ret = text_add_line(b, depth);
	return ret == 0 ? buf_add_char(b, ']') : ret;
}

/* n_before: members of the object before it. */
static int add_key(struct buf *b, const char *key, size_t depth, size_t n_before)
{
	int ret = text_add_next_line(b, depth + 1, n_before);

	if (ret == 0)
		ret = text_add_string(b, key, strlen(key));
	return ret == 0 ? buf_add(b, ": ", 2) : ret;
}

/* Adds one member of an object; *n_added tells whether a comma goes before it. */
static int add_member(
	struct buf *b, const struct member *member, size_t depth, enum order order, size_t *n_added)
{
	int ret = add_key(b, member->key, depth, *n_added);

	if (ret == 0)
		ret = add_value(b, member->value, depth + 1, order);
	(*n_added)++;
	return ret;
}

static int begin_object(struct buf *b)
{
	return buf_add_char(b, '{');
}

static int end_object(struct buf *b, size_t depth, size_t n_added)
{
	int ret = n_added > 0 ? text_add_line(b, depth) : 0;

	return ret == 0 ? buf_add_char(b, '}') : ret;
}

static int compare_members(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static void sort_members(struct member *members, size_t n)
{
	/* Servers that keep the order mostly send names in it. */
	for (size_t i = 1; i < n; i++) {
		if (compare_members(&members[i - 1], &members[i]) > 0) {
			qsort(members, n, sizeof(*members), compare_members);
			return;
		}
	}
}

static int add_object(struct buf *b, struct json_object *object, size_t depth, enum order order)
{
	struct member on_stack[MEMBERS_ON_STACK], *members = on_stack;
	size_t length = (size_t)json_object_object_length(object);
	size_t n = 0, n_added = 0;
	int ret;

	if (length > MEMBERS_ON_STACK)
		members = malloc(length * sizeof(*members));
	if (!members)
		return -ENOMEM;
	json_object_object_foreach(object, key, value) members[n++] = (struct member){ key, value };
	if (order == ORDER_BY_NAME)
		sort_members(members, n);
	ret = begin_object(b);
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = add_member(b, &members[i], depth, order, &n_added);
	if (ret == 0)
		ret = end_object(b, depth, n_added);
	if (members != on_stack)
		free(members);
	return ret;
}

static int add_value(struct buf *b, struct json_object *value, size_t depth, enum order order)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return buf_add(b, "null", 4);
	case json_type_boolean:
		return buf_add_str(b, json_object_get_boolean(value) ? "true" : "false");
	case json_type_int:
		return add_int(b, json_object_get_int64(value));
	case json_type_double:
		return add_double(b, value);
	case json_type_string:
		return text_add_string(b, json_object_get_string(value),
			(size_t)json_object_get_string_len(value));
	case json_type_array:
		return add_array(b, value, depth, order);
	case json_type_object:
		return add_object(b, value, depth, order);
	}
	return -EINVAL;
}

static bool has_field(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->n_fields; i++) {
		if (strcmp(schema->fields[i], name) == 0)
			return true;
	}
	return false;
}

/* The members that the schema does not know: it may have changed since it was asked for. */
static int add_unknown_fields(struct buf *b, struct json_object *data, const struct schema *schema,
	size_t depth, size_t *n_added)
{
	size_t n = 0;
	struct member *members = malloc((size_t)json_object_object_length(data) * sizeof(*members));
	int ret = 0;

	if (!members)
		return -ENOMEM;
	json_object_object_foreach(data, key, value)
	{
		if (!has_field(schema, key))
			members[n++] = (struct member){ key, value };
	}
	sort_members(members, n);
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = add_member(b, &members[i], depth, ORDER_BY_NAME, n_added);
	free(members);
	return ret;
}

static int add_data(
	struct buf *b, struct json_object *data, const struct schema *schema, size_t depth)
{
	size_t n_added = 0;
	int ret;

	if (!schema || !json_object_is_type(data, json_type_object))
		return add_value(b, data, depth, ORDER_BY_NAME);
	ret = begin_object(b);
	for (size_t i = 0; ret == 0 && i < schema->n_fields; i++) {
		struct member member = { schema->fields[i], NULL };

		if (fields_find(data, member.key, &member.value))
			ret = add_member(b, &member, depth, ORDER_BY_NAME, &n_added);
	}
	if (ret == 0 && n_added < (size_t)json_object_object_length(data))
		ret = add_unknown_fields(b, data, schema, depth, &n_added);
	return ret == 0 ? end_object(b, depth, n_added) : ret;
}

static int add_document(struct buf *b, struct json_object *item, const struct schema *schema)
{
	static const char *const keys[] = { FIELD_ID, FIELD_SCHEMA_NAME, FIELD_STATUS,
		FIELD_NEW_STATUS, FIELD_VERSION, FIELD_CREATED, FIELD_CREATED_BY, FIELD_MODIFIED,
		FIELD_MODIFIED_BY };
	enum { N_KEYS = sizeof(keys) / sizeof(keys[0]) };
	struct json_object *values[N_KEYS], *data = NULL;
	size_t n_added = 0;
	int ret = begin_object(b);

	fields_get_all(item, keys, N_KEYS, values);
	for (size_t i = 0; ret == 0 && i < N_KEYS; i++) {
		const struct member member = { keys[i], values[i] };

		if (member.value)
			ret = add_member(b, &member, 0, ORDER_BY_NAME, &n_added);
	}
	if (ret == 0 && fields_find(item, FIELD_DATA, &data)) {
		ret = add_key(b, FIELD_DATA, 0, n_added);
		if (ret == 0)
			ret = add_data(b, data, schema, 1);
		n_added++;
	}
	return ret == 0 ? end_object(b, 0, n_added) : ret;
}

static int add_view(
	struct buf *b, struct json_object *item, const struct schema *schema, enum view view)
{
	struct json_object *data = NULL;

	switch (view) {
	case VIEW_DOCUMENT:
		return add_document(b, item, schema);
	case VIEW_DATA:
		if (!fields_find(item, FIELD_DATA, &data))
			return buf_add_str(b, "{}");
		return add_data(b, data, schema, 0);
	case VIEW_RAW:
		return add_value(b, item, 0, ORDER_AS_CAME);
	}
	return -EINVAL;
}

int document_render(struct json_object *item, const struct schema *schema, enum view view,
	struct buf *text, struct error *err)
{
	int ret = add_view(text, item, schema, view);

	if (ret == 0)
		ret = buf_add_char(text, '\n');
	if (ret == -EFBIG)
		return error_set(err, EFBIG, "'%s': the text is larger than %zu bytes",
			fields_get_string(item, FIELD_ID), text->max);
	if (ret < 0)
		return error_set(err, -ret, "'%s': the text cannot be made: %s",
			fields_get_string(item, FIELD_ID), error_name(-ret));
	return 0;
}
