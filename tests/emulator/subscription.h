#ifndef EMULATOR_SUBSCRIPTION_H
#define EMULATOR_SUBSCRIPTION_H

/*
 * What one client wants to hear of: a checked GraphQL operation
 *
 *	subscription { contentChanges(schemaName: "recipes") { type id version ... } }
 *
 * without schemaName for every schema of the app.  A subscription belongs to
 * its session, whose lock guards it.
 */

#include "buf.h"
#include "world.h"

#include <json-c/json.h>

struct subscription;

/*
 * payload: {"query": ..., "variables": ...}.  On failure: NULL, and a JSON list
 * of what is wrong in *ret_errors.
 */
struct subscription *subscription_new(
	const char *id, struct json_object *payload, struct buf *ret_errors);
void subscription_free(struct subscription *subscription);

const char *subscription_id(const struct subscription *subscription);
bool subscription_wants(const struct subscription *subscription, const struct item *item);
/* The message that tells of what happened to an item, which has its new state. */
void subscription_tell(struct buf *out, const struct subscription *subscription, const char *type,
	const struct item *item);

#endif
