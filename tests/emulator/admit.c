#include "admit.h"

#include "access.h"
#include "handlers.h"
#include "route.h"
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The bearer token of a header or of the query, or NULL. */
static const char *find_bearer(const struct request *request)
{
	const char *header = request_header(request, "Authorization");

	if (header == NULL)
		return request_query(request, "access_token");
	return strncasecmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

/* Who calls: client and role.  False for a token that is of no use. */
static bool identify(struct call *call, char ret_app[128], char ret_client[128])
{
	const char *bearer = find_bearer(call->request);

	return bearer != NULL && token_find(call->server->tokens, bearer, ret_app, ret_client);
}

static int refuse_token(struct call *call)
{
	bool has_token = find_bearer(call->request) != NULL;

	answer_error(call, 401, "Unauthorized");
	if (call->route->flags & ROUTE_CHALLENGES)
		response_header(call->response, "WWW-Authenticate",
			has_token ? "Bearer error=\"invalid_token\"" : "Bearer");
	return -1;
}

/* Finds the app and what the caller may do in it; a foreign app does not exist. */
static int enter_app(struct call *call, const char *app_name)
{
	char token_app[128];
	char token_client[128];
	bool known = identify(call, token_app, token_client);
	bool is_open = (call->route->flags & ROUTE_ANONYMOUS) != 0;

	call->app = world_app(&call->server->world, app_name);
	if (known && call->app != NULL && strcmp(token_app, call->app->name) == 0)
		call->client = app_client(call->app, token_client);
	if (call->client != NULL)
		call->role = call->client->role;
	else if (!known && call->app != NULL)
		call->role = call->app->anonymous_role;
	if (!known && call->role == NULL && !is_open)
		return refuse_token(call);
	if (call->app == NULL || (known && call->client == NULL && !is_open)) {
		answer_error(call, 404, "");
		return -1;
	}
	snprintf(call->response->app_id, sizeof(call->response->app_id), "%s", call->app->id);
	if (call->route->right != NULL && !role_may(call->role, call->route->right)) {
		answer_error(call, 403, "Forbidden");
		return -1;
	}
	return 0;
}

static int enter(struct call *call)
{
	const char *app_name = route_param(call, "app");
	char token_app[128];
	char token_client[128];

	if (app_name != NULL)
		return enter_app(call, app_name);
	if (call->route->flags & ROUTE_ANONYMOUS)
		return 0;
	if (!identify(call, token_app, token_client))
		return refuse_token(call);
	if (call->route->flags & ROUTE_FORBIDDEN) {
		answer_error(call, 403, "Forbidden");
		return -1;
	}
	return 0;
}

/* application/json, text/json and application/...+json are JSON. */
static bool is_json(const char *type)
{
	size_t length = strcspn(type, "; ");

	if (strncasecmp(type, "application/json", length) == 0 && length == 16)
		return true;
	if (strncasecmp(type, "text/json", length) == 0 && length == 9)
		return true;
	return length > 5 && strncasecmp(type, "application/", 12) == 0 &&
	       strncasecmp(type + length - 5, "+json", 5) == 0;
}

/* What is wrong with a body is said before anyone asks who sent it. */
int admit_media_type(struct call *call)
{
	const char *type = request_header(call->request, "Content-Type");

	if (call->request->body_too_large) {
		answer_error(call, 413, "");
		return -1;
	}
	if (!(call->route->flags & ROUTE_TAKES_BODY))
		return 0;
	if ((type == NULL && call->request->body.length == 0) || (type != NULL && is_json(type)))
		return 0;
	answer_error(call, 415, "Unsupported Media Type");
	return -1;
}

static int bind_body(struct call *call)
{
	const struct buf *body = &call->request->body;
	struct failure failure = { 0 };
	char *message;

	if (!(call->route->flags & ROUTE_TAKES_BODY) || body->length == 0)
		return 0;
	if (body_parse(body->bytes, body->length, call->route->shape, &call->body, &message) == 0)
		return 0;
	failure_invalid(&failure, "%s", message);
	free(message);
	answer_failure(call, &failure);
	return -1;
}

static int find_schema(struct call *call)
{
	const char *name = route_param(call, "schema");

	if (name == NULL)
		return 0;
	call->schema = app_schema(call->app, name);
	if (call->schema != NULL &&
		(call->schema->is_published || strncmp(call->route->right, "schemas.", 8) == 0))
		return 0;
	answer_error(call, 404, "");
	return -1;
}

/* Counts the call's credits, unless the client has none left. */
static int charge(struct call *call)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct client *client = call->client;
	bool refused = false;

	if (call->route->costs == 0)
		return 0;
	if (client != NULL) {
		pthread_mutex_lock(&lock);
		refused = client->calls_limit > 0 && client->calls >= client->calls_limit;
		if (!refused)
			client->calls += call->route->costs;
		pthread_mutex_unlock(&lock);
	}
	if (refused) {
		answer_error(call, 429, "");
		return -1;
	}
	call->response->costs = call->route->costs;
	return 0;
}

int admit(struct call *call)
{
	if (enter(call) || bind_body(call) || find_schema(call) || charge(call))
		return -1;
	return 0;
}
