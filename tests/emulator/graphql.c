#include "arena.h"
#include "graphql_check.h"
#include "graphql_parse.h"
#include "graphql_run.h"
#include "handlers.h"
#include "render.h"
#include "route.h"
#include "upgrade.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One question, and what was found out about it. */
struct question {
	const char *query;
	const char *operation; /* the name of the one to run, or NULL */
	struct json_object *variables;
};

/* When each part of the work began, for the "tracing" of an answer. */
struct trace {
	struct timespec start;
	long long parsed; /* nanoseconds after the start; 0: not come to */
	long long checked;
};

static long long elapsed_ns(const struct trace *trace)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec - trace->start.tv_sec) * 1000000000LL + now.tv_nsec -
	       trace->start.tv_nsec;
}

/* With tenths of microseconds. */
static void add_instant(struct buf *out, const char *name, long long ns)
{
	buf_printf(out, ",\"%s\":\"", name);
	buf_time(out, ns / 1000000000);
	out->length--;
	buf_printf(out, ".%07lldZ\"", ns % 1000000000 / 100);
}

static void add_tracing(struct buf *out, const struct trace *trace)
{
	long long start = trace->start.tv_sec * 1000000000LL + trace->start.tv_nsec;
	long long end = elapsed_ns(trace);
	long long checking = trace->checked > 0 ? trace->checked - trace->parsed : 0;

	buf_puts(out, ",\"extensions\":{\"tracing\":{\"version\":1");
	add_instant(out, "startTime", start);
	add_instant(out, "endTime", start + end);
	buf_printf(out,
		",\"duration\":%lld,\"parsing\":{\"startOffset\":0,\"duration\":%lld},"
		"\"validation\":{\"startOffset\":%lld,\"duration\":%lld},"
		"\"execution\":{\"resolvers\":[]}}}",
		end, trace->parsed, checking > 0 ? trace->parsed : 0, checking);
}

/* The operation of that name, or the only one. */
static struct graphql_operation *choose(struct graphql_operation *operations,
	const struct question *question, struct graphql_errors *errors)
{
	const struct graphql_error error = { .code = "INVALID_OPERATION" };
	const char *name = question->operation;
	struct graphql_operation *operation = operations;

	if (name == NULL && operations->next != NULL) {
		graphql_error_add(errors, &error,
			"Document contains more than one operation, but the operation name was "
			"not specified.");
		return NULL;
	}
	while (name != NULL && operation != NULL &&
		(operation->name == NULL || strcmp(operation->name, name) != 0))
		operation = operation->next;
	if (operation == NULL)
		graphql_error_add(
			errors, &error, "Document does not contain an operation named '%s'.", name);
	return operation;
}

/* The operation, ready to be run, or NULL and errors. */
static const struct graphql_operation *prepare(const struct call *call,
	const struct question *question, struct arena *arena, struct trace *trace,
	struct graphql_errors *errors)
{
	struct graphql_operation *operation = graphql_parse(arena, errors);

	trace->parsed = elapsed_ns(trace);
	if (operation == NULL)
		return NULL;
	operation = choose(operation, question, errors);
	if (operation == NULL)
		return NULL;
	if (strcmp(operation->type, "query") == 0) {
		graphql_check(
			operation, graphql_types(arena, call->app), question->variables, errors);
	} else {
		const struct graphql_error error = { .at = operation->at,
			.code = "INVALID_OPERATION" };

		graphql_error_add(errors, &error, "The emulator has no GraphQL %ss over HTTP.",
			operation->type);
	}
	trace->checked = elapsed_ns(trace);
	return errors->count == 0 ? operation : NULL;
}

