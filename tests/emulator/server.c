#include "server.h"

#include "admit.h"
#include "change.h"
#include "clock.h"
#include "fault.h"
#include "feed.h"
#include "guid.h"
#include "handlers.h"
#include "load.h"
#include "misbehave.h"
#include "render.h"
#include "route.h"
#include "stats.h"
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int server_init(struct server *server, const struct server_conf *conf)
{
	*server = (struct server){ .conf = *conf };
	if (world_load(&server->world, conf->data_dir, conf->items))
		return -1;
	server->feed = feed_new();
	world_tell(&server->world, feed_publish, server->feed);
	pthread_rwlock_init(&server->world_lock, NULL);
	server->tokens = token_store_new();
	server->faults = fault_list_new();
	server->stats = stats_new();
	return 0;
}

int server_reset(struct server *server)
{
	struct world fresh;
	struct world old;

	if (world_load(&fresh, server->conf.data_dir, server->conf.items))
		return -1;
	pthread_rwlock_wrlock(&server->world_lock);
	old = server->world;
	server->world = fresh;
	for (struct app *app = server->world.apps; app != NULL; app = app->next)
		app->world = &server->world;
	world_tell(&server->world, feed_publish, server->feed);
	render_forget();
	pthread_rwlock_unlock(&server->world_lock);
	world_release(&old);
	return 0;
}

void server_release(struct server *server)
{
	stats_free(server->stats);
	feed_free(server->feed);
	fault_list_free(server->faults);
	token_store_free(server->tokens);
	pthread_rwlock_destroy(&server->world_lock);
	render_forget();
	world_release(&server->world);
}

/* A tag that the client has already saves the body, nothing else. */
static void answer_if_none_match(struct call *call)
{
	const char *asked = request_header(call->request, "If-None-Match");
	const char *tag = response_get_header(call->response, "ETag");

	if (asked == NULL || tag == NULL || call->response->status != 200 ||
		strcmp(call->request->method, "GET") != 0)
		return;
	if (strncmp(asked, "W/", 2) == 0)
		asked += 2;
	if (strcmp(asked, tag + 2) != 0)
		return;
	call->response->status = 304;
	call->response->content_type = NULL;
	buf_release(&call->response->body);
}

/* Schedules run in the background of a real server; here, before the next call. */
static void run_schedules(struct server *server)
{
	long long now = clock_now();
	bool is_due = false;

	pthread_rwlock_rdlock(&server->world_lock);
	for (struct app *app = server->world.apps; app != NULL; app = app->next)
		is_due |= app->next_due != 0 && app->next_due <= now;
	pthread_rwlock_unlock(&server->world_lock);
	if (!is_due)
		return;
	pthread_rwlock_wrlock(&server->world_lock);
	for (struct app *app = server->world.apps; app != NULL; app = app->next) {
		if (app->next_due != 0 && app->next_due <= now)
			change_run_schedules(app, now);
	}
	pthread_rwlock_unlock(&server->world_lock);
}

static void run_route(struct call *call)
{
	struct server *server = call->server;

	if (admit_media_type(call))
		return;
	if (call->route->flags & (ROUTE_CONTROL | ROUTE_IDENTITY)) {
		call->route->handle(call);
		return;
	}
	run_schedules(server);
	if (call->route->flags & ROUTE_WRITES)
		pthread_rwlock_wrlock(&server->world_lock);
	else
		pthread_rwlock_rdlock(&server->world_lock);
	if (admit(call) == 0)
		call->route->handle(call);
	pthread_rwlock_unlock(&server->world_lock);
	answer_if_none_match(call);
}

static void answer_no_route(struct call *call, const struct buf *allowed)
{
	if (allowed->length > 0) {
		answer_error(call, 405, "");
		response_header(call->response, "Allow", allowed->bytes);
	} else {
		answer_error(call, 404, "");
	}
	if (strcmp(call->request->method, "HEAD") == 0)
		buf_release(&call->response->body);
}

