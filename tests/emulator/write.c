#include "change.h"
#include "clock.h"
#include "convert.h"
#include "guid.h"
#include "handlers.h"
#include "render.h"
#include "route.h"

#include <stdlib.h>
#include <string.h>

typedef int change_function(
	const struct change *change, struct change_result *ret, struct failure *failure);

/* "4" or W/"4"; whatever is not quoted is ignored, as by the server. */
static long expected_version(const struct request *request)
{
	const char *text = request_header(request, "If-Match");
	char *rest;
	long version;

	if (text == NULL)
		return ANY_VERSION;
	if (strncmp(text, "W/", 2) == 0)
		text += 2;
	if (*text != '"')
		return ANY_VERSION;
	version = strtol(text + 1, &rest, 10);
	if (rest == text + 1 || strcmp(rest, "\"") != 0)
		return ANY_VERSION;
	return version;
}

static void begin_change(struct call *call, struct change *change, const char *id)
{
	*change = (struct change){ .schema = call->schema,
		.id = id,
		.actor = call->client != NULL ? call->client->actor
					      : app_client(call->app, "default")->actor,
		.now = clock_now(),
		.expected = expected_version(call->request) };
	if (call->request->body.length > 0 && json_object_is_type(call->body, json_type_object))
		change->data = call->body;
}

/* The status that a create or an upsert is to end with. */
static const char *asked_status(const struct request *request)
{
	if (request_query(request, "status") != NULL)
		return request_query(request, "status");
	return request_query_true(request, "publish") ? STATUS_PUBLISHED : NULL;
}

static unsigned asked_flags(const struct request *request)
{
	static const struct {
		const char *name;
		unsigned flag;
	} options[] = { { "patch", CHANGE_PATCH }, { "checkReferrers", CHANGE_CHECK_REFERRERS },
		{ "permanent", CHANGE_PERMANENT }, { "enrichDefaults", CHANGE_ENRICH },
		{ "enrichRequiredFields", CHANGE_ENRICH_REQUIRED } };
	unsigned flags = 0;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (request_query_true(request, options[i].name))
			flags |= options[i].flag;
	}
	return flags;
}

static void answer_refusal(struct call *call, struct failure *failure)
{
	if (failure->status != 404) {
		answer_failure(call, failure);
		return;
	}
	failure_release(failure);
	answer_problem(call);
}

/* The item as the write left it. */
static void answer_item(struct call *call, const struct change_result *result, int status)
{
	struct item *item = result->item;
	struct render_source source = { .item = item,
		.state = &item->now,
		.version = result->version,
		.scope = SCOPE_ALL,
		.order = ORDER_AS_WRITTEN };
	struct view view;

	view_init(&view, call->request, call->app);
	render_state(&call->response->body, call, &view, &source);
	view_release(&view);
	response_etag_version(call->response, result->version);
	call->response->vary_content = true;
	answer_body(call, status);
}

static void run_change(struct call *call, const struct change *change, change_function *function)
{
	struct change_result result;
	struct failure failure = { 0 };

	if (function(change, &result, &failure))
		answer_refusal(call, &failure);
	else
		answer_item(call, &result, 200);
}

void handle_create(struct call *call)
{
	const char *id = request_query(call->request, "id");
	struct change_result result;
	struct failure failure = { 0 };
	struct change change;
	struct buf location = { 0 };
	char fresh[GUID_SIZE];

	guid_new(fresh);
	begin_change(call, &change, id != NULL && *id != '\0' ? id : fresh);
	change.status = asked_status(call->request);
	if (call->schema->is_singleton) {
		answer_error(call, 400, "Singleton content cannot be created.");
		return;
	}
	if (change_create(&change, &result, &failure)) {
		answer_failure(call, &failure);
		return;
	}
	buf_printf(&location, "%s/api/content/%s/%s/", call->server->base_url, call->app->name,
		call->schema->name);
	buf_url(&location, change.id);
	response_header(call->response, "Location", location.bytes);
	buf_release(&location);
	answer_item(call, &result, 201);
}

void handle_upsert(struct call *call)
{
	struct change change;

	begin_change(call, &change, answer_item_id(call));
	change.status = asked_status(call->request);
	change.flags = asked_flags(call->request) & (CHANGE_PATCH | CHANGE_ENRICH);
	run_change(call, &change, change_upsert);
}

void handle_update(struct call *call)
{
	struct change change;

	begin_change(call, &change, answer_item_id(call));
	change.flags = asked_flags(call->request) & CHANGE_ENRICH;
	run_change(call, &change, change_update);
}

void handle_patch(struct call *call)
{
	struct change change;

	begin_change(call, &change, answer_item_id(call));
	change.flags = CHANGE_PATCH;
	run_change(call, &change, change_update);
}

void handle_defaults(struct call *call)
{
	struct change change;

	begin_change(call, &change, answer_item_id(call));
	change.flags = asked_flags(call->request) & CHANGE_ENRICH_REQUIRED;
	run_change(call, &change, change_defaults);
}

void handle_status(struct call *call)
{
	struct change change;
	struct failure failure = { 0 };
	const char *due = json_text(call->body, "dueTime");

	begin_change(call, &change, answer_item_id(call));
	change.data = NULL;
	change.status = json_text(call->body, "status");
	if (*change.status == '\0') {
		failure_invalid(&failure, "status: Status is required.");
		answer_failure(call, &failure);
		return;
	}
	if (*due != '\0')
		change.due = clock_parse(due);
	if (json_flag(call->body, "checkReferrers"))
		change.flags |= CHANGE_CHECK_REFERRERS;
	run_change(call, &change, change_status);
}

void handle_status_cancel(struct call *call)
{
	struct change change;

	begin_change(call, &change, answer_item_id(call));
	run_change(call, &change, change_cancel_schedule);
}

void handle_draft_create(struct call *call)
{
	struct change change;

	begin_change(call, &change, answer_item_id(call));
	run_change(call, &change, change_create_draft);
}

void handle_draft_delete(struct call *call)
{
	struct change change;

	begin_change(call, &change, answer_item_id(call));
	run_change(call, &change, change_delete_draft);
}

void handle_delete(struct call *call)
{
	struct change change;
	struct change_result result;
	struct failure failure = { 0 };

	begin_change(call, &change, answer_item_id(call));
	change.flags = asked_flags(call->request) & (CHANGE_CHECK_REFERRERS | CHANGE_PERMANENT);
	if (change_delete(&change, &result, &failure)) {
		answer_refusal(call, &failure);
		return;
	}
	call->response->status = 204;
	response_etag_version(call->response, result.version);
}
