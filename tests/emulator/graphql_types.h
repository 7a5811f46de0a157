#ifndef EMULATOR_GRAPHQL_TYPES_H
#define EMULATOR_GRAPHQL_TYPES_H

/*
 * The types of an app's GraphQL schema: what fields there are, and what each
 * stands for.  A schema of contents has a type that is named after it, and the
 * root has four fields for that type:
 *
 *	query<Type>Contents(top, skip, filter, orderby, search) { <item> }
 *	query<Type>ContentsWithTotal(the same) { total items { <item> } }
 *	find<Type>Content(id, version) { <item> }
 *	find<Type>Singleton { <item> }                    (singletons only)
 *
 * The names of the fields are those of transcripts 145 to 153 and 306 to 311.
 * No transcript shows two slugs with one name: which of them gets it here is
 * nothing to rely on.
 */

#include "arena.h"
#include "world.h"

#include <stdbool.h>

enum graphql_meaning {
	GRAPHQL_TYPENAME,
	GRAPHQL_LIST,
	GRAPHQL_LIST_WITH_TOTAL,
	GRAPHQL_FIND,
	GRAPHQL_SINGLETON,
	GRAPHQL_TOTAL,
	GRAPHQL_ITEMS,
	GRAPHQL_ID,
	GRAPHQL_VERSION,
	GRAPHQL_CREATED,
	GRAPHQL_CREATED_BY,
	GRAPHQL_MODIFIED,
	GRAPHQL_MODIFIED_BY,
	GRAPHQL_STATUS,
	GRAPHQL_STATUS_COLOR,
	GRAPHQL_NEW_STATUS,
	GRAPHQL_NEW_STATUS_COLOR,
	GRAPHQL_DATA_DYNAMIC,
	GRAPHQL_EVENTS,
	GRAPHQL_EVENT_TYPE,
};

/* The type of a schema of contents. */
struct graphql_type {
	struct graphql_type *next;
	struct schema *schema;
	const char *name; /* "MyBlog" */
};

struct graphql_parameter {
	const char *name;
	const char *type; /* "Int" or "String" */
	bool required;
};

/* What the root has under some name. */
struct graphql_root_field {
	enum graphql_meaning meaning;
	const struct graphql_type *type;
	const struct graphql_parameter *parameters; /* up to one without a name */
};

/* A field of an item or of a result. */
struct graphql_member {
	const char *name;
	const char *type; /* NULL where it has fields itself */
	enum graphql_meaning meaning;
};

/* The types of all schemas that are published and have fields, in the arena. */
struct graphql_type *graphql_types(struct arena *arena, const struct app *app);
/* False if the root has no such field. */
bool graphql_find_root_field(
	const struct graphql_type *types, const char *name, struct graphql_root_field *ret);
/* NULL if there is no such field. */
const struct graphql_member *graphql_find_item_field(const char *name);
const struct graphql_member *graphql_find_result_field(const char *name);
/* Of what a subscription tells: contentChanges(schemaName) { <event> } */
const struct graphql_member *graphql_find_event_field(const char *name);

#endif
