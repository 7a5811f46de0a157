#include "misbehave.h"

#include "fault.h"
#include "handlers.h"

#include <stdio.h>
#include <string.h>

static void add_retry_after(struct call *call, const struct fault *fault)
{
	char seconds[32];

	if (fault->retry_after < 0)
		return;
	snprintf(seconds, sizeof(seconds), "%ld", fault->retry_after);
	response_header(call->response, "Retry-After", seconds);
}

/* A body of JSON white space that ends as an empty list. */
static void answer_oversize(struct call *call, long size)
{
	char spaces[4096];

	memset(spaces, ' ', sizeof(spaces));
	buf_puts(&call->response->body, "[");
	for (long left = size - 2; left > 0; left -= (long)sizeof(spaces))
		buf_add(&call->response->body, spaces,
			left > (long)sizeof(spaces) ? sizeof(spaces) : (size_t)left);
	buf_puts(&call->response->body, "]");
	answer_body(call, 200);
}

static void answer_nested(struct call *call, long depth)
{
	for (long i = 0; i < depth; i++)
		buf_puts(&call->response->body, "[");
	for (long i = 0; i < depth; i++)
		buf_puts(&call->response->body, "]");
	answer_body(call, 200);
}

static void answer_garbage(struct call *call)
{
	static const char garbage[] = "<html><body>\xff\xfe not { JSON \"at all\x01</body>";

	buf_add(&call->response->body, garbage, sizeof(garbage) - 1);
	answer_body(call, 200);
}

/* False if the rule only mangles an answer that is made as usual. */
static bool answer_fault(struct call *call, const struct fault *fault)
{
	if (fault->hang) {
		fault_wait(call->server->faults, -1, call->request->socket);
		call->response->drop = true;
	} else if (*fault->redirect != '\0') {
		call->response->status = fault->status != 0 ? fault->status : 302;
		response_header(call->response, "Location", fault->redirect);
	} else if (fault->garbage) {
		answer_garbage(call);
	} else if (fault->oversize > 0) {
		answer_oversize(call, fault->oversize);
	} else if (fault->nested > 0) {
		answer_nested(call, fault->nested);
	} else if (fault->status != 0) {
		answer_error(call, fault->status, fault->message);
		add_retry_after(call, fault);
	} else {
		return false;
	}
	return true;
}

enum misbehave_result misbehave(struct call *call)
{
	struct fault_list *faults = call->server->faults;
	const struct request *request = call->request;
	struct fault fault;

	fault_wait(faults, call->server->conf.latency_ms, request->socket);
	if (!fault_take(faults, request->method, request->path, &fault))
		return MISBEHAVE_NOT;
	fault_wait(faults, fault.delay_ms, request->socket);
	call->response->mangle.close_after = fault.close_after;
	call->response->mangle.trickle_ms = fault.trickle_ms;
	return answer_fault(call, &fault) ? MISBEHAVE_DONE : MISBEHAVE_NOT;
}
