#include "load.h"

#include "alloc.h"
#include "change.h"
#include "clock.h"
#include "convert.h"
#include "history.h"
#include "links.h"
#include "sample.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where something is wrong, said once on stderr. */
static int complain(const char *path, const char *what)
{
	fprintf(stderr, "squidex-emulator: '%s': %s\n", path, what);
	return -1;
}

static struct json_object *read_json(const char *folder, const char *name)
{
	char *path = must_format("%s/%s", folder, name);
	struct json_object *json = json_object_from_file(path);

	if (json == NULL)
		complain(path, json_util_get_last_err());
	free(path);
	return json;
}

static bool exists(const char *folder, const char *name)
{
	char *path = must_format("%s/%s", folder, name);
	bool found = access(path, F_OK) == 0;

	free(path);
	return found;
}

static const char *keep(struct app *app, struct json_object *object, const char *key)
{
	return arena_strdup(&app->world->arena, json_text(object, key));
}

static int load_app_file(struct app *app, const char *folder)
{
	struct json_object *json = read_json(folder, "app.json");

	if (json == NULL)
		return -1;
	app->id = keep(app, json, "id");
	app->name = keep(app, json, "name");
	app->version = json_object_get_int(json_object_object_get(json, "version"));
	app->created = keep(app, json, "created");
	app->modified = keep(app, json, "lastModified");
	if (json_object_object_get(json, "allowAnonymousRole") != NULL)
		app->anonymous_role = keep(app, json, "allowAnonymousRole");
	json_object_put(json);
	return 0;
}

static const char *actor_of(struct app *app, const struct client *client)
{
	char *actor = must_format("client:%s:%s", app->name, client->id);
	const char *kept = arena_strdup(&app->world->arena, actor);

	free(actor);
	return kept;
}

static int load_clients(struct app *app, const char *folder)
{
	struct json_object *json = read_json(folder, "clients.json");
	struct json_object *items = json_object_object_get(json, "items");
	struct client **end = &app->clients;

	if (json == NULL)
		return -1;
	for (size_t i = 0; items != NULL && i < json_object_array_length(items); i++) {
		struct json_object *entry = json_object_array_get_idx(items, i);
		struct client *client = arena_alloc(&app->world->arena, sizeof(*client));

		client->id = keep(app, entry, "id");
		client->name = keep(app, entry, "name");
		client->secret = keep(app, entry, "secret");
		client->role = keep(app, entry, "role");
		client->calls_limit = json_object_get_double(
			json_object_object_get(entry, "apiCallsLimit"));
		client->unlisted = json_flag(entry, "unlisted");
		client->actor = actor_of(app, client);
		*end = client;
		end = &client->next;
	}
	json_object_put(json);
	if (app_client(app, "default") == NULL)
		return complain(folder, "clients.json has no client 'default'");
	return 0;
}

struct schema *load_schema(struct app *app, struct json_object *json)
{
	struct schema *schema = arena_alloc(&app->world->arena, sizeof(*schema));
	struct schema **end = &app->schemas;

	schema->app = app;
	schema->id = keep(app, json, "id");
	schema->name = keep(app, json, "name");
	schema->json = json_object_get(json);
	schema->is_singleton = json_flag(json, "isSingleton");
	schema->is_published = json_flag(json, "isPublished");
	schema->version = json_object_get_int(json_object_object_get(json, "version"));
	links_add_schema(schema);
	while (*end != NULL && strcmp((*end)->name, schema->name) < 0)
		end = &(*end)->next;
	schema->next = *end;
	*end = schema;
	return schema;
}

static int load_schemas(struct app *app, const char *folder)
{
	struct json_object *json = read_json(folder, "schemas.json");
	struct json_object *items = json_object_object_get(json, "items");

	if (json == NULL)
		return -1;
	for (size_t i = 0; items != NULL && i < json_object_array_length(items); i++)
		load_schema(app, json_object_array_get_idx(items, i));
	json_object_put(json);
	return 0;
}

static int load_assets(struct app *app, const char *folder)
{
	struct json_object *items;

	app->assets = read_json(folder, "assets.json");
	if (app->assets == NULL)
		return -1;
	app->asset_ids = json_object_new_object();
	items = json_object_object_get(app->assets, "items");
	for (size_t i = 0; items != NULL && i < json_object_array_length(items); i++) {
		struct json_object *asset = json_object_array_get_idx(items, i);

		json_object_object_add(
			app->asset_ids, json_text(asset, "id"), json_object_get(asset));
	}
	return 0;
}

static int load_history(struct app *app, const char *folder)
{
	struct json_object *json;
	struct json_object *items;

	app->events = json_object_new_array();
	if (!exists(folder, "history.json"))
		return 0;
	json = read_json(folder, "history.json");
	if (json == NULL)
		return -1;
	items = json_object_object_get(json, "items");
	for (size_t i = 0; items != NULL && i < json_object_array_length(items); i++) {
		struct json_object *entry = json_object_array_get_idx(items, i);
		struct event event = { .message = json_text(entry, "message"),
			.type = json_text(entry, "eventType"),
			.actor = json_text(entry, "actor"),
			.created = clock_parse(json_text(entry, "created")),
			.version = json_object_get_int(json_object_object_get(entry, "version")) };

		history_add(app, &event);
	}
	json_object_put(json);
	return 0;
}