static void answer_preflight(struct call *call)
{
	const struct request *request = call->request;
	const char *headers = request_header(request, "Access-Control-Request-Headers");
	struct response *response = call->response;

	response->status = 204;
	response_header(response, "Access-Control-Allow-Credentials", "true");
	if (headers != NULL)
		response_header(response, "Access-Control-Allow-Headers", headers);
	response_header(response, "Access-Control-Allow-Methods",
		request_header(request, "Access-Control-Request-Method"));
	response_header(response, "Access-Control-Allow-Origin", request_header(request, "Origin"));
}

static bool is_preflight(const struct request *request)
{
	return strcmp(request->method, "OPTIONS") == 0 &&
	       request_header(request, "Origin") != NULL &&
	       request_header(request, "Access-Control-Request-Method") != NULL;
}

/* ?error=NNN makes the real server answer so, on any address of the API. */
static int asked_error(const struct request *request)
{
	const char *value = request_query(request, "error");
	int status = value != NULL ? atoi(value) : 0;

	return status >= 400 && status <= 599 ? status : 0;
}

static void add_common_headers(struct call *call)
{
	struct response *response = call->response;
	char costs[32];

	if (request_header(call->request, "Origin") != NULL && !is_preflight(call->request)) {
		response_header(response, "Access-Control-Allow-Credentials", "true");
		response_header(response, "Access-Control-Allow-Origin",
			request_header(call->request, "Origin"));
	}
	response_header(response, "Vary", is_preflight(call->request) ? "Origin" : "Auth-State");
	for (size_t i = 0; response->vary_content && i < VIEW_VARY_COUNT; i++)
		response_header(response, "Vary", VIEW_VARY[i]);
	if (*response->app_id != '\0')
		response_header(response, "X-AppId", response->app_id);
	if (response->costs > 0) {
		snprintf(costs, sizeof(costs), "%g", response->costs);
		response_header(response, "X-Costs", costs);
	}
}

static void handle_api(struct call *call, const struct buf *allowed)
{
	int error = asked_error(call->request);

	if (is_preflight(call->request))
		answer_preflight(call);
	else if (error != 0)
		answer_error(call, error, "");
	else if (call->route == NULL)
		answer_no_route(call, allowed);
	else
		run_route(call);
	add_common_headers(call);
}

static void make_trace(char ret[64])
{
	char trace[33];
	char span[17];

	guid_hex(trace, sizeof(trace));
	guid_hex(span, sizeof(span));
	snprintf(ret, 64, "00-%s-%s-00", trace, span);
}

static void count_request(struct call *call)
{
	char label[256];

	snprintf(label, sizeof(label), "%s %s",
		call->response->session != NULL ? "WS" : call->request->method,
		call->route != NULL ? call->route->pattern : "(no route)");
	stats_add_request(call->server->stats, label, call->request, call->response);
}

void server_handle(struct server *server, const struct request *request, struct response *response)
{
	struct call call = { .server = server, .request = request, .response = response };
	struct buf allowed = { 0 };
	bool is_control;

	make_trace(call.trace);
	call.route = route_find(request, call.params, &allowed);
	is_control = request->segment_count > 0 && strcmp(request->segments[0], "_emulator") == 0;
	if (!is_control)
		stats_begin_request(server->stats);
	if (is_control && call.route != NULL)
		call.route->handle(&call);
	else if (is_control)
		answer_no_route(&call, &allowed);
	else if (misbehave(&call) == MISBEHAVE_NOT) {
		if (request->segment_count > 0 && strcmp(request->segments[0], "api") == 0)
			handle_api(&call, &allowed);
		else if (call.route != NULL)
			run_route(&call);
		else
			answer_no_route(&call, &allowed);
	}
	if (!is_control)
		count_request(&call);
	json_object_put(call.body);
	buf_release(&allowed);
}
