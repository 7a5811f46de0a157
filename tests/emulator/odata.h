#ifndef EMULATOR_ODATA_H
#define EMULATOR_ODATA_H

/*
 * The OData dialect: $filter, $orderby and $search.
 *
 * Each function parses one option against the model.  On failure it notes the
 * server's sentence in the problem and returns NULL or false; nothing is left
 * for the caller to free then.
 */

#include "filter.h"
#include "sort.h"

struct filter *odata_parse_filter(const struct model *m, const char *text, struct problem *p);
bool odata_parse_orderby(
	const struct model *m, const char *text, struct sort *ret, struct problem *p);
/* Returns the words of a search, with a blank between them. free() it. */
char *odata_parse_search(const char *text, struct problem *p);

#endif
