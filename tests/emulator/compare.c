#include "compare.h"

#include "geo.h"
#include "like.h"

#include <string.h>

static const struct {
	const char *name;
	const char *word;
} ops[] = {
	[OP_EQUALS] = { "Equals", "eq" },
	[OP_NOT_EQUALS] = { "NotEquals", "ne" },
	[OP_LESS_THAN] = { "LessThan", "lt" },
	[OP_LESS_THAN_OR_EQUAL] = { "LessThanOrEqual", "le" },
	[OP_GREATER_THAN] = { "GreaterThan", "gt" },
	[OP_GREATER_THAN_OR_EQUAL] = { "GreaterThanOrEqual", "ge" },
	[OP_IN] = { "In", "in" },
	[OP_CONTAINS] = { "Contains", "contains" },
	[OP_STARTS_WITH] = { "StartsWith", "startswith" },
	[OP_ENDS_WITH] = { "EndsWith", "endswith" },
	[OP_MATCHS] = { "Matchs", "matchs" },
	[OP_EMPTY] = { "Empty", "empty" },
	[OP_EXISTS] = { "Exists", "exists" },
};

const char *filter_op_name(enum filter_op op)
{
	return ops[op].name;
}

const char *filter_op_word(enum filter_op op)
{
	return ops[op].word;
}

static bool is_list(const struct comparison *c)
{
	return json_object_is_type(c->value, json_type_array);
}

