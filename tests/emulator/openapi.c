#include "openapi.h"

#include "convert.h"
#include "handlers.h"
#include "links.h"
#include "render.h"

#include <stdio.h>
#include <string.h>

/*
 * One operation.  Parameters are parted by blanks, each "name:type"; "id" and
 * "{version}" stand in the path.  "*" in a type's name is the schema's.
 */
struct operation {
	const char *below; /* the schema's path */
	const char *method;
	const char *id; /* "Query*Content" */
	const char *params;
	const char *body_name; /* NULL for none */
	const char *body_type;
	const char *statuses; /* "404 200+ 400": the one with + answers with result */
	const char *result;   /* NULL for an empty answer */
	const char *right;
	bool is_deprecated;
};

#define LIST_PARAMS                                                               \
	"$search:string $top:number $skip:number $orderby:string $filter:string " \
	"q:string ids:string"

static const struct operation operations[] = {
	{ "/", "get", "Query*Content", LIST_PARAMS, NULL, NULL, "200+ 400", "*ContentResultDto",
		"read.own", false },
	{ "/", "post", "Create*Content", "publish:boolean id:string", "data", "*DataDto",
		"201+ 400", "*ContentDto", "create", false },
	{ "/query", "post", "QueryPost*Content", "", "query", "QueryDto", "200+ 400",
		"*ContentResultDto", "read.own", false },
	{ "/{id}", "get", "Get*Content", "version:number {id}:string", NULL, NULL, "404 200+",
		"*ContentDto", "read.own", false },
	{ "/{id}", "post", "Upsert*Content",
		"patch:boolean publish:boolean enrichDefaults:string {id}:string", "data",
		"*DataDto", "404 200+ 400", "*ContentDto", "upsert", false },
	{ "/{id}", "put", "Update*Content", "enrichDefaults:string {id}:string", "data", "*DataDto",
		"404 200+ 400", "*ContentDto", "update.own", false },
	{ "/{id}", "patch", "Patch*Content", "{id}:string", "data", "*DataDto", "404 200+ 400",
		"*ContentDto", "update.own", false },
	{ "/{id}", "delete", "Delete*Content", "permanent:boolean {id}:string", NULL, NULL,
		"404 204", NULL, "delete.own", false },
	{ "/{id}/{version}", "get", "GetVersioned*Content", "{version}:number {id}:string", NULL,
		NULL, "404 200+", "*DataDto", "read.own", true },
	{ "/{id}/validity", "get", "Validate*Content", "{id}:string", NULL, NULL, "404 200 400",
		NULL, "read.own", false },
	{ "/bulk", "post", "Bulk*Content", "", "request", "BulkUpdateContentsDto", "200+ 400",
		"BulkResultDto", "read.own", false },
	{ "/{id}/defaults", "put", "UpdateDefaults*Content", "{id}:string", NULL, NULL, "404 200+",
		"*ContentDto", "update.own", false },
	{ "/{id}/status", "put", "Change*Content", "{id}:string", "request", "ChangeStatusDto",
		"404 200+ 400", "*ContentDto", "changestatus.own", false },
};

static const struct operation shared_operations[] = {
	{ "/", "get", "Query*Content",
		LIST_PARAMS " referencing:string references:string scheduledFrom:date-time "
			    "scheduledTo:date-time",
		NULL, NULL, "200+ 400", "ContentResultDto", "read.own", false },
	{ "/bulk", "post", "Bulk*Content", "", "request", "BulkUpdateContentsDto", "200+ 400",
		"BulkResultDto", "read.own", false },
};

/* What an operation belongs to: a schema, or all of them. */
struct owner {
	const struct app *app;
	const char *path;       /* "/api/content/foodcrunch/recipes" */
	const char *name;       /* "Recipes" */
	const char *right_name; /* "recipes" */
};

static void add_starred(struct buf *out, const char *text, const char *name)
{
	const char *star = strchr(text, '*');

	if (star == NULL) {
		buf_puts(out, text);
		return;
	}
	buf_add(out, text, (size_t)(star - text));
	buf_printf(out, "%s%s", name, star + 1);
}

static struct json_object *type_reference(const char *type, const char *name)
{
	struct buf path = { 0 };
	struct json_object *reference;

	buf_puts(&path, "#/components/schemas/");
	add_starred(&path, type, name);
	reference = openapi_object("$ref", path.bytes, NULL);
	buf_release(&path);
	return reference;
}

