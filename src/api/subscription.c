#include "api/subscription.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/event.h"
#include "api/fields.h"
#include "api/status.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "base/log.h"
#include "net/token.h"
#include "net/transport.h"
#include "net/url.h"
#include "net/websocket.h"

#define PROTOCOL "graphql-transport-ws"

/* What is asked for of a change is some hundred bytes; its id may have 255 characters. */
#define MESSAGE_MAX ((size_t)256 << 10)

/* Kestrel takes request lines of 8 KB, proxies more; a token is some 1 to 4 KB. */
#define QUERY_MAX ((size_t)64 << 10)
#define URL_MAX ((size_t)8 << 10)

struct subscription {
	struct subscription_conf conf; /* its texts are borrowed */
	char *url;                     /* of the endpoint */
	struct websocket *ws;
	const char *const *names; /* borrowed */
	size_t n_names;
	bool *is_lost;     /* by place among the names */
	size_t n_left;     /* that are not lost */
	bool is_ready;     /* has been told */
	uint64_t ready_ms; /* is told then, if there is no pong */
	struct buf message;
};

static int make_url(struct subscription *sub, struct error *err)
{
	struct buf url;
	int ret;

	buf_init(&url, URL_MAX);
	ret = buf_addf(&url, "%s/api/content/", sub->conf.url);
	if (ret == 0)
		ret = url_add_encoded(&url, sub->conf.app);
	if (ret == 0)
		ret = buf_add_str(&url, "/graphql");
	if (ret < 0) {
		buf_release(&url);
		return error_set(err, -ret, "the address for subscriptions: %s", error_name(-ret));
	}
	sub->url = url.data;
	return 0;
}

int subscription_new(const struct subscription_conf *conf, struct subscription **ret_subscription,
	struct error *err)
{
	const struct websocket_conf ws_conf = {
		.ping_ms = conf->ping_ms,
		.pong_ms = conf->pong_ms,
		.max_message = MESSAGE_MAX,
	};
	struct subscription *sub = calloc(1, sizeof(*sub));
	int ret;

	if (!sub)
		return error_set(err, ENOMEM, "out of memory");
	sub->conf = *conf;
	buf_init(&sub->message, MESSAGE_MAX);
	ret = make_url(sub, err);
	if (ret == 0)
		ret = websocket_new(&ws_conf, conf->http, conf->clock, &sub->ws, err);
	if (ret < 0) {
		subscription_free(sub);
		return ret;
	}
	*ret_subscription = sub;
	return 0;
}

void subscription_free(struct subscription *sub)
{
	if (!sub)
		return;
	websocket_free(sub->ws);
	buf_release(&sub->message);
	free(sub->is_lost);
	free(sub->url);
	free(sub);
}

void subscription_close(struct subscription *sub)
{
	websocket_close(sub->ws);
}

void subscription_stop(struct subscription *sub)
{
	websocket_stop(sub->ws);
}

bool subscription_is_refusal(int ret)
{
	return ret == -EACCES || ret == -ENOENT || ret == -EINVAL || ret == -EOPNOTSUPP;
}

/* Room for all of it at once: a buffer that grows leaves copies behind. */
static int add_query(struct buf *query, const char *token)
{
	static const char key[] = "access_token=";
	int ret = buf_addf(query, "%*s", (int)(sizeof(key) + 3 * strlen(token)), "");

	if (ret < 0)
		return ret;
	buf_clear(query);
	ret = buf_add_str(query, key);
	return ret < 0 ? ret : url_add_encoded(query, token);
}

/* What an answer means that is not the one that was hoped for. */
static int fail_status(int status, struct error *err)
{
	struct http_response res;
	int ret;

	http_response_init(&res);
	res.status = status;
	ret = status_check(&res, STATUS_READ, "subscriptions", err);
	http_response_release(&res);
	if (ret < 0)
		return ret;
	return error_set_http(err, EOPNOTSUPP, status, NULL,
		"subscriptions: the server does not offer WebSockets");
}

static int connect_with(struct subscription *sub, const struct call *call,
	const struct token *token, int *ret_status, struct error *err)
{
	struct websocket_request req = {
		.url = sub->url, .protocol = PROTOCOL, .kind = "subscription"
	};
	struct buf query;
	int ret;

	buf_init(&query, QUERY_MAX);
	ret = add_query(&query, token_text(token));
	if (ret < 0) {
		ret = error_set(err, -ret, "subscriptions: the token does not fit an address");
	} else {
		req.query = query.data;
		ret = websocket_connect(sub->ws, call, &req, ret_status, err);
	}
	buf_wipe(&query);
	log_trace("net", "websocket: %s: %s, status %d", sub->url,
		ret < 0 ? error_name(-ret) : "ok", ret < 0 ? 0 : *ret_status);
	return ret;
}

/* A refused token is renewed, once. */
static int connect_socket(struct subscription *sub, const struct call *call, struct error *err)
{
	for (int n_tries = 0;; n_tries++) {
		struct token *token;
		int status = 0;
		int ret = token_acquire(sub->conf.tokens, call, &token, err);

		if (ret < 0)
			return ret;
		ret = connect_with(sub, call, token, &status, err);
		if (ret == 0 && status == 401)
			token_reject(sub->conf.tokens, token);
		else if (ret == 0 && status == 101)
			token_approve(sub->conf.tokens, token);
		token_unref(token);
		if (ret < 0 || status == 101)
			return ret;
		if (status != 401 || n_tries > 0)
			return fail_status(status, err);
	}
}

static int say(
	struct subscription *sub, const struct call *call, const char *text, struct error *err)
{
	return websocket_send(sub->ws, call, text, strlen(text), err);
}

