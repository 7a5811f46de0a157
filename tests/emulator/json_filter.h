#ifndef EMULATOR_JSON_FILTER_H
#define EMULATOR_JSON_FILTER_H

/*
 * The filter of a JSON query: {and: [...]}, {or: [...]}, {not: {...}} and
 * {path, op, value}.
 */

#include "filter.h"

/* NULL if a problem has been noted. */
struct filter *json_filter_parse(
	const struct model *m, struct json_object *node, struct problem *p);

/*
 * Finds the field that a path names ("data.title.en", "/" or "." between the
 * names, "\" before one that belongs to a name).  False and a sentence if there
 * is none.
 */
bool json_filter_field(
	const struct model *m, const char *path, struct field_ref *ret, struct problem *p);

#endif
