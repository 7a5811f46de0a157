#ifndef EMULATOR_SELECT_H
#define EMULATOR_SELECT_H

/*
 * Runs a query over the items of a schema, or of all schemas of an app.
 *
 *	select_items(&selection, app, schema, query, scope, flags)
 *	... selection.items, selection.count, selection.total ...
 *	select_release(&selection)
 *
 * Orders and filters that an index serves cost no look at any data: by id, by
 * "id gt", and the default order.
 */

#include "query.h"
#include "view.h"
#include "world.h"

struct selection {
	struct item **items; /* one page */
	size_t count;
	long total; /* -1 where it was not to be counted */
};

/*
 * What is looked through: the items of a schema (app may be NULL then), or of
 * all published schemas.  keep, if not NULL, decides too.
 */
struct select_source {
	const struct app *app;
	struct schema *schema;
	bool (*keep)(const void *payload, const struct item *item);
	const void *payload;
};

void select_items(struct selection *ret, const struct select_source *source,
	const struct query *query, const struct view *view);
void select_release(struct selection *selection);
/* An item as query_matches() wants it; without data if that is not needed. */
struct json_object *select_entity(const struct item *item, enum scope scope, bool with_data);

#endif
