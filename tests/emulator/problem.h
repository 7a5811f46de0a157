#ifndef EMULATOR_PROBLEM_H
#define EMULATOR_PROBLEM_H

/*
 * What is wrong with a query: an HTTP status and the server's sentences.
 *
 * A zeroed struct is "nothing is wrong".  The first status stays; sentences add
 * up, because the server reports every mistake of a JSON query at once.
 */

#include <json-c/json.h>
#include <stdbool.h>

struct problem {
	int status;                  /* 0 while nothing is wrong */
	struct json_object *details; /* array of strings, NULL while empty */
};

void problem_release(struct problem *p);
bool problem_is_set(const struct problem *p);
/* Adds a sentence to a "Validation error" answer (400). */
void problem_add(struct problem *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The query is well-formed, but the store cannot run it: 500, no sentence. */
void problem_unsupported(struct problem *p);

#endif
