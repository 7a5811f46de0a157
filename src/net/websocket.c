#include "net/websocket.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "net/http.h"
#include "net/upgrade.h"
#include "net/url.h"
#include "net/websocket_handshake.h"
#include "net/wire.h"

/* A message that has come and was not yet asked for. */
struct message {
	struct message *next;
	size_t len;
	char text[];
};

struct websocket {
	struct websocket_conf conf;
	struct http *http; /* borrowed, as the clock */
	const struct clock *clock;
	struct wire *wire;
	wslay_event_context_ptr frames; /* NULL: it does not stand */
	struct buf early;               /* what came together with the answer's header */
	size_t n_early_read;
	struct message *first, **end;
	char host[URL_HOST_MAX];
	uint64_t heard_ms;  /* when the last byte came */
	uint64_t pinged_ms; /* the ping that nothing came after yet; 0: none */
	int ret;            /* why the wire is no good */
	char goodbye[128];  /* what the other side said when it ended it */
};

int websocket_new(const struct websocket_conf *conf, struct http *http, const struct clock *clock,
	struct websocket **ret_ws, struct error *err)
{
	struct websocket *ws = calloc(1, sizeof(*ws));
	int ret;

	if (!ws)
		return error_set(err, ENOMEM, "out of memory");
	ws->conf = *conf;
	ws->http = http;
	ws->clock = clock;
	ws->end = &ws->first;
	buf_init(&ws->early, UPGRADE_HEADER_MAX);
	ret = wire_new(http, clock, &ws->wire, err);
	if (ret < 0) {
		free(ws);
		return ret;
	}
	*ret_ws = ws;
	return 0;
}

static void drop_messages(struct websocket *ws)
{
	while (ws->first) {
		struct message *next = ws->first->next;

		free(ws->first);
		ws->first = next;
	}
	ws->end = &ws->first;
}

/* As if it had never been connected. */
static void drop(struct websocket *ws)
{
	if (ws->frames)
		wslay_event_context_free(ws->frames);
	ws->frames = NULL;
	wire_close(ws->wire);
	drop_messages(ws);
	buf_clear(&ws->early);
	ws->n_early_read = 0;
	ws->pinged_ms = 0;
	ws->ret = 0;
	ws->goodbye[0] = '\0';
}

void websocket_free(struct websocket *ws)
{
	if (!ws)
		return;
	drop(ws);
	buf_release(&ws->early);
	wire_free(ws->wire);
	free(ws);
}

void websocket_stop(struct websocket *ws)
{
	wire_stop(ws->wire);
}

/* What wslay asks for. */

