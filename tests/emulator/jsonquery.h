#ifndef EMULATOR_JSONQUERY_H
#define EMULATOR_JSONQUERY_H

/*
 * The JSON dialect: {filter, sort, skip, take, fullText, random}.
 *
 * Keys are read whatever their case.  Every mistake is noted, as the server
 * does, before the query is refused.
 */

#include "filter.h"
#include "sort.h"

struct json_query {
	struct filter *filter; /* NULL: all */
	struct sort sort;
	char *full_text; /* NULL: none */
	long skip;
	long take;
	long random;
};

/* False if a problem has been noted; *ret is the caller's to release anyway. */
bool json_query_parse(
	const struct model *m, struct json_object *q, struct json_query *ret, struct problem *p);
void json_query_release(struct json_query *q);

/* The value of a key, whatever its case; NULL for null and for no such key. */
struct json_object *json_get_any_case(struct json_object *object, const char *key);

#endif
