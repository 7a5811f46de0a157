#ifndef EMULATOR_GRAPHQL_CHECK_H
#define EMULATOR_GRAPHQL_CHECK_H

/*
 * Holds an operation against the types of an app before anything of it is run.
 *
 * graphql_check() writes into the operation what its fields mean and which
 * values their arguments have, variables put in; or it adds errors, and then
 * nothing may be run.  Values of variables point into the request.
 */

#include "graphql_parse.h"
#include "graphql_types.h"

#include <json-c/json.h>

void graphql_check(struct graphql_operation *operation, const struct graphql_type *types,
	struct json_object *variables, struct graphql_errors *errors);
/* The same for a subscription, whose only root field is contentChanges. */
void graphql_check_subscription(struct graphql_operation *operation, struct json_object *variables,
	struct graphql_errors *errors);
/* The value of an argument after the check; NULL where it is absent or null. */
const char *graphql_argument(const struct graphql_field *field, const char *name);

#endif