/* {"content": {"application/json": {"schema": {"$ref": ...}}}} */
static struct json_object *json_content(const char *type, const char *name)
{
	struct json_object *outer = json_object_new_object();
	struct json_object *content = json_object_new_object();
	struct json_object *media = json_object_new_object();

	json_object_object_add(media, "schema", type_reference(type, name));
	json_object_object_add(content, "application/json", media);
	json_object_object_add(outer, "content", content);
	return outer;
}

static struct json_object *parameter(char *text, int position)
{
	struct json_object *json;
	struct json_object *schema;
	char *type = strchr(text, ':');
	bool is_path = text[0] == '{';
	bool is_date = strcmp(type, ":date-time") == 0;

	*type++ = '\0';
	if (is_path) {
		text++;
		text[strlen(text) - 1] = '\0';
	}
	json = openapi_object("name", text, "in", is_path ? "path" : "query", NULL);
	if (is_path)
		json_object_object_add(json, "required", json_object_new_boolean(1));
	schema = openapi_object("type", is_date ? "string" : type, NULL);
	if (is_date)
		json_object_object_add(schema, "format", json_object_new_string(type));
	json_object_object_add(json, "schema", schema);
	json_object_object_add(json, "x-position", json_object_new_int(position));
	if (is_path)
		json_object_object_add(json, "nullable", json_object_new_boolean(0));
	return json;
}

/* Returns the number of parameters. */
static int add_parameters(struct json_object *json, const char *params)
{
	struct json_object *list;
	char copy[512];
	char *rest = copy;
	char *text;
	int count = 0;

	if (*params == '\0')
		return 0;
	snprintf(copy, sizeof(copy), "%s", params);
	list = json_object_new_array();
	while ((text = strsep(&rest, " ")) != NULL)
		json_object_array_add(list, parameter(text, count++));
	json_object_object_add(json, "parameters", list);
	return count;
}

static void add_body(struct json_object *json, const struct operation *operation,
	const struct owner *owner, int position)
{
	struct json_object *body;
	struct json_object *content;

	if (operation->body_name == NULL)
		return;
	body = openapi_object("x-name", operation->body_name, NULL);
	content = json_content(operation->body_type, owner->name);
	json_object_object_add(
		body, "content", json_object_get(json_object_object_get(content, "content")));
	json_object_object_add(body, "required", json_object_new_boolean(1));
	json_object_object_add(body, "x-position", json_object_new_int(position));
	json_object_object_add(json, "requestBody", body);
	json_object_put(content);
}

static void add_responses(
	struct json_object *json, const struct operation *operation, const struct owner *owner)
{
	struct json_object *responses = json_object_new_object();
	const char *p = operation->statuses;

	while (*p != '\0') {
		char status[4] = "";

		strncat(status, p, 3);
		p += 3;
		json_object_object_add(responses, status,
			*p == '+' ? json_content(operation->result, owner->name)
				  : json_object_new_object());
		p += strspn(p, "+ ");
	}
	json_object_object_add(json, "responses", responses);
}

/* [{"squidex-oauth-auth": [right]}] */
static struct json_object *security(const char *right)
{
	struct json_object *list = json_object_new_array();
	struct json_object *scheme = json_object_new_object();
	struct json_object *rights = json_object_new_array();

	json_object_array_add(rights, json_object_new_string(right));
	json_object_object_add(scheme, "squidex-oauth-auth", rights);
	json_object_array_add(list, scheme);
	return list;
}

static struct json_object *operation_json(
	const struct operation *operation, const struct owner *owner)
{
	struct json_object *json = json_object_new_object();
	struct json_object *tags = json_object_new_array();
	struct buf text = { 0 };
	int position;

	json_object_array_add(tags, json_object_new_string(owner->name));
	json_object_object_add(json, "tags", tags);
	add_starred(&text, operation->id, owner->name);
	json_object_object_add(json, "operationId", json_object_new_string(text.bytes));
	position = add_parameters(json, operation->params);
	add_body(json, operation, owner, position);
	add_responses(json, operation, owner);
	if (operation->is_deprecated)
		json_object_object_add(json, "deprecated", json_object_new_boolean(1));
	text.length = 0;
	buf_printf(&text, "squidex.apps.%s.contents.%s.%s", owner->app->name, owner->right_name,
		operation->right);
	json_object_object_add(json, "security", security(text.bytes));
	buf_release(&text);
	return json;
}

static void add_operations(struct json_object *paths, const struct owner *owner,
	const struct operation *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct json_object *path;
		struct buf name = { 0 };

		buf_printf(&name, "%s%s", owner->path, list[i].below);
		path = json_object_object_get(paths, name.bytes);
		if (path == NULL) {
			path = json_object_new_object();
			json_object_object_add(paths, name.bytes, path);
		}
		json_object_object_add(path, list[i].method, operation_json(&list[i], owner));
		buf_release(&name);
	}
}

