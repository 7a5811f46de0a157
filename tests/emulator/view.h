#ifndef EMULATOR_VIEW_H
#define EMULATOR_VIEW_H

/*
 * How a request wants to see items: the X- headers, read once.
 *
 *	view_init(&view, request, app)
 *	... view.scope, view.flags, view_wants_field(&view, name) ...
 *	view_release(&view)
 *
 * A header counts as set when it is there, whatever its value.  The view
 * borrows from the request and the app.
 */

#include "message.h"
#include "world.h"

#include <stdint.h>

enum view_flags {
	VIEW_FLATTEN = 1 << 0,
	VIEW_NO_DEFAULTS = 1 << 1,
	VIEW_NO_CLEANUP = 1 << 2,
	VIEW_NO_RESOLVE = 1 << 3, /* of missing languages */
	VIEW_FLOW = 1 << 4,       /* links to the next statuses */
	VIEW_NO_TOTAL = 1 << 5,
	VIEW_NO_SLOW_TOTAL = 1 << 6,
	VIEW_NO_CACHE_KEYS = 1 << 7,
};

struct view {
	enum scope scope;
	unsigned flags;
	const struct app *app;
	struct json_object *fields;    /* array of names, NULL for all */
	struct json_object *languages; /* array of codes, NULL for all */
	struct json_object *urls;      /* array of asset fields or "*", NULL for none */
	struct buf key;                /* the values of the headers that Vary names */
};

/* The headers that content answers vary by, besides Auth-State. */
extern const char *const VIEW_VARY[];
extern const size_t VIEW_VARY_COUNT;

void view_init(struct view *view, const struct request *request, const struct app *app);
bool view_wants_field(const struct view *view, const char *name);
bool view_wants_language(const struct view *view, const char *code);
bool view_wants_url(const struct view *view, const char *field);
void view_release(struct view *view);

#endif