/* One step of an item's life after its creation; README.md names the keys. */
static int replay_step(struct change *change, struct json_object *step, struct failure *failure)
{
	struct change_result result;
	struct json_object *at = json_object_object_get(step, "at");

	if (at != NULL)
		change->now = clock_parse(json_object_get_string(at));
	change->data = json_object_object_get(step, "data");
	change->status = NULL;
	if (json_object_object_get(step, "status") != NULL)
		change->status = json_text(step, "status");
	if (json_flag(step, "draft"))
		return change_create_draft(change, &result, failure);
	if (json_flag(step, "deleted"))
		return change_delete(change, &result, failure);
	if (change->status != NULL)
		return change_status(change, &result, failure);
	return change_update(change, &result, failure);
}

static int replay_item(struct schema *schema, struct json_object *entry, struct failure *failure)
{
	struct app *app = schema->app;
	struct json_object *steps = json_object_object_get(entry, "then");
	struct change change = { .schema = schema,
		.id = keep(app, entry, "id"),
		.actor = keep(app, entry, "by"),
		.now = clock_parse(json_text(entry, "at")),
		.data = json_object_object_get(entry, "data"),
		.expected = ANY_VERSION,
		.flags = CHANGE_NO_VALIDATION };
	struct change_result result;

	if (change_create(&change, &result, failure))
		return -1;
	for (size_t i = 0; steps != NULL && i < json_object_array_length(steps); i++) {
		if (replay_step(&change, json_object_array_get_idx(steps, i), failure))
			return -1;
	}
	/* Seeds are as if never edited since, so no reference of theirs is indexed. */
	result.item->refs_indexed = false;
	return 0;
}

static int load_contents(struct schema *schema, const char *folder)
{
	char name[256];
	struct json_object *json;
	struct json_object *items;
	struct failure failure = { 0 };
	int result = 0;

	snprintf(name, sizeof(name), "contents/%s.json", schema->name);
	if (!exists(folder, name))
		return 0;
	json = read_json(folder, name);
	if (json == NULL)
		return -1;
	items = json_object_object_get(json, "items");
	for (size_t i = 0; result == 0 && i < json_object_array_length(items); i++) {
		struct json_object *entry = json_object_array_get_idx(items, i);

		result = replay_item(schema, entry, &failure);
		if (result != 0)
			complain(json_text(entry, "id"), failure.message);
	}
	failure_release(&failure);
	json_object_put(json);
	return result;
}

static int load_app(struct world *world, const char *folder)
{
	struct app *app = arena_alloc(&world->arena, sizeof(*app));
	int result = 0;

	app->world = world;
	app->next = world->apps;
	world->apps = app;
	app->languages = read_json(folder, "languages.json");
	if (app->languages == NULL || load_app_file(app, folder) || load_clients(app, folder) ||
		load_schemas(app, folder) || load_assets(app, folder) || load_history(app, folder))
		return -1;
	links_add_languages(app);
	for (struct schema *schema = app->schemas; schema != NULL && result == 0;
		schema = schema->next)
		result = load_contents(schema, folder);
	return result;
}

static int load_folder(struct world *world, const char *data_dir)
{
	DIR *dir = opendir(data_dir);
	int result = 0;

	if (dir == NULL)
		return complain(data_dir, strerror(errno));
	for (struct dirent *entry = readdir(dir); entry != NULL && result == 0;
		entry = readdir(dir)) {
		char *folder = must_format("%s/%s", data_dir, entry->d_name);

		if (entry->d_name[0] != '.' && exists(folder, "app.json"))
			result = load_app(world, folder);
		free(folder);
	}
	closedir(dir);
	if (result == 0 && world->apps == NULL)
		return complain(data_dir, "no folder in it has an app.json");
	return result;
}

int world_load(struct world *world, const char *data_dir, int items)
{
	struct app *app;
	struct schema *schema;

	*world = (struct world){ 0 };
	if (load_folder(world, data_dir)) {
		world_release(world);
		return -1;
	}
	app = world_app(world, "foodcrunch");
	schema = app != NULL ? app_schema(app, "recipes") : NULL;
	if (items > 0 && schema == NULL) {
		world_release(world);
		return complain(data_dir, "no app 'foodcrunch' with a schema 'recipes' to fill");
	}
	if (items > 0)
		sample_add(schema, items);
	return 0;
}

void world_release(struct world *world)
{
	for (struct app *app = world->apps; app != NULL; app = app->next) {
		for (struct schema *schema = app->schemas; schema != NULL; schema = schema->next)
			json_object_put(schema->json);
		json_object_put(app->languages);
		json_object_put(app->assets);
		json_object_put(app->asset_ids);
		json_object_put(app->events);
	}
	arena_release(&world->arena);
	*world = (struct world){ 0 };
}
