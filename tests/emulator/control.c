#include "body.h"
#include "fault.h"
#include "handlers.h"
#include "stats.h"
#include "token.h"

#include <stdlib.h>

static void answer_done(struct call *call)
{
	buf_puts(&call->response->body, "{}");
	answer_body(call, 200);
}

static void answer_bad_request(struct call *call, char *sentence)
{
	buf_puts(&call->response->body, "{\"message\":");
	buf_json_string(&call->response->body, sentence, JSON_RELAXED);
	buf_puts(&call->response->body, "}");
	answer_body(call, 400);
	free(sentence);
}

void handle_faults_add(struct call *call)
{
	const struct buf *body = &call->request->body;
	struct json_object *rules = NULL;
	char *sentence;

	if (body_parse(body->length > 0 ? body->bytes : "", body->length, BODY_ANY, &rules,
		    &sentence) ||
		fault_add(call->server->faults, rules, &sentence))
		answer_bad_request(call, sentence);
	else
		answer_done(call);
	json_object_put(rules);
}

void handle_faults_clear(struct call *call)
{
	fault_clear(call->server->faults);
	answer_done(call);
}

void handle_tokens_revoke(struct call *call)
{
	token_revoke_all(call->server->tokens);
	answer_done(call);
}

void handle_stats(struct call *call)
{
	stats_write(call->server->stats, token_count(call->server->tokens), &call->response->body);
	answer_body(call, 200);
}

void handle_stats_clear(struct call *call)
{
	stats_clear(call->server->stats);
	token_forget_count(call->server->tokens);
	answer_done(call);
}

void handle_log(struct call *call)
{
	stats_write_log(call->server->stats, &call->response->body);
	answer_body(call, 200);
}

void handle_reset(struct call *call)
{
	if (server_reset(call->server))
		answer_error(call, 500, "The data directory cannot be read; see stderr.");
	else
		answer_done(call);
}
