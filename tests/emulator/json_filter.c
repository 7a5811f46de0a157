#include "json_filter.h"

#include "alloc.h"
#include "json_literal.h"
#include "jsonquery.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* json-c reads no deeper than 32 by itself; this holds for any reader. */
static const unsigned max_depth = 100;

static const char *const type_names[] = {
	[FIELD_ANY] = "Any",
	[FIELD_BOOLEAN] = "Boolean",
	[FIELD_DATETIME] = "DateTime",
	[FIELD_GEO] = "GeoObject",
	[FIELD_NUMBER] = "Number",
	[FIELD_OBJECT] = "Object",
	[FIELD_OBJECT_ARRAY] = "ObjectArray",
	[FIELD_STRING] = "String",
	[FIELD_STRING_ARRAY] = "StringArray",
};

static struct filter *parse_node(
	const struct model *m, struct json_object *node, struct problem *p, unsigned depth);

static void split_path(const char *path, struct name_list *ret)
{
	char *name = must_calloc(strlen(path) + 1, 1);
	size_t length = 0;

	for (;; path++) {
		if (*path == '\\' && path[1] != '\0') {
			name[length++] = *++path;
			continue;
		}
		if (*path != '\0' && *path != '.' && *path != '/') {
			name[length++] = *path;
			continue;
		}
		if (length > 0)
			name_list_add(ret, name, length);
		length = 0;
		if (*path == '\0')
			break;
	}
	free(name);
}

bool json_filter_field(
	const struct model *m, const char *path, struct field_ref *ret, struct problem *p)
{
	struct name_list names = { 0 };
	struct field_miss miss;
	bool found;

	split_path(path, &names);
	found = model_find(m, &names, MODEL_PLAIN, ret, &miss);
	name_list_release(&names);
	if (!found)
		problem_add(p,
			"Json query not valid: Path '%s' does not point to a valid property in the "
			"model..",
			path);
	return found;
}

static bool find_operator(struct json_object *node, enum filter_op *ret)
{
	const char *name = json_object_get_string(json_get_any_case(node, "op"));

	if (name == NULL) {
		*ret = OP_EQUALS;
		return true;
	}
	for (enum filter_op op = OP_EQUALS; op <= OP_EXISTS; op++) {
		if (strcasecmp(filter_op_word(op), name) == 0 ||
			strcasecmp(filter_op_name(op), name) == 0) {
			*ret = op;
			return true;
		}
	}
	return false;
}

static bool is_allowed(enum field_type type, enum filter_op op)
{
	bool equality = op == OP_EQUALS || op == OP_NOT_EQUALS || op == OP_IN || op == OP_EXISTS;
	bool ordering = op == OP_LESS_THAN || op == OP_LESS_THAN_OR_EQUAL ||
			op == OP_GREATER_THAN || op == OP_GREATER_THAN_OR_EQUAL;

	switch (type) {
	case FIELD_BOOLEAN:
		return equality;
	case FIELD_GEO:
		return op == OP_LESS_THAN || op == OP_EXISTS;
	case FIELD_NUMBER:
		return equality || ordering;
	case FIELD_OBJECT:
		return false;
	case FIELD_OBJECT_ARRAY:
		return equality || op == OP_EMPTY;
	default:
		return true;
	}
}

static bool is_regex(const char *text)
{
	regex_t pattern;

	if (text == NULL || regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	regfree(&pattern);
	return true;
}

static void check_value(
	enum filter_op op, struct json_object *value, const char *path, struct problem *p)
{
	if (json_object_is_type(value, json_type_array) && op != OP_IN)
		problem_add(p,
			"Json query not valid: Array value is not allowed for '%s' operator and "
			"path '%s'..",
			filter_op_name(op), path);
	if (op == OP_MATCHS && !is_regex(json_object_get_string(value)))
		problem_add(p,
			"Json query not valid: %s is not a valid regular expression at path '%s'..",
			json_object_get_string(value), path);
}

static struct filter *parse_compare(
	const struct model *m, struct json_object *node, struct problem *p)
{
	const char *path = json_object_get_string(json_get_any_case(node, "path"));
	struct json_object *value = NULL;
	struct field_ref field;
	enum filter_op op;
	bool allowed;

	if (!find_operator(node, &op)) {
		problem_add(p, "Json query not valid json: Operator '%s' is not known..",
			json_object_get_string(json_get_any_case(node, "op")));
		return NULL;
	}
	if (!json_filter_field(m, path, &field, p))
		return NULL;
	allowed = is_allowed(field.type, op);
	if (!allowed)
		problem_add(p,
			"Json query not valid: '%s' is not a valid operator for type %s at '%s'..",
			filter_op_name(op), type_names[field.type], path);
	if (op != OP_EMPTY && op != OP_EXISTS &&
		json_literal_convert(
			field.type, json_get_any_case(node, "value"), path, &value, p) &&
		allowed)
		check_value(op, value, path, p);
	return filter_compare(field, op, value);
}

/* A long list becomes a flat tree, because trees are walked by recursion. */
static struct filter *join_parts(struct filter **parts, size_t count,
	struct filter *(*combine)(struct filter *, struct filter *))
{
	size_t half = count / 2;

	if (count < 2)
		return count == 1 ? parts[0] : NULL;
	return combine(
		join_parts(parts, half, combine), join_parts(parts + half, count - half, combine));
}

static struct filter *parse_list(const struct model *m, struct json_object *list, struct problem *p,
	unsigned depth, struct filter *(*combine)(struct filter *, struct filter *))
{
	size_t length = json_object_array_length(list);
	struct filter **parts = must_calloc(length, sizeof(struct filter *));
	struct filter *all;
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		parts[count] = parse_node(m, json_object_array_get_idx(list, i), p, depth);
		if (parts[count] != NULL)
			count++;
	}
	all = join_parts(parts, count, combine);
	free(parts);
	return all;
}

/* A part that failed has noted why; the whole is dropped at the end. */
static struct filter *parse_node(
	const struct model *m, struct json_object *node, struct problem *p, unsigned depth)
{
	struct json_object *and_list = json_get_any_case(node, "and");
	struct json_object *or_list = json_get_any_case(node, "or");
	struct json_object *inner = json_get_any_case(node, "not");
	struct filter *f;

	if (depth < max_depth) {
		if (json_object_is_type(and_list, json_type_array))
			return parse_list(m, and_list, p, depth + 1, filter_and);
		if (json_object_is_type(or_list, json_type_array))
			return parse_list(m, or_list, p, depth + 1, filter_or);
		if (inner != NULL) {
			f = parse_node(m, inner, p, depth + 1);
			return f != NULL ? filter_not(f) : NULL;
		}
		if (json_object_is_type(json_get_any_case(node, "path"), json_type_string))
			return parse_compare(m, node, p);
	}
	problem_add(p, "Json query not valid json: Either 'and', 'or', 'not' or 'path'+'op' must "
		       "be set..");
	return NULL;
}

struct filter *json_filter_parse(const struct model *m, struct json_object *node, struct problem *p)
{
	struct filter *f = parse_node(m, node, p, 0);

	if (!problem_is_set(p))
		return f;
	filter_free(f);
	return NULL;
}
