#include "api/edit.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "api/edit_text.h"
#include "api/fields.h"
#include "api/moment.h"
#include "api/schema.h"
#include "base/buf.h"
#include "base/error.h"

/* Keys that the server takes for orders (wire/108, 317). */
static const char key_unset[] = "$unset";
static const char key_update[] = "$update";

void edit_init(struct edit *edit)
{
	*edit = (struct edit){ .version = -1 };
}

void edit_release(struct edit *edit)
{
	free(edit->id);
	free(edit->status);
	free(edit->new_status);
	json_object_put(edit->data);
	edit_init(edit);
}

/* NULL for a key that is absent or no text, too. */
static int copy_string(struct json_object *document, const char *key, char **ret_copy)
{
	const char *value = fields_get_string(document, key);

	if (!*value)
		return 0;
	*ret_copy = strdup(value);
	return *ret_copy ? 0 : -ENOMEM;
}

static int take_document(
	struct json_object *document, const char *what, struct edit *edit, struct error *err)
{
	struct json_object *data = fields_get_object(document, FIELD_DATA);

	if (!data)
		return error_set(err, EINVAL,
			"%s: the text has no object \"data\", which holds the fields", what);
	if (copy_string(document, FIELD_ID, &edit->id) < 0 ||
		copy_string(document, FIELD_STATUS, &edit->status) < 0 ||
		copy_string(document, FIELD_NEW_STATUS, &edit->new_status) < 0)
		return error_set(err, ENOMEM, "%s: out of memory", what);
	edit->version = fields_get_int(document, FIELD_VERSION, -1);
	if (!moment_parse(fields_get_string(document, FIELD_CREATED), &edit->created_s))
		edit->created_s = 0;
	edit->data = json_object_get(data);
	return 0;
}

int edit_parse(const char *text, size_t len, enum view view, const char *what,
	struct edit *ret_edit, struct error *err)
{
	struct json_object *root = NULL;
	struct edit edit;
	int ret;

	if (view == VIEW_RAW)
		return error_set(err, EINVAL, "%s: the API's raw answer cannot be saved", what);
	ret = edit_text_parse(text, len, what, &root, err);
	if (ret < 0)
		return ret;
	edit_init(&edit);
	if (view == VIEW_DOCUMENT)
		ret = take_document(root, what, &edit, err);
	else
		edit.data = json_object_get(root);
	json_object_put(root);
	if (ret < 0) {
		edit_release(&edit);
		return ret;
	}
	edit_release(ret_edit);
	*ret_edit = edit;
	return 0;
}

static bool are_equal(struct json_object *a, struct json_object *b);

static bool are_equal_objects(struct json_object *a, struct json_object *b)
{
	if (json_object_object_length(a) != json_object_object_length(b))
		return false;
	json_object_object_foreach(a, key, value)
	{
		struct json_object *other;

		if (!fields_find(b, key, &other) || !are_equal(value, other))
			return false;
	}
	return true;
}

static bool are_equal_arrays(struct json_object *a, struct json_object *b)
{
	size_t n = json_object_array_length(a);

	if (json_object_array_length(b) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!are_equal(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i)))
			return false;
	}
	return true;
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

static bool are_equal(struct json_object *a, struct json_object *b)
{
	if (is_number(a) && is_number(b))
		return json_object_get_double(a) == json_object_get_double(b);
	if (json_object_get_type(a) != json_object_get_type(b))
		return false;
	switch (json_object_get_type(a)) {
	case json_type_object:
		return are_equal_objects(a, b);
	case json_type_array:
		return are_equal_arrays(a, b);
	default:
		return json_object_equal(a, b) != 0;
	}
}

/* An object's members, each in the other and equal by is_same. */
static bool has_members(struct json_object *wanted, struct json_object *base,
	bool (*is_same)(struct json_object *wanted, struct json_object *base))
{
	json_object_object_foreach(wanted, name, value)
	{
		struct json_object *there;

		if (!fields_find(base, name, &there) || !is_same(value, there))
			return false;
	}
	return true;
}

static bool has_languages(struct json_object *wanted, struct json_object *base)
{
	if (!json_object_is_type(wanted, json_type_object))
		return are_equal(wanted, base);
	return json_object_is_type(base, json_type_object) && has_members(wanted, base, are_equal);
}

bool edit_is_in(const struct edit *edit, const struct edit *base)
{
	return has_members(edit->data, base->data, has_languages);
}