static ssize_t on_receive(
	wslay_event_context_ptr frames, uint8_t *data, size_t len, int flags, void *payload)
{
	struct websocket *ws = payload;
	size_t n_early = ws->early.len - ws->n_early_read;
	ssize_t n;

	(void)flags;
	/* One message at a time, however fast they come. */
	if (ws->first) {
		wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (n_early > 0) {
		n = (ssize_t)(n_early < len ? n_early : len);
		memcpy(data, ws->early.data + ws->n_early_read, (size_t)n);
		ws->n_early_read += (size_t)n;
		return n;
	}
	n = wire_receive(ws->wire, data, len);
	if (n > 0) {
		ws->heard_ms = clock_now_ms(ws->clock);
		ws->pinged_ms = 0;
		return n;
	}
	if (n != -EAGAIN)
		ws->ret = -ECONNRESET;
	wslay_event_set_error(
		frames, n == -EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t on_send(
	wslay_event_context_ptr frames, const uint8_t *data, size_t len, int flags, void *payload)
{
	struct websocket *ws = payload;
	ssize_t n = wire_send(ws->wire, data, len);

	(void)flags;
	if (n > 0)
		return n;
	if (n < 0 && n != -EAGAIN)
		ws->ret = -ECONNRESET;
	wslay_event_set_error(
		frames, ws->ret < 0 ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
	return -1;
}

static int on_mask(wslay_event_context_ptr frames, uint8_t *bytes, size_t len, void *payload)
{
	(void)frames;
	(void)payload;
	arc4random_buf(bytes, len);
	return 0;
}

static void note_goodbye(struct websocket *ws, const struct wslay_event_on_msg_recv_arg *arg)
{
	/* The reason follows two bytes of status. */
	size_t len = arg->msg_length > 2 ? arg->msg_length - 2 : 0;
	const char *reason = (const char *)arg->msg + (len > 0 ? 2 : 0);

	snprintf(ws->goodbye, sizeof(ws->goodbye), "%u%s%.*s", (unsigned)arg->status_code,
		len > 0 ? " " : "", (int)len, len > 0 ? reason : "");
}

static void on_message(wslay_event_context_ptr frames,
	const struct wslay_event_on_msg_recv_arg *arg, void *payload)
{
	struct websocket *ws = payload;
	struct message *message;

	if (arg->opcode == WSLAY_CONNECTION_CLOSE)
		note_goodbye(ws, arg);
	if (arg->opcode != WSLAY_TEXT_FRAME)
		return;
	message = malloc(sizeof(*message) + arg->msg_length + 1);
	if (!message) {
		ws->ret = -ENOMEM;
		wslay_event_set_error(frames, WSLAY_ERR_NOMEM);
		return;
	}
	message->next = NULL;
	message->len = arg->msg_length;
	memcpy(message->text, arg->msg, arg->msg_length);
	*ws->end = message;
	ws->end = &message->next;
}

static int begin_frames(struct websocket *ws, struct error *err)
{
	const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_receive,
		.send_callback = on_send,
		.genmask_callback = on_mask,
		.on_msg_recv_callback = on_message,
	};

	if (wslay_event_context_client_init(&ws->frames, &callbacks, ws) != 0) {
		ws->frames = NULL;
		return error_set(err, ENOMEM, "out of memory");
	}
	wslay_event_config_set_max_recv_msg_length(ws->frames, ws->conf.max_message);
	ws->heard_ms = clock_now_ms(ws->clock);
	return 0;
}

static int fail(struct websocket *ws, int ret, struct error *err)
{
	switch (ret) {
	case -ECONNRESET:
		return error_set(err, ECONNRESET, "%s has ended the connection%s%s", ws->host,
			ws->goodbye[0] ? ": " : "", ws->goodbye);
	case -ETIMEDOUT:
		return error_set(err, ETIMEDOUT, "no sign of life from %s", ws->host);
	case -EPROTO:
		return error_set(err, EPROTO, "%s does not speak WebSocket as it should", ws->host);
	default:
		return error_set(err, -ret, "the connection to %s: %s", ws->host, error_name(-ret));
	}
}

int websocket_connect(struct websocket *ws, const struct call *call,
	const struct websocket_request *req, int *ret_status, struct error *err)
{
	struct handshake_answer answer = { 0 };
	int ret;

	drop(ws);
	url_get_host(req->url, ws->host);
	ret = wire_open(ws->wire, call, req->url, err);
	if (ret == 0) {
		ret = upgrade_wire(ws->wire, call, req, &answer, &ws->early, err);
		http_count(ws->http, req->kind, answer.cost);
	}
	if (ret == 0 && answer.status == 101)
		ret = begin_frames(ws, err);
	if (ret < 0 || answer.status != 101)
		drop(ws);
	if (ret == 0)
		*ret_status = answer.status;
	return ret;
}

/* What stands in the queue goes out as far as the wire takes it. */
static int flush(struct websocket *ws)
{
	int ret = wslay_event_send(ws->frames);

	if (ws->ret < 0)
		return ws->ret;
	return ret < 0 ? -EPROTO : 0;
}

static int queue(struct websocket *ws, enum wslay_opcode opcode, const char *data, size_t len)
{
	const struct wslay_event_msg message = {
		.opcode = (uint8_t)opcode,
		.msg = (const uint8_t *)data,
		.msg_length = len,
	};

	return wslay_event_queue_msg(ws->frames, &message) == 0 ? 0 : -ECONNRESET;
}

int websocket_send(struct websocket *ws, const struct call *call, const char *text, size_t len,
	struct error *err)
{
	int ret = ws->frames ? queue(ws, WSLAY_TEXT_FRAME, text, len) : -ECONNRESET;

	if (ret == 0)
		ret = flush(ws);
	while (ret == 0 && wslay_event_want_write(ws->frames)) {
		ret = call_left_ms(call) == 0 ? -ETIMEDOUT : 0;
		if (ret == 0)
			ret = wire_wait(ws->wire, WIRE_WRITABLE, call_left_ms(call));
		if (ret == 0)
			ret = flush(ws);
	}
	return ret < 0 ? fail(ws, ret, err) : 0;
}

/* Reads what is there. */
static int listen_once(struct websocket *ws)
{
	int ret = wslay_event_recv(ws->frames);

	if (ws->first)
		return 0;
	if (ws->ret < 0)
		return ws->ret;
	if (wslay_event_get_close_received(ws->frames)) {
		(void)flush(ws);
		return -ECONNRESET;
	}
	/* It wants to say what was wrong with the other side's frames. */
	if (ret < 0 || !wslay_event_want_read(ws->frames)) {
		(void)flush(ws);
		return -EPROTO;
	}
	return flush(ws);
}

/* Sends a ping if it is time; how long the next look at this may wait. */
static int keep_alive(struct websocket *ws, uint64_t now, uint64_t *ret_wait_ms)
{
	uint64_t due = ws->pinged_ms ? ws->pinged_ms + ws->conf.pong_ms
				     : ws->heard_ms + ws->conf.ping_ms;

	if (now >= due && ws->pinged_ms)
		return -ETIMEDOUT;
	if (now >= due) {
		ws->pinged_ms = now;
		due = now + ws->conf.pong_ms;
		if (queue(ws, WSLAY_PING, NULL, 0) < 0)
			return -ECONNRESET;
	}
	*ret_wait_ms = due - now;
	return flush(ws);
}

static int take_message(struct websocket *ws, struct buf *ret_text, struct error *err)
{
	struct message *message = ws->first;
	int ret;

	buf_clear(ret_text);
	ret = buf_add(ret_text, message->text, message->len);
	ws->first = message->next;
	if (!ws->first)
		ws->end = &ws->first;
	free(message);
	return ret < 0 ? fail(ws, ret, err) : 1;
}

int websocket_receive(
	struct websocket *ws, uint64_t until_ms, struct buf *ret_text, struct error *err)
{
	int ret = ws->frames ? 0 : -ECONNRESET;

	while (ret == 0) {
		uint64_t now, wait_ms = 0;

		if (!ws->first)
			ret = listen_once(ws);
		if (ret == 0 && ws->first)
			return take_message(ws, ret_text, err);
		now = clock_now_ms(ws->clock);
		if (ret == 0)
			ret = keep_alive(ws, now, &wait_ms);
		if (ret == 0 && now >= until_ms)
			return 0;
		if (ret == 0 && wait_ms > until_ms - now)
			wait_ms = until_ms - now;
		if (ret == 0)
			ret = wire_wait(ws->wire,
				wslay_event_want_write(ws->frames) ? WIRE_WRITABLE : WIRE_READABLE,
				wait_ms);
	}
	return fail(ws, ret, err);
}

void websocket_close(struct websocket *ws)
{
	if (ws->frames && ws->ret == 0 &&
		wslay_event_queue_close(ws->frames, WSLAY_CODE_GOING_AWAY, NULL, 0) == 0)
		(void)flush(ws);
	drop(ws);
}