/* The literal itself, or the first of a list: all of a list are of one kind. */
static struct json_object *sample(const struct comparison *c)
{
	if (!is_list(c))
		return c->value;
	return json_object_array_length(c->value) > 0 ? json_object_array_get_idx(c->value, 0)
						      : NULL;
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

void comparison_init(struct comparison *c, enum filter_op op, struct json_object *value)
{
	memset(c, 0, sizeof(*c));
	c->op = op;
	c->value = value;
	if (op == OP_MATCHS && json_object_is_type(value, json_type_string))
		c->has_pattern = regcomp(&c->pattern, json_object_get_string(value),
					 REG_EXTENDED | REG_NOSUB) == 0;
}

void comparison_release(struct comparison *c)
{
	json_object_put(c->value);
	c->value = NULL;
	if (c->has_pattern)
		regfree(&c->pattern);
	c->has_pattern = false;
}

static bool is_ordering(enum filter_op op)
{
	return op == OP_LESS_THAN || op == OP_LESS_THAN_OR_EQUAL || op == OP_GREATER_THAN ||
	       op == OP_GREATER_THAN_OR_EQUAL;
}

bool comparison_is_supported(const struct comparison *c)
{
	bool equality = c->op == OP_EQUALS || c->op == OP_NOT_EQUALS;

	if (c->op == OP_EMPTY || c->op == OP_EXISTS)
		return true;
	switch (json_object_get_type(sample(c))) {
	case json_type_null:
		return equality || is_list(c);
	case json_type_boolean:
		return equality || c->op == OP_IN;
	case json_type_int:
	case json_type_double:
		return equality || c->op == OP_IN || is_ordering(c->op);
	case json_type_object:
		return c->op == OP_LESS_THAN;
	default:
		return true;
	}
}

enum truth truth_not(enum truth value)
{
	if (value == TRUTH_UNKNOWN)
		return TRUTH_UNKNOWN;
	return value == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

enum truth truth_and(enum truth left, enum truth right)
{
	if (left == TRUTH_FALSE || right == TRUTH_FALSE)
		return TRUTH_FALSE;
	return left == TRUTH_TRUE && right == TRUTH_TRUE ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

static enum truth truth_of(bool value)
{
	return value ? TRUTH_TRUE : TRUTH_FALSE;
}

static bool holds_ordered(enum filter_op op, int order)
{
	switch (op) {
	case OP_EQUALS:
	case OP_IN:
		return order == 0;
	case OP_NOT_EQUALS:
		return order != 0;
	case OP_LESS_THAN:
		return order < 0;
	case OP_LESS_THAN_OR_EQUAL:
		return order <= 0;
	case OP_GREATER_THAN:
		return order > 0;
	case OP_GREATER_THAN_OR_EQUAL:
		return order >= 0;
	default:
		return false;
	}
}

static bool holds_text(const struct comparison *c, const char *text, struct json_object *literal)
{
	const char *other = json_object_get_string(literal);

	if (other == NULL)
		return false;
	switch (c->op) {
	case OP_CONTAINS:
		return like_matches(text, other, LIKE_CONTAINS);
	case OP_STARTS_WITH:
		return like_matches(text, other, LIKE_STARTS);
	case OP_ENDS_WITH:
		return like_matches(text, other, LIKE_ENDS);
	case OP_MATCHS:
		return c->has_pattern && regexec(&c->pattern, text, 0, NULL, 0) == 0;
	default:
		return holds_ordered(c->op, strcmp(text, other));
	}
}

static int order_of(double left, double right)
{
	return (left > right) - (left < right);
}

/* One value that is not an array with one literal of the same kind. */
static bool holds(
	const struct comparison *c, struct json_object *value, struct json_object *literal)
{
	switch (json_object_get_type(literal)) {
	case json_type_null:
		return value == NULL && holds_ordered(c->op, 0);
	case json_type_boolean:
		return json_object_is_type(value, json_type_boolean) &&
		       holds_ordered(c->op, order_of(json_object_get_boolean(value),
						    json_object_get_boolean(literal)));
	case json_type_int:
	case json_type_double:
		return is_number(value) &&
		       holds_ordered(c->op, order_of(json_object_get_double(value),
						    json_object_get_double(literal)));
	default:
		return value != NULL && holds_text(c, json_object_get_string(value), literal);
	}
}

static bool holds_any(const struct comparison *c, struct json_object *value)
{
	if (!is_list(c))
		return holds(c, value, c->value);
	for (size_t i = 0; i < json_object_array_length(c->value); i++) {
		if (holds(c, value, json_object_array_get_idx(c->value, i)))
			return true;
	}
	return false;
}

static bool array_has(const struct comparison *c, struct json_object *array)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		if (holds_any(c, json_object_array_get_idx(array, i)))
			return true;
	}
	return false;
}

static bool is_empty(struct json_object *value)
{
	if (json_object_is_type(value, json_type_array))
		return json_object_array_length(value) == 0;
	if (json_object_is_type(value, json_type_string))
		return json_object_get_string_len(value) == 0;
	return value == NULL;
}

/* "ne" is "no element eq" for an array, and true for a null and another kind. */
static enum truth compare_not_equals(
	const struct comparison *c, bool present, struct json_object *value)
{
	struct comparison equals = *c;

	equals.op = OP_EQUALS;
	if (!present && (is_number(c->value) || json_object_is_type(c->value, json_type_boolean)))
		return TRUTH_UNKNOWN;
	if (json_object_is_type(value, json_type_array))
		return truth_of(!array_has(&equals, value));
	return truth_of(!holds(&equals, value, c->value));
}

enum truth compare_json(const struct comparison *c, bool present, struct json_object *value)
{
	if (c->op == OP_EMPTY)
		return truth_of(is_empty(value));
	if (c->op == OP_EXISTS)
		return truth_of(!is_empty(value));
	if (json_object_is_type(c->value, json_type_object))
		return truth_of(geo_is_within(value, c->value));
	if (c->op == OP_NOT_EQUALS)
		return compare_not_equals(c, present, value);
	if (json_object_is_type(value, json_type_array))
		return truth_of(array_has(c, value));
	if (sample(c) == NULL)
		return truth_of(value == NULL && !is_list(c));
	if (!present)
		return TRUTH_UNKNOWN;
	if (value == NULL && json_object_is_type(sample(c), json_type_string))
		return TRUTH_UNKNOWN;
	return truth_of(holds_any(c, value));
}

enum truth compare_column(const struct comparison *c, struct json_object *value)
{
	if (c->value == NULL)
		return truth_of((value == NULL) == (c->op == OP_EQUALS));
	if (value == NULL)
		return TRUTH_UNKNOWN;
	if (c->op == OP_NOT_EQUALS)
		return compare_not_equals(c, true, value);
	return truth_of(holds_any(c, value));
}
