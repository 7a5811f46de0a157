#ifndef EMULATOR_COMPARE_H
#define EMULATOR_COMPARE_H

/*
 * One comparison of a value with a literal, by the rules of the SQL store: the
 * kind of the literal picks the rule, an array stands for any of its elements,
 * and what is not there is unknown.
 *
 * A struct comparison owns its literal; it is filled once by comparison_init()
 * and only read after that.
 */

#include <json-c/json.h>
#include <regex.h>
#include <stdbool.h>

enum filter_op {
	OP_EQUALS,
	OP_NOT_EQUALS,
	OP_LESS_THAN,
	OP_LESS_THAN_OR_EQUAL,
	OP_GREATER_THAN,
	OP_GREATER_THAN_OR_EQUAL,
	OP_IN,
	OP_CONTAINS,
	OP_STARTS_WITH,
	OP_ENDS_WITH,
	OP_MATCHS,
	OP_EMPTY,
	OP_EXISTS
};

/* The name of an operator in the server's messages: "GreaterThan". */
const char *filter_op_name(enum filter_op op);
/* Its word in a query, OData or JSON: "gt", "contains". */
const char *filter_op_word(enum filter_op op);

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

struct comparison {
	enum filter_op op;
	struct json_object *value;
	regex_t pattern; /* of OP_MATCHS */
	bool has_pattern;
};

void comparison_init(struct comparison *c, enum filter_op op, struct json_object *value);
void comparison_release(struct comparison *c);

/* False if the store has no rule for this operator and this kind of literal. */
bool comparison_is_supported(const struct comparison *c);

enum truth truth_not(enum truth value);
enum truth truth_and(enum truth left, enum truth right);

/* For a field of the data; present: whether it is there at all. */
enum truth compare_json(const struct comparison *c, bool present, struct json_object *value);
/* For a field of the item; NULL is the SQL NULL. */
enum truth compare_column(const struct comparison *c, struct json_object *value);

#endif
