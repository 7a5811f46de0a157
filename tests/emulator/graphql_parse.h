#ifndef EMULATOR_GRAPHQL_PARSE_H
#define EMULATOR_GRAPHQL_PARSE_H

/*
 * A GraphQL document as a tree: operations with variables, fields with aliases,
 * arguments and selections.  Fragments and directives are not known.
 *
 * The tree lives in the caller's arena and points into the source, which has to
 * outlive it.  graphql_check.c writes down in it what each field means.
 */

#include "arena.h"
#include "graphql_error.h"
#include "graphql_types.h"

#include <stdbool.h>

enum graphql_value_kind {
	GRAPHQL_VALUE_NULL,
	GRAPHQL_VALUE_BOOLEAN,
	GRAPHQL_VALUE_INT,
	GRAPHQL_VALUE_FLOAT,
	GRAPHQL_VALUE_STRING,
	GRAPHQL_VALUE_ENUM,
	GRAPHQL_VALUE_VARIABLE,
	/* A list or an object: no argument of a query takes one, so it is only skipped. */
	GRAPHQL_VALUE_COMPOUND,
};

struct graphql_value {
	enum graphql_value_kind kind;
	const char *text; /* decoded; the name of a variable without "$" */
};

struct graphql_argument {
	struct graphql_argument *next;
	const char *at;
	const char *name;
	struct graphql_value value;
	const char *text; /* the value that counts, or NULL; graphql_check.c */
};

struct graphql_field {
	struct graphql_field *next;
	const char *at;
	const char *key; /* alias or name */
	const char *name;
	struct graphql_argument *arguments;
	struct graphql_field *fields;    /* NULL for a leaf */
	enum graphql_meaning meaning;    /* graphql_types.h; graphql_check.c */
	const struct graphql_type *type; /* of a field of the root; graphql_check.c */
};

struct graphql_variable {
	struct graphql_variable *next;
	const char *at;
	const char *name;
	const char *type; /* without its "!" */
	bool required;
	bool has_default;
	bool used;                  /* graphql_check.c */
	struct graphql_value value; /* the default */
};

struct graphql_operation {
	struct graphql_operation *next;
	const char *at;
	const char *type; /* "query", "mutation", "subscription" */
	const char *name; /* NULL for none */
	struct graphql_variable *variables;
	struct graphql_field *fields;
};

/* The operations, in their order; NULL after an error was added. */
struct graphql_operation *graphql_parse(struct arena *arena, struct graphql_errors *errors);

#endif