static void answer_question(const struct call *call, const struct view *view,
	const struct question *question, struct graphql_shown *shown)
{
	struct buf *out = &call->response->body;
	struct graphql_errors errors = { .source = question->query };
	const struct graphql_operation *operation;
	struct arena arena = { 0 };
	struct trace trace = { 0 };
	struct buf data = { 0 };

	clock_gettime(CLOCK_REALTIME, &trace.start);
	operation = prepare(call, question, &arena, &trace, &errors);
	if (operation != NULL)
		graphql_run(&data, call, view, operation, shown, &errors);
	buf_puts(out, "{");
	if (errors.count > 0) {
		buf_puts(out, "\"errors\":[");
		buf_add(out, errors.list.bytes, errors.list.length);
		buf_puts(out, data.length > 0 ? "]," : "]");
	}
	if (data.length > 0) {
		buf_puts(out, "\"data\":");
		buf_add(out, data.bytes, data.length);
	}
	add_tracing(out, &trace);
	buf_puts(out, "}");
	buf_release(&data);
	graphql_errors_release(&errors);
	arena_release(&arena);
}

static const char *text_or_null(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) ||
		!json_object_is_type(value, json_type_string) ||
		json_object_get_string_len(value) == 0)
		return NULL;
	return json_object_get_string(value);
}

static void answer_one(const struct call *call, const struct view *view,
	const struct question *question, struct graphql_shown *shown)
{
	struct graphql_errors errors = { 0 };
	const struct graphql_error missing = { .code = "QUERY_MISSING" };

	if (question->query != NULL) {
		answer_question(call, view, question, shown);
		return;
	}
	graphql_error_add(&errors, &missing, "GraphQL query is missing.");
	buf_printf(&call->response->body, "{\"errors\":[%s]}", errors.list.bytes);
	graphql_errors_release(&errors);
}

static void answer_json_question(const struct call *call, const struct view *view,
	struct json_object *json, struct graphql_shown *shown)
{
	struct question question = { .query = text_or_null(json, "query"),
		.operation = text_or_null(json, "operationName") };

	json_object_object_get_ex(json, "variables", &question.variables);
	answer_one(call, view, &question, shown);
}

/* A GET has its parts as parameters, the variables as JSON. */
static void answer_parameters(
	const struct call *call, const struct view *view, struct graphql_shown *shown)
{
	const char *query = request_query(call->request, "query");
	const char *variables = request_query(call->request, "variables");
	struct question question = { .query = query != NULL && *query != '\0' ? query : NULL,
		.operation = request_query(call->request, "operationName") };

	if (variables != NULL)
		question.variables = json_tokener_parse(variables);
	answer_one(call, view, &question, shown);
	json_object_put(question.variables);
}

static void finish(struct call *call, const struct view *view, const struct graphql_shown *shown)
{
	char tag[65];

	render_etag(view, shown->items, shown->count, shown->versions, tag);
	if (shown->looked && *tag != '\0')
		response_etag(call->response, tag);
	call->response->vary_content = shown->looked;
	answer_body(call, 200);
	call->response->content_type = "application/json";
}

void handle_graphql(struct call *call)
{
	struct graphql_shown shown = { 0 };
	struct view view;

	if (upgrade_is_asked(call->request)) {
		upgrade_answer(call);
		return;
	}
	view_init(&view, call->request, call->app);
	if (strcmp(call->route->method, "GET") == 0)
		answer_parameters(call, &view, &shown);
	else
		answer_json_question(call, &view, call->body, &shown);
	finish(call, &view, &shown);
	graphql_shown_release(&shown);
	view_release(&view);
}

void handle_graphql_batch(struct call *call)
{
	struct buf *out = &call->response->body;
	struct graphql_shown shown = { 0 };
	size_t count = 0;
	struct view view;

	if (json_object_is_type(call->body, json_type_array))
		count = json_object_array_length(call->body);
	view_init(&view, call->request, call->app);
	buf_puts(out, "[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_puts(out, ",");
		answer_json_question(call, &view, json_object_array_get_idx(call->body, i), &shown);
	}
	buf_puts(out, "]");
	finish(call, &view, &shown);
	graphql_shown_release(&shown);
	view_release(&view);
}
