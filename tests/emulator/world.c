#include "world.h"

#include "alloc.h"
#include "buf.h"
#include "query.h"
#include "sample.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char STATUS_DRAFT[] = "Draft";
const char STATUS_PUBLISHED[] = "Published";
const char STATUS_ARCHIVED[] = "Archived";

const char *status_find(const char *name)
{
	const char *const all[] = { STATUS_DRAFT, STATUS_PUBLISHED, STATUS_ARCHIVED };

	for (size_t i = 0; name != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcasecmp(all[i], name) == 0)
			return all[i];
	}
	return NULL;
}

const char *status_color(const char *status)
{
	if (status == STATUS_PUBLISHED)
		return "#4bb958";
	return status == STATUS_ARCHIVED ? "#eb3142" : "#8091a5";
}

struct app *world_app(const struct world *world, const char *name)
{
	for (struct app *app = world->apps; app != NULL; app = app->next) {
		if (strcasecmp(app->name, name) == 0)
			return app;
	}
	return NULL;
}

struct client *app_client(const struct app *app, const char *id)
{
	for (struct client *client = app->clients; client != NULL; client = client->next) {
		if (strcmp(client->id, id) == 0)
			return client;
	}
	return NULL;
}

struct schema *app_schema(const struct app *app, const char *name)
{
	for (struct schema *schema = app->schemas; schema != NULL; schema = schema->next) {
		if (strcmp(schema->name, name) == 0 || strcmp(schema->id, name) == 0)
			return schema;
	}
	return NULL;
}

/* FNV-1a */
static size_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return (size_t)hash;
}

static void grow_names(struct app *app)
{
	size_t buckets = app->name_buckets ? app->name_buckets * 4 : 1024;
	struct name **names = arena_alloc(&app->world->arena, buckets * sizeof(struct name *));

	for (size_t i = 0; i < app->name_buckets; i++) {
		struct name *name = app->names[i];

		while (name != NULL) {
			struct name *next = name->next;
			struct name **place = &names[hash_text(name->id) % buckets];

			name->next = *place;
			*place = name;
			name = next;
		}
	}
	app->names = names;
	app->name_buckets = buckets;
}

static struct name *find_name(const struct app *app, const char *id)
{
	struct name *name;

	if (app->name_buckets == 0)
		return NULL;
	name = app->names[hash_text(id) % app->name_buckets];
	while (name != NULL && strcmp(name->id, id) != 0)
		name = name->next;
	return name;
}

struct name *app_name(struct app *app, const char *id)
{
	struct name *name = find_name(app, id);
	struct name **place;

	if (name != NULL)
		return name;
	if (app->name_count >= app->name_buckets)
		grow_names(app);
	name = arena_alloc(&app->world->arena, sizeof(*name) + strlen(id) + 1);
	memcpy(name->id, id, strlen(id) + 1);
	place = &app->names[hash_text(id) % app->name_buckets];
	name->next = *place;
	*place = name;
	app->name_count++;
	return name;
}

struct item *app_item(const struct app *app, const char *id)
{
	const struct name *name = find_name(app, id);

	return name != NULL ? name->item : NULL;
}

static int by_id(const struct item *a, const struct item *b)
{
	return query_compare_ids(a->name->id, b->name->id);
}

static int by_time(const struct item *a, const struct item *b)
{
	if (a->now.modified != b->now.modified)
		return a->now.modified > b->now.modified ? -1 : 1;
	return by_id(a, b);
}

void item_add_to_indexes(struct item *item)
{
	struct arena *arena = &item->app->world->arena;

	index_add(arena, &item->schema->by_id, item, by_id);
	index_add(arena, &item->schema->by_time, item, by_time);
	item->name->item = item;
}

void world_tell(struct world *world, item_told *tell, void *payload)
{
	world->tell = tell;
	world->tell_payload = payload;
}