static int subscribe(
	struct subscription *sub, const struct call *call, size_t place, struct error *err)
{
	struct buf text;
	int ret;

	buf_init(&text, MESSAGE_MAX);
	ret = buf_addf(&text,
		"{\"id\":\"%zu\",\"type\":\"subscribe\",\"payload\":{\"query\":"
		"\"subscription{contentChanges(schemaName:\\\"%s\\\")"
		"{type id version lastModified status newStatus}}\"}}",
		place + 1, sub->names[place]);
	if (ret < 0)
		ret = error_set(err, -ret, "subscriptions: out of memory");
	else
		ret = say(sub, call, text.data, err);
	buf_release(&text);
	return ret;
}

/* The next message; 1, 0: none in time. Pings are answered. */
static int hear(struct subscription *sub, uint64_t until_ms, struct event_message *ret_message,
	struct error *err)
{
	for (;;) {
		struct call call;
		int ret = websocket_receive(sub->ws, until_ms, &sub->message, err);

		if (ret <= 0)
			return ret;
		ret = event_parse(buf_str(&sub->message), sub->message.len, ret_message, err);
		if (ret < 0)
			return ret;
		if (ret_message->kind != EVENT_PING)
			return 1;
		event_message_release(ret_message);
		call = call_begin(sub->conf.clock, sub->conf.pong_ms);
		ret = say(sub, &call, "{\"type\":\"pong\"}", err);
		if (ret < 0)
			return ret;
	}
}

static int await_ack(struct subscription *sub, const struct call *call, struct error *err)
{
	struct event_message message;
	bool is_acknowledged = false;
	int ret;

	event_message_init(&message);
	do {
		ret = hear(sub, call->deadline_ms, &message, err);
		is_acknowledged = ret == 1 && message.kind == EVENT_ACK;
	} while (ret == 1 && !is_acknowledged);
	event_message_release(&message);
	if (ret == 0)
		return error_set(err, ETIMEDOUT, "subscriptions: no answer from the server");
	return ret < 0 ? ret : 0;
}

static int prepare(
	struct subscription *sub, const char *const *names, size_t n_names, struct error *err)
{
	free(sub->is_lost);
	sub->is_lost = calloc(n_names + 1, sizeof(sub->is_lost[0]));
	if (!sub->is_lost)
		return error_set(err, ENOMEM, "out of memory");
	sub->names = names;
	sub->n_names = n_names;
	sub->n_left = n_names;
	sub->is_ready = false;
	return 0;
}

int subscription_open(struct subscription *sub, const struct call *call, const char *const *names,
	size_t n_names, struct error *err)
{
	int ret = prepare(sub, names, n_names, err);

	if (ret == 0)
		ret = connect_socket(sub, call, err);
	if (ret == 0)
		ret = say(sub, call, "{\"type\":\"connection_init\",\"payload\":{}}", err);
	if (ret == 0)
		ret = await_ack(sub, call, err);
	for (size_t i = 0; ret == 0 && i < n_names; i++)
		ret = subscribe(sub, call, i, err);
	if (ret == 0)
		ret = say(sub, call, "{\"type\":\"ping\"}", err);
	if (ret < 0)
		subscription_close(sub);
	sub->ready_ms = clock_now_ms(sub->conf.clock) + sub->conf.ready_ms;
	return ret;
}

static int tell_ready(struct subscription *sub, struct subscription_event *event)
{
	sub->is_ready = true;
	event->kind = SUBSCRIPTION_READY;
	return 1;
}

/* 1: an event; 0: nothing to tell of. */
static int lose(struct subscription *sub, size_t place, const char *why,
	struct subscription_event *event, struct error *err)
{
	if (sub->is_lost[place])
		return 0;
	sub->is_lost[place] = true;
	sub->n_left--;
	if (sub->n_left == 0)
		return error_set(err, EACCES, "subscriptions: the server refuses them%s%s",
			*why ? ": " : "", why);
	event->kind = SUBSCRIPTION_LOST;
	event->schema = place;
	return 1;
}

static int take(struct subscription *sub, struct event_message *message,
	struct subscription_event *event, struct error *err)
{
	bool is_ours = message->number >= 1 && message->number <= sub->n_names;

	switch (message->kind) {
	case EVENT_PONG:
		return sub->is_ready ? 0 : tell_ready(sub, event);
	case EVENT_ENDED:
		return is_ours ? lose(sub, message->number - 1, message->why, event, err) : 0;
	case EVENT_NEXT:
		if (!is_ours || sub->is_lost[message->number - 1])
			return 0;
		event_message_move(message, event);
		event->kind = SUBSCRIPTION_CHANGE;
		event->schema = message->number - 1;
		return 1;
	case EVENT_ACK:
	case EVENT_PING:
	case EVENT_OTHER:
		break;
	}
	return 0;
}

int subscription_next(struct subscription *sub, uint64_t until_ms,
	struct subscription_event *ret_event, struct error *err)
{
	struct event_message message;
	int ret = 0;

	event_message_init(&message);
	subscription_event_release(ret_event);
	while (ret == 0) {
		uint64_t end_ms = until_ms;

		if (!sub->is_ready && sub->ready_ms < end_ms)
			end_ms = sub->ready_ms;
		ret = hear(sub, end_ms, &message, err);
		if (ret == 1)
			ret = take(sub, &message, ret_event, err);
		else if (ret == 0 && !sub->is_ready && end_ms == sub->ready_ms)
			ret = tell_ready(sub, ret_event);
		else if (ret == 0)
			break;
	}
	event_message_release(&message);
	return ret;
}
