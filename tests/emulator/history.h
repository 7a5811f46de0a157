#ifndef EMULATOR_HISTORY_H
#define EMULATOR_HISTORY_H

/*
 * The log of an app: who did what, for GET .../history.  The latest 1000 events
 * are kept.  The world's lock guards it.
 */

#include "world.h"

struct event {
	const char *message;
	const char *type;
	const char *actor;
	long long created;
	int version;
	const char *channel; /* "schemas.<id>.contents.<id>"; NULL for the app's own */
};

void history_add(struct app *app, const struct event *event);
/*
 * The latest 100 events of a channel ("" for all), newest first, as an array
 * that the caller puts.
 */
struct json_object *history_list(const struct app *app, const char *channel);

#endif