void item_tell(const struct item *item, const char *type)
{
	const struct world *world = item->app->world;

	if (world->tell != NULL)
		world->tell(world->tell_payload, type, item);
}

struct item *item_new(struct schema *schema, const char *id, const char *actor, long long now)
{
	struct item *item = arena_alloc(&schema->app->world->arena, sizeof(*item));

	item->app = schema->app;
	item->schema = schema;
	item->name = app_name(schema->app, id);
	item->created = now;
	item->created_by = actor;
	item->version = -1;
	return item;
}

struct json_object *item_parse(const struct item *item, const char *text)
{
	struct json_object *data;
	struct buf sample = { 0 };

	if (text != NULL)
		return json_tokener_parse(text);
	sample_text(item->sample, &sample);
	data = json_tokener_parse(sample.bytes);
	buf_release(&sample);
	return data;
}

const char *state_editing_text(const struct state *state)
{
	return state->draft != NULL ? state->draft : state->data;
}

const char *state_editing_status(const struct state *state)
{
	return state->new_status != NULL ? state->new_status : state->status;
}

/* A sample was created as a draft, and then got the status that it has. */
static bool sample_state(const struct item *item, int version, struct state *ret)
{
	if (version < 0 || version > item->version)
		return false;
	*ret = item->now;
	if (version < item->version)
		ret->status = STATUS_DRAFT;
	return true;
}

bool item_state(struct item *item, int version, struct state *ret)
{
	if (item->history == NULL)
		return sample_state(item, version, ret);
	if (version < 0 || version > item->version)
		return false;
	*ret = item->history[version];
	return true;
}

static bool is_power_of_two(int number)
{
	return (number & (number - 1)) == 0;
}

/* The array grows to the next power of two, so its size needs no member. */
static void add_history(struct item *item, const struct state *state)
{
	struct arena *arena = &item->app->world->arena;
	int count = item->version + 1;

	if (item->history == NULL) {
		item->history = arena_alloc(arena, 4 * sizeof(*state));
		for (int i = 0; i < count; i++)
			sample_state(item, i, &item->history[i]);
	} else if (count >= 4 && is_power_of_two(count)) {
		struct state *longer = arena_alloc(arena, 2 * (size_t)count * sizeof(*state));

		memcpy(longer, item->history, (size_t)count * sizeof(*state));
		item->history = longer;
	}
	item->history[count] = *state;
}

void item_commit(struct item *item, const struct state *state)
{
	struct world *world = item->app->world;

	add_history(item, state);
	if (item->now.deleted)
		index_remove(&item->schema->deleted, item, by_id);
	if (item->name->item == item) {
		index_remove(&item->schema->by_time, item, by_time);
		item->now = *state;
		item->version++;
		index_add(&world->arena, &item->schema->by_time, item, by_time);
	} else {
		item->now = *state;
		item->version++;
		item_add_to_indexes(item);
	}
	if (state->deleted)
		index_add(&world->arena, &item->schema->deleted, item, by_id);
	if (state->schedule != NULL &&
		(item->app->next_due == 0 || state->schedule->due < item->app->next_due))
		item->app->next_due = state->schedule->due;
	world->epoch++;
}

void item_erase(struct item *item)
{
	index_remove(&item->schema->by_id, item, by_id);
	index_remove(&item->schema->by_time, item, by_time);
	if (item->now.deleted)
		index_remove(&item->schema->deleted, item, by_id);
	item->name->item = NULL;
	item->app->world->epoch++;
}

void item_set_refs(struct item *item, struct name *const *refs, size_t count)
{
	item->ref_count = count;
	item->refs = NULL;
	if (count == 0)
		return;
	item->refs = arena_alloc(&item->app->world->arena, count * sizeof(struct name *));
	memcpy(item->refs, refs, count * sizeof(struct name *));
}

bool item_visible(const struct item *item, enum scope scope)
{
	if (item->now.deleted)
		return false;
	return scope == SCOPE_ALL || item->now.status == STATUS_PUBLISHED;
}
