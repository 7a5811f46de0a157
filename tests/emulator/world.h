#ifndef EMULATOR_WORLD_H
#define EMULATOR_WORLD_H

/*
 * What the server knows: apps, their clients and schemas, and the items with
 * every version that they ever had.
 *
 *	world_load(&world, data_dir, item_count) at start and at each reset
 *	world_app(world, "foodcrunch"), app_schema(app, "recipes"),
 *	app_item(app, "demo-draft"), item_state(item, version, &state)
 *	item_commit(item, &state) for each event
 *
 * Everything lives in the world's arena and dies with the world.  The world has
 * no lock of its own: whoever holds a pointer into it holds the server's lock
 * (server.h), shared to read and exclusive to change.
 */

#include "arena.h"
#include "index.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Names of the three states of the default workflow. */
extern const char STATUS_DRAFT[];
extern const char STATUS_PUBLISHED[];
extern const char STATUS_ARCHIVED[];
/* One of the three constants, or NULL for a name that the workflow lacks. */
const char *status_find(const char *name);
const char *status_color(const char *status);

struct schedule {
	const char *id;
	const char *status;
	long long due; /* seconds since 1970 */
	const char *by;
};

/*
 * An item as it was after one of its events.  data and draft are JSON text, the
 * keys in the order in which a client sent them; draft is NULL where there is
 * none, and new_status then too.
 */
struct state {
	const char *status;
	const char *new_status;
	const char *data;
	const char *draft;
	const struct schedule *schedule;
	long long modified; /* seconds since 1970 */
	const char *modified_by;
	bool deleted;
};

/*
 * An id that was used or referred to.  item is NULL where no such item exists;
 * ids are unique in an app, across schemas.
 */
struct name {
	struct name *next; /* in its hash chain */
	struct item *item;
	char id[];
};

struct item {
	struct app *app;
	struct schema *schema;
	struct name *name;
	long long created;
	const char *created_by;
	int version;           /* the last event's number, from 0 */
	int reborn;            /* the event that revived it after a delete, else 0 */
	struct state now;      /* now.data is NULL for a sample: item_parse() */
	struct state *history; /* version + 1 states, NULL for an untouched sample */
	struct name **refs;    /* ids that data and draft refer to, without assets */
	size_t ref_count;
	/*
	 * The SQL store keeps its index of references only when the current data
	 * of an item is updated after its creation (transcripts 60, 129, 354).
	 */
	bool refs_indexed;
	int sample;            /* number of a generated item, else 0 */
	struct cached *cached; /* render.c */
};

struct schema {
	struct app *app;
	struct schema *next;
	const char *id;
	const char *name;
	struct json_object *json; /* as in schemas.json, owned by the world */
	bool is_singleton;
	bool is_published;
	int version;
	struct item_index by_id;   /* query_compare_ids() */
	struct item_index by_time; /* lastModified descending, then id */
	struct item_index deleted; /* those of both that are in the trash, by id */
};

struct client {
	struct client *next;
	const char *id;
	const char *name;
	const char *secret;
	const char *role;
	const char *actor;  /* "client:foodcrunch:default" */
	double calls_limit; /* credits; 0 for none */
	double calls;       /* credits spent */
	bool unlisted;
};

struct app {
	struct world *world;
	struct app *next;
	const char *id;
	const char *name;
	int version;
	const char *created;
	const char *modified;
	const char *anonymous_role; /* NULL where a token is needed */
	struct client *clients;     /* in the order of the file */
	struct schema *schemas;
	struct json_object *languages;
	struct json_object *assets;
	struct json_object *asset_ids; /* object, id -> asset */
	struct json_object *events;    /* array, oldest first; history.h */
	struct name **names;           /* hash table */
	size_t name_buckets;
	size_t name_count;
	long long next_due; /* of all schedules; 0 for none */
};

/*
 * Told of each event of an item, which has its new state already.  type is the
 * name that the server's GraphQL has for it: "CREATED".
 */
typedef void item_told(void *payload, const char *type, const struct item *item);

struct world {
	struct arena arena;
	struct app *apps;
	/* Counts writes, so that what was rendered before one is known as old. */
	unsigned long epoch;
	item_told *tell; /* NULL while the data files are read */
	void *tell_payload;
};

void world_tell(struct world *world, item_told *tell, void *payload);
struct app *world_app(const struct world *world, const char *name);
struct client *app_client(const struct app *app, const char *id);
/* By name or by id; unpublished ones too. */
struct schema *app_schema(const struct app *app, const char *name);
/* The item, deleted ones too, or NULL. */
struct item *app_item(const struct app *app, const char *id);
struct name *app_name(struct app *app, const char *id);

/* A new item without a state; item_commit() gives it its first one. */
struct item *item_new(struct schema *schema, const char *id, const char *actor, long long now);
/*
 * Parses a text of a state of this item; NULL stands for a sample's own text.
 * The caller puts the object.
 */
struct json_object *item_parse(const struct item *item, const char *text);
/* What an editor sees: the draft where there is one. */
const char *state_editing_text(const struct state *state);
const char *state_editing_status(const struct state *state);
/* False if there is no such version.  The texts in *ret are borrowed. */
bool item_state(struct item *item, int version, struct state *ret);
/* Adds the next version; the strings must be the world's. */
void item_commit(struct item *item, const struct state *state);
/* Tells of an event. */
void item_tell(const struct item *item, const char *type);
/* Takes the item away with all its versions. */
void item_erase(struct item *item);
/* Puts a sample in its place among the items of its schema, without a commit. */
void item_add_to_indexes(struct item *item);
void item_set_refs(struct item *item, struct name *const *refs, size_t count);

/* How a reader may see an item. */
enum scope { SCOPE_PUBLISHED, SCOPE_ALL };
/* Whether it is there: not deleted, and published if the scope says so. */
bool item_visible(const struct item *item, enum scope scope);

#endif
