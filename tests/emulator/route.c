#include "route.h"

#include "handlers.h"

#include <string.h>
#include <strings.h>

#define CONTENT "/api/content/{app}"
#define ITEM CONTENT "/{schema}/{id}"
#define APP "/api/apps/{app}"
#define FIELD APP "/schemas/{schema}/fields/{field}"

enum {
	WRITE = ROUTE_WRITES,
	BODY = ROUTE_TAKES_BODY,
	FREE = ROUTE_ANONYMOUS,
	CONTROL = ROUTE_CONTROL | ROUTE_ANONYMOUS,
	IDENTITY = ROUTE_IDENTITY | ROUTE_ANONYMOUS,
};

/* Literal paths stand before those with a parameter in the same place. */
static const struct route routes[] = {
	{ "POST", "/identity-server/connect/token", handle_token, NULL, 0, IDENTITY, BODY_ANY },
	{ "GET", "/identity-server/.well-known/openid-configuration", handle_discovery, NULL, 0,
		IDENTITY, BODY_ANY },
	{ "POST", "/_emulator/faults", handle_faults_add, NULL, 0, CONTROL, BODY_ANY },
	{ "DELETE", "/_emulator/faults", handle_faults_clear, NULL, 0, CONTROL, BODY_ANY },
	{ "POST", "/_emulator/sockets", handle_sockets, NULL, 0, CONTROL, BODY_ANY },
	{ "POST", "/_emulator/clock", handle_clock, NULL, 0, CONTROL, BODY_ANY },
	{ "POST", "/_emulator/tokens/revoke", handle_tokens_revoke, NULL, 0, CONTROL, BODY_ANY },
	{ "GET", "/_emulator/stats", handle_stats, NULL, 0, CONTROL, BODY_ANY },
	{ "DELETE", "/_emulator/stats", handle_stats_clear, NULL, 0, CONTROL, BODY_ANY },
	{ "GET", "/_emulator/log", handle_log, NULL, 0, CONTROL, BODY_ANY },
	{ "POST", "/_emulator/reset", handle_reset, NULL, 0, CONTROL, BODY_ANY },

	{ "GET", "/api/ping", handle_ping, NULL, 0, FREE, BODY_ANY },
	{ "GET", "/api/ping/{app}", handle_ping, "ping", 0, 0, BODY_ANY },
	{ "GET", "/api/info", handle_info, NULL, 0, FREE, BODY_ANY },
	{ "GET", "/api/event-consumers", handle_apps, NULL, 0, ROUTE_FORBIDDEN, BODY_ANY },
	{ "GET", "/api/apps", handle_apps, NULL, 0, ROUTE_CHALLENGES, BODY_ANY },
	{ "GET", APP, handle_app, "app", 0, ROUTE_CHALLENGES, BODY_ANY },
	{ "GET", APP "/clients", handle_clients, "clients.read", 0, 0, BODY_ANY },
	{ "GET", APP "/languages", handle_languages, "languages.read", 0, 0, BODY_ANY },
	{ "GET", APP "/workflows", handle_workflows, "workflows.read", 0, 0, BODY_ANY },
	{ "GET", APP "/history", handle_history, "history", 0.1, 0, BODY_ANY },
	{ "GET", APP "/usages/calls/{from}/{to}", handle_usages, "usages", 0, 0, BODY_ANY },
	{ "GET", APP "/schemas", handle_schemas, "schemas.read", 0, 0, BODY_ANY },
	{ "POST", APP "/schemas", handle_schema_create, "schemas.create", 1, WRITE | BODY,
		BODY_ANY },
	{ "GET", APP "/schemas/{schema}", handle_schema, "schemas.read", 0, 0, BODY_ANY },
	{ "PUT", FIELD "/hide", handle_field_visibility, "schemas.update", 1, WRITE, BODY_ANY },
	{ "PUT", FIELD "/show", handle_field_visibility, "schemas.update", 1, WRITE, BODY_ANY },

	{ "GET", CONTENT "/swagger/v1/swagger.json", handle_openapi, NULL, 0, FREE, BODY_ANY },
	{ "GET", CONTENT, handle_list_all, "contents.read", 1, 0, BODY_ANY },
	{ "POST", CONTENT, handle_list_all, "contents.read", 1, BODY, BODY_ANY },
	{ "POST", CONTENT "/bulk", handle_bulk, "contents.read", 5, WRITE | BODY, BODY_BULK },
	{ "GET", CONTENT "/graphql", handle_graphql, NULL, 2, 0, BODY_ANY },
	{ "POST", CONTENT "/graphql", handle_graphql, NULL, 2, BODY, BODY_ANY },
	{ "POST", CONTENT "/graphql/batch", handle_graphql_batch, NULL, 2, BODY, BODY_ANY },
	{ "GET", CONTENT "/{schema}", handle_list, "contents.read", 1, 0, BODY_ANY },
	{ "POST", CONTENT "/{schema}", handle_create, "contents.create", 1, WRITE | BODY,
		BODY_DATA },
	{ "POST", CONTENT "/{schema}/query", handle_query, "contents.read", 1, BODY, BODY_ANY },
	{ "POST", CONTENT "/{schema}/bulk", handle_bulk, "contents.read", 5, WRITE | BODY,
		BODY_BULK },
	{ "POST", CONTENT "/{schema}/import", handle_import, "contents.create", 5, WRITE | BODY,
		BODY_ANY },
	{ "GET", CONTENT "/{schema}/stream", handle_stream, "contents.read", 10, 0, BODY_ANY },
	{ "GET", ITEM "/references", handle_references, "contents.read", 1, 0, BODY_ANY },
	{ "GET", ITEM "/referencing", handle_referencing, "contents.read", 1, 0, BODY_ANY },
	{ "GET", ITEM "/validity", handle_validity, "contents.read", 1, 0, BODY_ANY },
	{ "PUT", ITEM "/status", handle_status, "contents.changestatus", 1, WRITE | BODY,
		BODY_ANY },
	{ "DELETE", ITEM "/status", handle_status_cancel, "contents.changestatus", 1, WRITE,
		BODY_ANY },
	{ "POST", ITEM "/draft", handle_draft_create, "contents.version", 1, WRITE, BODY_ANY },
	{ "DELETE", ITEM "/draft", handle_draft_delete, "contents.version", 1, WRITE, BODY_ANY },
	{ "PUT", ITEM "/defaults", handle_defaults, "contents.update", 1, WRITE, BODY_ANY },
	{ "GET", ITEM "/{version}", handle_get_version, "contents.read", 1, 0, BODY_ANY },
	{ "GET", ITEM, handle_get, "contents.read", 1, 0, BODY_ANY },
	{ "POST", ITEM, handle_upsert, "contents.upsert", 1, WRITE | BODY, BODY_DATA },
	{ "PUT", ITEM, handle_update, "contents.update", 1, WRITE | BODY, BODY_DATA },
	{ "PATCH", ITEM, handle_patch, "contents.update", 1, WRITE | BODY, BODY_DATA },
	{ "DELETE", ITEM, handle_delete, "contents.delete", 1, WRITE, BODY_ANY },
};

