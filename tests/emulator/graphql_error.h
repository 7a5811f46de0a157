#ifndef EMULATOR_GRAPHQL_ERROR_H
#define EMULATOR_GRAPHQL_ERROR_H

/*
 * The "errors" of a GraphQL answer, written while they turn up.
 *
 *	struct graphql_errors errors = { .source = text };
 *	graphql_error_add(&errors, &error, "Cannot query field '%s' ...", name);
 *	graphql_errors_release(&errors);
 */

#include "buf.h"

#include <stddef.h>

struct graphql_errors {
	const char *source; /* the document, which places point into */
	struct buf list;    /* the errors, parted by commas */
	size_t count;
};

struct graphql_error {
	const char *at;     /* in the source; NULL for none */
	const char *path;   /* the key of the field that failed, or NULL */
	const char *code;   /* "SYNTAX_ERROR" */
	const char *detail; /* a second code, or NULL */
	const char *number; /* of the section of the specification, or NULL */
};

void graphql_error_add(struct graphql_errors *errors, const struct graphql_error *error,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
void graphql_errors_release(struct graphql_errors *errors);

#endif
