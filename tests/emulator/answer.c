#include "handlers.h"
#include "route.h"

#include <stdio.h>
#include <string.h>

void answer_body(struct call *call, int status)
{
	call->response->status = status;
	call->response->content_type = CONTENT_TYPE_JSON;
}

void answer_failure(struct call *call, struct failure *failure)
{
	response_clear(call->response);
	failure_write(failure, call->trace, &call->response->body);
	answer_body(call, failure->status);
	failure_release(failure);
}

void answer_error(struct call *call, int status, const char *message)
{
	struct failure failure = { 0 };

	failure_set(&failure, status, NULL, "%s", message);
	answer_failure(call, &failure);
}

void answer_problem(struct call *call)
{
	response_clear(call->response);
	buf_printf(&call->response->body,
		"{\"type\":\"https://tools.ietf.org/html/rfc9110#section-15.5.5\","
		"\"title\":\"Not Found\",\"status\":404,\"traceId\":\"%s\"}",
		call->trace);
	answer_body(call, 404);
	call->response->content_type = "application/problem+json; charset=utf-8";
}

void answer_json(struct call *call, struct json_object *json)
{
	buf_json(&call->response->body, json, JSON_RELAXED);
	answer_body(call, 200);
}

const char *answer_item_id(const struct call *call)
{
	const char *id = route_param(call, "id");

	if (call->schema->is_singleton && strcmp(id, "_schemaId_") == 0)
		return call->schema->id;
	return id;
}