/* Takes the next part of a pattern; false at its end. */
static bool next_part(const char **pattern, const char **ret, size_t *ret_length)
{
	if (**pattern == '\0')
		return false;
	*ret = *pattern + 1;
	*ret_length = strcspn(*ret, "/");
	*pattern = *ret + *ret_length;
	return true;
}

static bool match(const struct route *route, const struct request *request, const char *params[4])
{
	const char *pattern = route->pattern;
	const char *part;
	size_t length;
	size_t index = 0;
	size_t param = 0;

	for (; next_part(&pattern, &part, &length); index++) {
		const char *segment;

		if (index == request->segment_count)
			return false;
		segment = request->segments[index];
		if (part[0] == '{')
			params[param++] = segment;
		else if (strncasecmp(part, segment, length) != 0 || segment[length] != '\0')
			return false;
	}
	return index == request->segment_count;
}

/* The methods of a 405 are listed in the order of the alphabet. */
static void list_allowed(const struct request *request, struct buf *ret)
{
	static const char *const methods[] = { "DELETE", "GET", "PATCH", "POST", "PUT" };
	const char *params[4];

	for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
		bool found = false;

		for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
			found |= strcmp(routes[i].method, methods[m]) == 0 &&
				 match(&routes[i], request, params);
		if (found)
			buf_printf(ret, "%s%s", ret->length > 0 ? ", " : "", methods[m]);
	}
}

const struct route *route_find(
	const struct request *request, const char *params[4], struct buf *ret_allowed)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(routes[i].method, request->method) == 0 &&
			match(&routes[i], request, params))
			return &routes[i];
	}
	list_allowed(request, ret_allowed);
	return NULL;
}

const char *route_param(const struct call *call, const char *name)
{
	const char *pattern = call->route->pattern;
	const char *part;
	size_t length;
	size_t param = 0;

	while (next_part(&pattern, &part, &length)) {
		if (part[0] != '{')
			continue;
		if (strlen(name) == length - 2 && strncmp(part + 1, name, length - 2) == 0)
			return call->params[param];
		param++;
	}
	return NULL;
}