static bool is_shown(const struct schema *schema)
{
	struct json_object *fields = json_object_object_get(schema->json, "fields");

	return schema->is_published && strcmp(json_text(schema->json, "type"), "Component") != 0 &&
	       json_object_array_length(fields) > 0;
}

static void add_tag(struct json_object *tags, const char *name)
{
	json_object_array_add(tags, openapi_object("name", name, NULL));
}

static void add_schema(struct json_object *paths, struct json_object *types,
	struct json_object *tags, const struct schema *schema)
{
	struct buf name = { 0 };
	struct buf path = { 0 };
	struct owner owner = { .app = schema->app, .right_name = schema->name };

	openapi_type_name(schema->name, &name);
	buf_printf(&path, "/api/content/%s/%s", schema->app->name, schema->name);
	owner.name = name.bytes;
	owner.path = path.bytes;
	add_operations(paths, &owner, operations, sizeof(operations) / sizeof(operations[0]));
	openapi_add_types(types, schema);
	add_tag(tags, name.bytes);
	buf_release(&name);
	buf_release(&path);
}

static void add_shared(struct json_object *paths, struct json_object *types,
	struct json_object *tags, const struct app *app)
{
	struct buf path = { 0 };
	struct owner owner = { .app = app, .name = "__Shared", .right_name = "__Shared" };

	buf_printf(&path, "/api/content/%s", app->name);
	owner.path = path.bytes;
	add_operations(paths, &owner, shared_operations,
		sizeof(shared_operations) / sizeof(shared_operations[0]));
	openapi_add_common_types(types);
	add_tag(tags, owner.name);
	buf_release(&path);
}

static struct json_object *info(const char *base_url)
{
	struct json_object *json = openapi_object(
		"title", "Squidex API", "version", "1.0.0.0", NULL);
	struct json_object *logo;
	char url[128];

	snprintf(url, sizeof(url), "%s/images/logo-white.png", base_url);
	logo = openapi_object(
		"url", url, "backgroundStyle", "", "backgroundColor", "#3f83df", NULL);
	json_object_object_add(json, "x-logo", logo);
	return json;
}

static struct json_object *components(struct json_object *types, const char *base_url)
{
	struct json_object *json = json_object_new_object();
	struct json_object *schemes = json_object_new_object();
	char url[128];

	snprintf(url, sizeof(url), "%s/identity-server/.well-known/openid-configuration", base_url);
	json_object_object_add(schemes, "squidex-oauth-auth",
		openapi_object("type", "openIdConnect", "openIdConnectUrl", url, NULL));
	json_object_object_add(json, "schemas", types);
	json_object_object_add(json, "securitySchemes", schemes);
	return json;
}

static struct json_object *document(const struct app *app, const char *base_url)
{
	struct json_object *json = openapi_object("openapi", "3.0.0", NULL);
	struct json_object *servers = json_object_new_array();
	struct json_object *paths = json_object_new_object();
	struct json_object *types = json_tokener_parse(OPENAPI_SHARED);
	struct json_object *tags = json_object_new_array();

	for (const struct schema *schema = app->schemas; schema != NULL; schema = schema->next) {
		if (is_shown(schema))
			add_schema(paths, types, tags, schema);
	}
	add_shared(paths, types, tags, app);
	json_object_array_add(servers, openapi_object("url", base_url, NULL));
	json_object_object_add(json, "info", info(base_url));
	json_object_object_add(json, "servers", servers);
	json_object_object_add(json, "paths", paths);
	json_object_object_add(json, "components", components(types, base_url));
	json_object_object_add(json, "security", security("squidex-api"));
	json_object_object_add(json, "tags", tags);
	json_object_object_add(
		json, "externalDocs", openapi_object("url", "https://docs.squidex.io", NULL));
	return json;
}

void handle_openapi(struct call *call)
{
	struct json_object *json = document(call->app, call->server->base_url);
	struct buf versions = { 0 };
	char tag[65];

	buf_printf(&versions, "%d", call->app->version);
	for (const struct schema *schema = call->app->schemas; schema != NULL;
		schema = schema->next)
		buf_printf(&versions, "%s%d", schema->id, schema->version);
	render_sha256(versions.bytes, versions.length, tag);
	response_etag(call->response, tag);
	answer_json(call, json);
	buf_release(&versions);
	json_object_put(json);
}
