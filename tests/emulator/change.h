#ifndef EMULATOR_CHANGE_H
#define EMULATOR_CHANGE_H

/*
 * What can be done to an item, with the server's rules: workflow, versions,
 * validation, drafts, references.  Single writes, bulk jobs and the data files
 * all go through here.
 *
 * A change is carried out as a whole or not at all.  Each function returns 0
 * and fills in *ret, or -1 and *failure.  The caller holds the world's lock for
 * writing.
 */

#include "failure.h"
#include "world.h"

enum change_flags {
	CHANGE_PATCH = 1 << 0,
	CHANGE_CHECK_REFERRERS = 1 << 1,
	CHANGE_PERMANENT = 1 << 2,
	CHANGE_ENRICH = 1 << 3,          /* add defaults */
	CHANGE_ENRICH_REQUIRED = 1 << 4, /* of required fields too */
	CHANGE_NO_VALIDATION = 1 << 5,
	CHANGE_NO_WORKFLOW = 1 << 6,
	CHANGE_TRUST_IDS = 1 << 7, /* do not look up references and assets */
};

/* No version is expected. */
#define ANY_VERSION (-2L)

struct change {
	struct schema *schema;
	const char *id;
	const char *actor; /* the world's */
	long long now;
	struct json_object *data; /* NULL where none was sent */
	const char *status;       /* NULL to leave it; any text */
	long long due;            /* when the status is to change; 0 for now */
	long expected;            /* version, or ANY_VERSION */
	unsigned flags;
};

struct change_result {
	struct item *item; /* NULL once it is erased */
	int version;       /* as the answer must tell it */
};

int change_create(const struct change *change, struct change_result *ret, struct failure *failure);
int change_upsert(const struct change *change, struct change_result *ret, struct failure *failure);
int change_update(const struct change *change, struct change_result *ret, struct failure *failure);
int change_defaults(
	const struct change *change, struct change_result *ret, struct failure *failure);
int change_status(const struct change *change, struct change_result *ret, struct failure *failure);
int change_cancel_schedule(
	const struct change *change, struct change_result *ret, struct failure *failure);
int change_create_draft(
	const struct change *change, struct change_result *ret, struct failure *failure);
int change_delete_draft(
	const struct change *change, struct change_result *ret, struct failure *failure);
int change_delete(const struct change *change, struct change_result *ret, struct failure *failure);
/* Changes nothing: says whether the data is valid. */
int change_validate(
	const struct change *change, struct change_result *ret, struct failure *failure);

/* Carries out the schedules that are due. */
void change_run_schedules(struct app *app, long long now);
/* True if an item refers to this one, as far as the store's index knows. */
bool change_is_referred_to(const struct item *item, const struct item *by);

#endif