/* Takes over the value, also on failure. */
static int put(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

static int put_unset(struct json_object *object, const char *key)
{
	struct json_object *unset = json_object_new_object();

	if (!unset)
		return -ENOMEM;
	if (put(unset, key_unset, json_object_new_boolean(1)) < 0) {
		json_object_put(unset);
		return -ENOMEM;
	}
	return put(object, key, unset);
}

static bool is_expression(struct json_object *value)
{
	return json_object_is_type(value, json_type_object) &&
	       json_object_object_length(value) == 1 &&
	       (fields_find(value, key_unset, NULL) || fields_find(value, key_update, NULL));
}

static const char *find_expression(struct json_object *value);

static const char *find_expression_in_array(struct json_object *array)
{
	const char *key = NULL;

	for (size_t i = 0; !key && i < json_object_array_length(array); i++)
		key = find_expression(json_object_array_get_idx(array, i));
	return key;
}

static const char *find_expression_in_object(struct json_object *object)
{
	json_object_object_foreach(object, name, member)
	{
		const char *key = find_expression(member);

		(void)name;
		if (key)
			return key;
	}
	return NULL;
}

/* The key of the first expression at any depth, or NULL. */
static const char *find_expression(struct json_object *value)
{
	if (is_expression(value))
		return fields_find(value, key_unset, NULL) ? key_unset : key_update;
	if (json_object_is_type(value, json_type_array))
		return find_expression_in_array(value);
	if (json_object_is_type(value, json_type_object))
		return find_expression_in_object(value);
	return NULL;
}

/* Refuses what the user's value would have the server do. */
static int check_value(const struct edit_rules *rules, const char *name, struct json_object *value,
	struct error *err)
{
	const char *key = rules->allow_expressions ? NULL : find_expression(value);

	if (!key)
		return 0;
	return error_set(err, EINVAL,
		"'%s' holds an object with \"%s\" alone, which the server would carry out; "
		"-o allow_expressions permits it",
		name, key);
}

static int put_value(struct json_object *patch, const char *name, struct json_object *value,
	const struct edit_rules *rules, struct error *err)
{
	int ret = check_value(rules, name, value, err);

	if (ret == 0 && put(patch, name, json_object_get(value)) < 0)
		ret = error_set(err, ENOMEM, "out of memory");
	return ret;
}

static int put_gone(struct json_object *wanted, struct json_object *base, struct json_object *patch,
	struct error *err)
{
	json_object_object_foreach(base, name, value)
	{
		(void)value;
		if (!fields_find(wanted, name, NULL) && put_unset(patch, name) < 0)
			return error_set(err, ENOMEM, "out of memory");
	}
	return 0;
}

/* The languages of one field. */
static int diff_languages(struct json_object *wanted, struct json_object *base,
	struct json_object *patch, const struct edit_rules *rules, struct error *err)
{
	json_object_object_foreach(wanted, name, value)
	{
		struct json_object *old;
		int ret = 0;

		if (!fields_find(base, name, &old) || !are_equal(value, old))
			ret = put_value(patch, name, value, rules, err);
		if (ret < 0)
			return ret;
	}
	return put_gone(wanted, base, patch, err);
}

/* A field that both have: language by language where both are objects, as all of the server's are. */
static int diff_field(const char *name, struct json_object *wanted, struct json_object *base,
	struct json_object *patch, const struct edit_rules *rules, struct error *err)
{
	struct json_object *languages;
	int ret;

	if (is_expression(wanted) || !json_object_is_type(wanted, json_type_object) ||
		!json_object_is_type(base, json_type_object))
		return put_value(patch, name, wanted, rules, err);
	languages = json_object_new_object();
	if (!languages)
		return error_set(err, ENOMEM, "out of memory");
	ret = diff_languages(wanted, base, languages, rules, err);
	if (ret < 0) {
		json_object_put(languages);
		return ret;
	}
	if (put(patch, name, languages) < 0)
		return error_set(err, ENOMEM, "out of memory");
	return 0;
}

static int diff_data(struct json_object *wanted, struct json_object *base,
	struct json_object *patch, const struct edit_rules *rules, struct error *err)
{
	json_object_object_foreach(wanted, name, value)
	{
		struct json_object *old;
		int ret = 0;

		if (!fields_find(base, name, &old))
			ret = put_value(patch, name, value, rules, err);
		else if (!are_equal(value, old))
			ret = diff_field(name, value, old, patch, rules, err);
		if (ret < 0)
			return ret;
	}
	return put_gone(wanted, base, patch, err);
}

/* The data object as text, its fields in the schema's order. */
static int render(struct json_object *data, const struct edit_rules *rules, struct buf *ret_text,
	struct error *err)
{
	struct json_object *item = json_object_new_object();
	int ret;

	buf_clear(ret_text);
	if (!item || put(item, FIELD_DATA, json_object_get(data)) < 0)
		ret = error_set(err, ENOMEM, "out of memory");
	else
		ret = document_render(item, rules->schema, VIEW_DATA, ret_text, err);
	json_object_put(item);
	return ret;
}

int edit_diff(const struct edit *edit, const struct edit *base, const struct edit_rules *rules,
	struct buf *ret_patch, struct error *err)
{
	struct json_object *patch = json_object_new_object();
	int ret;

	if (!patch)
		return error_set(err, ENOMEM, "out of memory");
	ret = diff_data(edit->data, base->data, patch, rules, err);
	if (ret == 0 && json_object_object_length(patch) > 0)
		ret = render(patch, rules, ret_patch, err);
	else if (ret == 0)
		buf_clear(ret_patch);
	json_object_put(patch);
	return ret;
}

int edit_whole(const struct edit *edit, const struct edit_rules *rules, struct buf *ret_data,
	struct error *err)
{
	int ret = check_value(rules, FIELD_DATA, edit->data, err);

	return ret == 0 ? render(edit->data, rules, ret_data, err) : ret;
}
