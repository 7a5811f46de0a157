#ifndef EMULATOR_PLAN_H
#define EMULATOR_PLAN_H

/*
 * A change of one item while it is being worked out: nothing is touched before
 * all of its events are known to be good.
 *
 *	plan_open(&plan, change, failure)
 *	plan_update(&plan, failure), plan_status(&plan, failure), plan_event(...)
 *	plan_commit(&plan, &result)  or  plan_erase(&plan, &result)
 *
 * Functions with a failure return 0, or -1 and what the client is to be told.
 * The caller of change.h's functions holds the world's lock for writing.
 */

#include "change.h"

/* Created, updated and got a status: no change has more events. */
enum { MAX_EVENTS = 3 };

/* The events of a change before any of them is committed. */
struct plan {
	const struct change *change;
	struct item *item;  /* NULL until a new one is made */
	struct state state; /* after the last event */
	struct {
		struct state state;
		const char *type;
		char message[160];
	} events[MAX_EVENTS];
	size_t count;
	bool writes_data;
};

/* Finds the item that a change is about.  *ret is NULL if there is none. */
int plan_find_item(const struct change *change, struct item **ret, struct failure *failure);
int plan_check_version(
	const struct change *change, const struct item *item, struct failure *failure);
int plan_check_data(const struct change *change, struct json_object *data, struct failure *failure);
/* Fails if another item refers to this one and the change wants to know. */
int plan_check_referrers(
	const struct change *change, const struct item *item, struct failure *failure);

/* Begins a change of an item that must be there. */
int plan_open(struct plan *plan, const struct change *change, struct failure *failure);
/* Writes the change's data; no event if it is the same as before. */
int plan_update(struct plan *plan, struct failure *failure);
/* Sets the change's status, or schedules it; no event if it is the same. */
int plan_status(struct plan *plan, struct failure *failure);
/* Adds an event with plan->state as it is now. */
void plan_event(struct plan *plan, const char *type, const char *message);
/* The message is the verb, the schema's name and "content." */
void plan_content_event(struct plan *plan, const char *type, const char *verb);

/* Both return 0. */
int plan_commit(struct plan *plan, struct change_result *ret);
int plan_erase(struct plan *plan, struct change_result *ret);

#endif
