#ifndef EMULATOR_CONVERT_H
#define EMULATOR_CONVERT_H

/*
 * What the server does to the data of an item between the store and a client:
 * it drops hidden and unknown fields, dead references, adds defaults, missing
 * languages and names of components, and picks and flattens as the view asks.
 */

#include "view.h"
#include "world.h"

/* Keys in the order of the store (jsonb), or as they are. */
enum key_order { ORDER_STORE, ORDER_AS_WRITTEN };

/*
 * The data as this view shows it, to be put by the caller.  base_url begins the
 * addresses of assets.
 */
struct json_object *convert_data(const struct schema *schema, struct json_object *data,
	const struct view *view, const char *base_url, enum key_order order);

/* A copy with the keys of every object as jsonb has them: shorter ones first. */
struct json_object *convert_sort_keys(struct json_object *value);

/*
 * Adds the ids of items that the data refers to, each once, to an array that
 * the caller frees; it may be NULL at first.
 */
struct name **convert_references(
	const struct schema *schema, struct json_object *data, struct name **names, size_t *count);

/*
 * A copy that shares nothing: JSON of the world is read under a shared lock, and
 * the counts of references to it are not safe against other threads.
 */
struct json_object *json_copy(struct json_object *value);

/* Members of schemas.json; "" and false where absent. */
const char *json_text(struct json_object *object, const char *key);
bool json_flag(struct json_object *object, const char *key);

#endif
