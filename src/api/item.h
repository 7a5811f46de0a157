/*
 * The members of an item's tree that are read one by one, found in one walk.
 *
 *	const struct item item = item_look_at(root);
 *	if (!item_is_deleted(&item))
 *		... item_string(&item, ITEM_ID), item.members[ITEM_LINKS] ...
 *
 * Borrowed from the tree. Internal to api/: nothing else knows json-c.
 */
#ifndef SQUIDEXFS_API_ITEM_H
#define SQUIDEXFS_API_ITEM_H

#include <stdbool.h>

struct json_object;
struct schema;

enum item_member {
	ITEM_ID,
	ITEM_SCHEMA_NAME,
	ITEM_STATUS,
	ITEM_NEW_STATUS,
	ITEM_SCHEDULE,
	ITEM_VERSION,
	ITEM_CREATED,
	ITEM_CREATED_BY,
	ITEM_MODIFIED,
	ITEM_MODIFIED_BY,
	ITEM_IS_DELETED,
	ITEM_LINKS,
	ITEM_MEMBERS,
};

struct item {
	struct json_object *root;
	struct json_object *members[ITEM_MEMBERS]; /* NULL: there is none */
};

/* Of a value of any type; what is no object has no members. */
struct item item_look_at(struct json_object *root);

/* "" if there is none. */
const char *item_string(const struct item *item, enum item_member member);

bool item_is_deleted(const struct item *item);

/* Ids are the app's, not the schema's: an answer may be about another schema's item. */
bool item_is_of_schema(const struct item *item, const struct schema *schema);

#endif
