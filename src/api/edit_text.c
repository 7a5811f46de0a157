#include "api/edit_text.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/document.h"
#include "base/error.h"

static size_t find_line(const char *text, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static int refuse(const char *text, size_t len, const char *what, int ret,
	const struct document_fault *fault, struct error *err)
{
	size_t at = fault->at < len ? fault->at : len;

	if (ret != -EIO)
		return error_set(err, -ret, "%s: the text cannot be held: %s", what, fault->reason);
	return error_set(err, EINVAL, "%s: the text is not one JSON object: %s in line %zu", what,
		fault->reason, find_line(text, at));
}

/* Behind the text of a string that begins at its quotation mark. */
static size_t skip_string(const char *text, size_t at)
{
	for (at++; text[at] != '"'; at++)
		at += text[at] == '\\';
	return at + 1;
}

/* Each member of an object has a colon of its own. The text is known to be JSON. */
static size_t count_colons(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t at = 0; at < len;) {
		if (text[at] == '"') {
			at = skip_string(text, at);
		} else {
			n += text[at] == ':';
			at++;
		}
	}
	return n;
}

static size_t count_members(struct json_object *value)
{
	size_t n = 0;

	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			n += count_members(json_object_array_get_idx(value, i));
	}
	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			n += 1 + count_members(member);
		}
	}
	return n;
}

int edit_text_parse(const char *text, size_t len, const char *what, struct json_object **ret_root,
	struct error *err)
{
	struct json_object *root = NULL;
	struct document_fault fault;
	int ret = document_read(text, len, &root, &fault);

	if (ret < 0)
		return refuse(text, len, what, ret, &fault, err);
	if (!json_object_is_type(root, json_type_object))
		ret = error_set(err, EINVAL, "%s: the text is JSON, but not an object", what);
	else if (count_members(root) != count_colons(text, len))
		ret = error_set(err, EINVAL,
			"%s: a key stands twice in the same object, so one of its values "
			"would be lost",
			what);
	if (ret < 0) {
		json_object_put(root);
		return ret;
	}
	*ret_root = root;
	return 0;
}
