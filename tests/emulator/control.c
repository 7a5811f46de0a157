#include "alloc.h"
#include "body.h"
#include "clock.h"
#include "fault.h"
#include "feed.h"
#include "handlers.h"
#include "stats.h"
#include "token.h"

#include <stdlib.h>
#include <string.h>

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

/* On failure: -1 and a sentence in *ret_problem, which the caller frees. */
static int read_body(const struct call *call, struct json_object **ret, char **ret_problem)
{
	const struct buf *body = &call->request->body;

	return body_parse(
		body->length > 0 ? body->bytes : "", body->length, BODY_ANY, ret, ret_problem);
}

void handle_faults_add(struct call *call)
{
	struct json_object *rules = NULL;
	char *sentence;

	if (read_body(call, &rules, &sentence) || fault_add(call->server->faults, rules, &sentence))
		answer_bad_request(call, sentence);
	else
		answer_done(call);
	json_object_put(rules);
}

void handle_sockets(struct call *call)
{
	struct json_object *command = NULL;
	char *sentence;

	if (read_body(call, &command, &sentence) ||
		feed_command(call->server->feed, command, &sentence))
		answer_bad_request(call, sentence);
	else
		answer_done(call);
	json_object_put(command);
}

/* {"at": seconds}, or {} for the true time. */
static char *read_clock(struct json_object *json, long long *ret_at)
{
	if (!json_object_is_type(json, json_type_object))
		return must_format("The clock must be an object.");
	json_object_object_foreach(json, key, value)
	{
		if (strcmp(key, "at") != 0 || !json_object_is_type(value, json_type_int) ||
			json_object_get_int64(value) < 0)
			return must_format(
				"A clock has \"at\", in seconds since 1970, or nothing.");
		*ret_at = json_object_get_int64(value);
	}
	return NULL;
}

void handle_clock(struct call *call)
{
	struct json_object *json = NULL;
	char *sentence = NULL;
	long long at = -1;

	if (read_body(call, &json, &sentence) == 0)
		sentence = read_clock(json, &at);
	json_object_put(json);
	if (sentence != NULL) {
		answer_bad_request(call, sentence);
		return;
	}
	clock_hold(at);
	answer_done(call);
}

void handle_faults_clear(struct call *call)
{
	fault_clear(call->server->faults);
	feed_clear(call->server->feed);
	answer_done(call);
}

void handle_tokens_revoke(struct call *call)
{
	token_revoke_all(call->server->tokens);
	answer_done(call);
}

void handle_stats(struct call *call)
{
	struct feed_counts sockets = feed_counts(call->server->feed);

	buf_puts(&call->response->body, "{");
	stats_write(call->server->stats, &call->response->body);
	buf_printf(&call->response->body,
		",\"tokens\":%zu,\"sockets\":%ld,\"socketsOpened\":%ld,\"pings\":%ld,"
		"\"events\":%ld}",
		token_count(call->server->tokens), sockets.open, sockets.opened, sockets.pings,
		sockets.events);
	answer_body(call, 200);
}

void handle_stats_clear(struct call *call)
{
	stats_clear(call->server->stats);
	token_forget_count(call->server->tokens);
	feed_forget_counts(call->server->feed);
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
