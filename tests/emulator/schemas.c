#include "clock.h"
#include "convert.h"
#include "guid.h"
#include "handlers.h"
#include "links.h"
#include "load.h"
#include "render.h"
#include "route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void handle_schemas(struct call *call)
{
	struct json_object *json = json_object_new_object();
	struct json_object *items = json_object_new_array();
	struct json_object *links = json_object_new_object();
	struct buf versions = { 0 };
	char tag[65];

	for (const struct schema *schema = call->app->schemas; schema != NULL;
		schema = schema->next) {
		json_object_array_add(items, json_copy(schema->json));
		buf_printf(&versions, "%s%d", schema->id, schema->version);
	}
	json_object_object_add(json, "items", items);
	links_put(links, "self", "GET", "/api/apps/%s/schemas", call->app->name);
	links_put(links, "create", "POST", "/api/apps/%s/schemas", call->app->name);
	json_object_object_add(json, "_links", links);
	render_sha256(versions.bytes, versions.length, tag);
	response_etag(call->response, tag);
	answer_json(call, json);
	buf_release(&versions);
	json_object_put(json);
}

void handle_schema(struct call *call)
{
	response_etag_version(call->response, call->schema->version);
	answer_json(call, call->schema->json);
}

static bool is_slug(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && name[0] != '-' && name[length - 1] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length &&
	       strstr(name, "--") == NULL;
}

/* A member that the client may leave out. */
static void add_missing(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_get(object, key) == NULL)
		json_object_object_add(object, key, value);
	else
		json_object_put(value);
}

static void complete_fields(struct json_object *fields, int *next_id)
{
	for (size_t i = 0; fields != NULL && i < json_object_array_length(fields); i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);

		json_object_object_add(field, "fieldId", json_object_new_int((*next_id)++));
		add_missing(field, "isHidden", json_object_new_boolean(0));
		add_missing(field, "isLocked", json_object_new_boolean(0));
		add_missing(field, "isDisabled", json_object_new_boolean(0));
		add_missing(field, "partitioning", json_object_new_string("invariant"));
		complete_fields(json_object_object_get(field, "nested"), next_id);
	}
}

static void stamp(struct call *call, struct json_object *json)
{
	const char *actor = call->client != NULL ? call->client->actor : "";
	struct buf now = { 0 };
	char id[GUID_SIZE];

	guid_new(id);
	buf_time(&now, clock_now());
	json_object_object_add(json, "id", json_object_new_string(id));
	json_object_object_add(json, "createdBy", json_object_new_string(actor));
	json_object_object_add(json, "lastModifiedBy", json_object_new_string(actor));
	json_object_object_add(json, "created", json_object_new_string(now.bytes));
	json_object_object_add(json, "lastModified", json_object_new_string(now.bytes));
	json_object_object_add(json, "version", json_object_new_int(0));
	buf_release(&now);
}

static struct schema *create_schema(struct call *call)
{
	static const char *const lists[] = { "fieldsInLists", "fieldsInReferences", "fieldRules",
		"fields" };
	struct json_object *json = call->body;
	int next_id = 1;

	stamp(call, json);
	add_missing(json, "type", json_object_new_string("Default"));
	add_missing(json, "properties", json_object_new_object());
	add_missing(json, "isPublished", json_object_new_boolean(0));
	json_object_object_add(json, "isSingleton",
		json_object_new_boolean(strcmp(json_text(json, "type"), "Singleton") == 0));
	add_missing(json, "scripts", json_object_new_object());
	add_missing(json, "previewUrls", json_object_new_object());
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		add_missing(json, lists[i], json_object_new_array());
	complete_fields(json_object_object_get(json, "fields"), &next_id);
	return load_schema(call->app, json);
}

void handle_schema_create(struct call *call)
{
	const char *name = json_text(call->body, "name");
	const struct schema *schema;
	struct failure failure = { 0 };
	char location[512];

	if (!is_slug(name))
		failure_invalid(&failure, "Name: Name is not a valid slug.");
	else if (app_schema(call->app, name) != NULL)
		failure_invalid(&failure, "A schema with the same name already exists.");
	if (failure.status != 0) {
		answer_failure(call, &failure);
		return;
	}
	schema = create_schema(call);
	snprintf(location, sizeof(location), "%s/api/apps/%s/schemas/%s", call->server->base_url,
		call->app->name, schema->name);
	response_header(call->response, "Location", location);
	response_etag_version(call->response, 0);
	answer_json(call, schema->json);
	call->response->status = 201;
}

/* .../hide and .../show of a field. */
void handle_field_visibility(struct call *call)
{
	const struct request *request = call->request;
	struct schema *schema = call->schema;
	struct json_object *fields = json_object_object_get(schema->json, "fields");
	bool hides = strcmp(request->segments[request->segment_count - 1], "hide") == 0;
	int id = atoi(route_param(call, "field"));

	for (size_t i = 0; i < json_object_array_length(fields); i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);

		if (json_object_get_int(json_object_object_get(field, "fieldId")) != id)
			continue;
		json_object_object_add(field, "isHidden", json_object_new_boolean(hides));
		schema->version++;
		json_object_object_add(
			schema->json, "version", json_object_new_int(schema->version));
		call->app->world->epoch++;
		response_etag_version(call->response, schema->version);
		answer_json(call, schema->json);
		return;
	}
	answer_error(call, 404, "");
}
