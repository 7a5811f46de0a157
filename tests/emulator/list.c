#include "access.h"
#include "change.h"
#include "clock.h"
#include "convert.h"
#include "handlers.h"
#include "render.h"
#include "route.h"
#include "select.h"

#include <stdlib.h>
#include <string.h>

static void read_input(const struct call *call, struct query_input *in)
{
	const struct request *request = call->request;
	const char *mark = strchr(request->target, '?');

	*in = (struct query_input){ .filter = request_query(request, "$filter"),
		.orderby = request_query(request, "$orderby"),
		.search = request_query(request, "$search"),
		.top = request_query(request, "$top"),
		.skip = request_query(request, "$skip"),
		.random = request_query(request, "$random"),
		.q = request_query(request, "q"),
		.ids = request_query(request, "ids"),
		.query_string = mark != NULL ? mark + 1 : "" };
}

/* Answers and returns NULL if the query is not a good one. */
static struct query *parse_query(
	struct call *call, struct schema *schema, const struct query_input *in)
{
	struct json_object *details = NULL;
	struct query *query = NULL;
	struct failure failure = { 0 };
	char *message = NULL;
	int status = query_parse(schema != NULL ? schema->json : NULL, call->app->languages, in,
		&query, &message, &details);

	if (status == 0)
		return query;
	failure_set(&failure, status, NULL, "%s", message != NULL ? message : "");
	failure.details = details;
	free(message);
	answer_failure(call, &failure);
	return NULL;
}

static void add_list_links(struct call *call, const struct schema *schema)
{
	struct buf *out = &call->response->body;
	struct buf href = { 0 };

	buf_printf(&href, "/api/content/%s/%s", call->app->name, schema->name);
	render_link(out, "self", "GET", href.bytes);
	if (role_may(call->role, "contents.create")) {
		render_link(out, "create", "POST", href.bytes);
		buf_puts(&href, "?publish=True");
		render_link(out, "create/publish", "POST", href.bytes);
	}
	buf_release(&href);
}

static void add_items(struct call *call, const struct view *view, const struct selection *selection)
{
	struct buf *out = &call->response->body;

	buf_printf(out, "{\"total\":%ld,\"items\":[", selection->total);
	for (size_t i = 0; i < selection->count; i++) {
		if (i > 0)
			buf_puts(out, ",");
		render_item(out, call, view, selection->items[i]);
	}
	buf_puts(out, "],\"statuses\":[");
}

/* The list of one schema, or of any (NULL), which has no statuses and no links. */
static void answer_list(struct call *call, const struct view *view, struct schema *schema,
	const struct selection *selection)
{
	struct buf *out = &call->response->body;
	char tag[65];

	add_items(call, view, selection);
	if (schema != NULL)
		render_statuses(out);
	buf_puts(out, "],\"_links\":{");
	if (schema != NULL)
		add_list_links(call, schema);
	buf_puts(out, "}}");
	render_etag(view, selection->items, selection->count, NULL, tag);
	if (*tag != '\0')
		response_etag(call->response, tag);
	call->response->vary_content = true;
	answer_body(call, 200);
}

static void run_query(
	struct call *call, const struct select_source *source, const struct query_input *in)
{
	struct query *query = parse_query(call, source->schema, in);
	struct selection selection;
	struct view view;

	if (query == NULL)
		return;
	view_init(&view, call->request, call->app);
	select_items(&selection, source, query, &view);
	answer_list(call, &view, source->schema, &selection);
	/* Without a hit in the text index the server never gets to the items. */
	if (query_has_full_text(query) && selection.total == 0) {
		pair_list_release(&call->response->headers);
		call->response->vary_content = false;
	}
	select_release(&selection);
	view_release(&view);
	query_free(query);
}

void handle_list(struct call *call)
{
	struct select_source source = { .app = call->app, .schema = call->schema };
	struct query_input in;

	read_input(call, &in);
	run_query(call, &source, &in);
}

void handle_query(struct call *call)
{
	struct select_source source = { .app = call->app, .schema = call->schema };
	struct query_input in = { .body = call->body, .query_string = "" };

	run_query(call, &source, &in);
}

static bool refers_to(const void *payload, const struct item *item)
{
	return change_is_referred_to(payload, item);
}

/* What an unknown item refers to or is referred to by: nothing. */
static void answer_nothing(struct call *call)
{
	struct selection nothing = { 0 };
	struct view view;

	view_init(&view, call->request, call->app);
	answer_list(call, &view, NULL, &nothing);
	view_release(&view);
}

static void answer_referencing(struct call *call, const char *id, const struct query_input *in)
{
	const struct item *item = app_item(call->app, id);
	struct select_source source = { .app = call->app, .keep = refers_to, .payload = item };

	if (item == NULL)
		answer_nothing(call);
	else
		run_query(call, &source, in);
}

static bool is_referred_by(const void *payload, const struct item *item)
{
	const struct item *by = payload;

	for (size_t i = 0; i < by->ref_count; i++) {
		if (by->refs[i] == item->name)
			return true;
	}
	return false;
}

static void answer_references(struct call *call, const char *id, const struct query_input *in)
{
	const struct item *item = app_item(call->app, id);
	struct select_source source = { .app = call->app, .keep = is_referred_by, .payload = item };

	if (item == NULL)
		answer_nothing(call);
	else
		run_query(call, &source, in);
}

void handle_references(struct call *call)
{
	struct query_input in;

	read_input(call, &in);
	answer_references(call, answer_item_id(call), &in);
}

void handle_referencing(struct call *call)
{
	struct query_input in;

	read_input(call, &in);
	answer_referencing(call, answer_item_id(call), &in);
}

struct span {
	long long from;
	long long to;
};

static bool is_scheduled(const void *payload, const struct item *item)
{
	const struct span *span = payload;
	const struct schedule *schedule = item->now.schedule;

	return schedule != NULL && schedule->due >= span->from && schedule->due <= span->to;
}

/* A parameter of a GET, or a member of the body of a POST. */
static const char *list_option(const struct call *call, const char *name)
{
	const char *value = request_query(call->request, name);

	if (value == NULL)
		value = json_text(call->body, name);
	return value != NULL && *value != '\0' ? value : NULL;
}

void handle_list_all(struct call *call)
{
	/* OData options are not read here (only q is), nor is "ids" with others. */
	struct query_input in = { .q = request_query(call->request, "q"),
		.ids = request_query(call->request, "ids"),
		.body = call->body,
		.query_string = "" };
	struct span span = { -1, -1 };
	struct select_source source = { .app = call->app };
	const char *from = list_option(call, "scheduledFrom");
	const char *to = list_option(call, "scheduledTo");
	struct failure failure = { 0 };

	if (from != NULL && to != NULL) {
		span = (struct span){ clock_parse(from), clock_parse(to) };
		source.keep = is_scheduled;
		source.payload = &span;
		run_query(call, &source, &in);
	} else if (list_option(call, "references") != NULL) {
		answer_references(call, list_option(call, "references"), &in);
	} else if (list_option(call, "referencing") != NULL) {
		answer_referencing(call, list_option(call, "referencing"), &in);
	} else if (in.ids != NULL || json_object_object_get(call->body, "ids") != NULL) {
		run_query(call, &source, &in);
	} else {
		failure_invalid(&failure, "Either Ids or Schedule range must be defined.");
		answer_failure(call, &failure);
	}
}
