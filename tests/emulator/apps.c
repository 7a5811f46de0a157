#include "access.h"
#include "clock.h"
#include "handlers.h"
#include "history.h"
#include "links.h"
#include "render.h"
#include "route.h"

#include <stdio.h>
#include <string.h>

void handle_ping(struct call *call)
{
	call->response->status = 204;
}

void handle_info(struct call *call)
{
	buf_puts(&call->response->body, "{\"version\":\"1.0.0.0\"}");
	answer_body(call, 200);
}

/* Only people contribute to apps, so a client is a contributor of none. */
void handle_apps(struct call *call)
{
	char tag[65];

	render_sha256("", 0, tag);
	response_etag(call->response, tag);
	buf_puts(&call->response->body, "[]");
	answer_body(call, 200);
}

/* What a role may follow from the app; below is what stands after the app's path. */
static const struct {
	const char *name;
	const char *method;
	const char *below;
	const char *right;
} app_links[] = {
	{ "delete", "DELETE", "", "delete" },
	{ "transfer", "PUT", "/team", "transfer" },
	{ "update", "PUT", "", "update" },
	{ "assets", "GET", "/assets", "assets.read" },
	{ "jobs", "GET", "/jobs", "jobs.read" },
	{ "clients", "GET", "/clients", "clients.read" },
	{ "contributors", "GET", "/contributors", "contributors.read" },
	{ "languages", "GET", "/languages", "languages.read" },
	{ "plans", "GET", "/plans", "plans.read" },
	{ "roles", "GET", "/roles", "roles.read" },
	{ "rules", "GET", "/rules", "rules.read" },
	{ "schemas", "GET", "/schemas", "schemas.read" },
	{ "workflows", "GET", "/workflows", "workflows.read" },
	{ "schemas/create", "POST", "/schemas", "schemas.create" },
	{ "assets/create", "POST", "/schemas", "assets.create" },
	{ "image/upload", "POST", "/image", "image.upload" },
	{ "image/delete", "DELETE", "/image", "image.delete" },
	{ "assets/scripts", "DELETE", "/assets/scripts", "asset-scripts.update" },
	{ "settings", "GET", "/settings", "app" },
};

void handle_app(struct call *call)
{
	const struct app *app = call->app;
	struct buf *out = &call->response->body;
	char href[300];

	buf_printf(out,
		"{\"id\":\"%s\",\"name\":\"%s\",\"version\":%d,\"created\":\"%s\","
		"\"lastModified\":\"%s\",\"permissions\":[],\"canAccessApi\":false,"
		"\"canAccessContent\":true,\"roleProperties\":{},\"_links\":{",
		app->id, app->name, app->version, app->created, app->modified);
	snprintf(href, sizeof(href), "/api/ping/%s", app->name);
	render_link(out, "ping", "GET", href);
	for (size_t i = 0; i < sizeof(app_links) / sizeof(app_links[0]); i++) {
		if (!role_may(call->role, app_links[i].right))
			continue;
		snprintf(href, sizeof(href), "/api/apps/%s%s", app->name, app_links[i].below);
		render_link(out, app_links[i].name, app_links[i].method, href);
	}
	buf_puts(out, "}}");
	response_etag_version(call->response, app->version);
	answer_body(call, 200);
}

/* {"self": GET, "create": POST} of a list below the app. */
static struct json_object *list_links(const struct app *app, const char *below)
{
	struct json_object *links = json_object_new_object();

	links_put(links, "self", "GET", "/api/apps/%s/%s", app->name, below);
	links_put(links, "create", "POST", "/api/apps/%s/%s", app->name, below);
	return links;
}

static struct json_object *client_json(const struct app *app, const struct client *client)
{
	struct json_object *json = json_object_new_object();
	struct json_object *links = json_object_new_object();

	json_object_object_add(json, "id", json_object_new_string(client->id));
	json_object_object_add(json, "secret", json_object_new_string(client->secret));
	json_object_object_add(json, "name", json_object_new_string(client->name));
	json_object_object_add(json, "role", json_object_new_string(client->role));
	json_object_object_add(json, "apiCallsLimit", json_object_new_double(client->calls_limit));
	json_object_object_add(json, "apiTrafficLimit", json_object_new_int(0));
	json_object_object_add(json, "allowAnonymous", json_object_new_boolean(0));
	links_put(links, "update", "PUT", "/api/apps/%s/clients/%s", app->name, client->id);
	links_put(links, "delete", "DELETE", "/api/apps/%s/clients/%s", app->name, client->id);
	json_object_object_add(json, "_links", links);
	return json;
}

void handle_clients(struct call *call)
{
	struct json_object *json = json_object_new_object();
	struct json_object *items = json_object_new_array();

	for (const struct client *client = call->app->clients; client != NULL;
		client = client->next) {
		if (!client->unlisted)
			json_object_array_add(items, client_json(call->app, client));
	}
	json_object_object_add(json, "items", items);
	json_object_object_add(json, "_links", list_links(call->app, "clients"));
	response_etag_version(call->response, call->app->version);
	answer_json(call, json);
	json_object_put(json);
}

void handle_languages(struct call *call)
{
	response_etag_version(call->response, call->app->version);
	answer_json(call, call->app->languages);
}

/* Apps of the emulator have no workflow of their own, only the default one. */
void handle_workflows(struct call *call)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "items", json_object_new_array());
	json_object_object_add(json, "errors", json_object_new_array());
	json_object_object_add(json, "_links", list_links(call->app, "workflows"));
	response_etag_version(call->response, call->app->version);
	answer_json(call, json);
	json_object_put(json);
}

void handle_history(struct call *call)
{
	const char *channel = request_query(call->request, "channel");
	struct json_object *json = history_list(call->app, channel != NULL ? channel : "");

	answer_json(call, json);
	json_object_put(json);
}

enum { DAY_SECONDS = 86400, MAX_DAYS = 100 };

/* The report lags behind on a real server; here it never gets there. */
void handle_usages(struct call *call)
{
	long long from = clock_parse(route_param(call, "from"));
	long long to = clock_parse(route_param(call, "to"));
	struct buf *out = &call->response->body;

	if (from < 0 || to < from || (to - from) / DAY_SECONDS > MAX_DAYS) {
		answer_error(call, 400, "");
		return;
	}
	buf_puts(out, "{\"totalCalls\":0,\"totalBytes\":0,\"monthCalls\":0,\"monthBytes\":0,"
		      "\"blockingApiCalls\":-1,\"allowedBytes\":0,\"allowedCalls\":-1,"
		      "\"averageElapsedMs\":0,\"details\":{\"*\":[");
	for (long long day = from; day <= to; day += DAY_SECONDS) {
		struct buf date = { 0 };

		buf_time(&date, day);
		buf_printf(out,
			"%s{\"date\":\"%.10s\",\"totalCalls\":0,\"totalBytes\":0,"
			"\"averageElapsedMs\":0}",
			day > from ? "," : "", date.bytes);
		buf_release(&date);
	}
	buf_puts(out, "]}}");
	answer_body(call, 200);
}
