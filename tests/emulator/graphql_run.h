#ifndef EMULATOR_GRAPHQL_RUN_H
#define EMULATOR_GRAPHQL_RUN_H

/*
 * Runs a checked operation.
 *
 * All runs of a request share a struct graphql_shown, which collects what the
 * headers of its answer depend on.
 */

#include "graphql_parse.h"
#include "server.h"
#include "view.h"

struct graphql_shown {
	struct item **items;
	int *versions;
	size_t count;
	size_t capacity;
	bool looked; /* whether any field got to the items at all */
};

/* The "data" of the answer; a field that fails is null, and has its error. */
void graphql_run(struct buf *out, const struct call *call, const struct view *view,
	const struct graphql_operation *operation, struct graphql_shown *shown,
	struct graphql_errors *errors);
void graphql_shown_release(struct graphql_shown *shown);

#endif
