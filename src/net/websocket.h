/*
 * A WebSocket (RFC 6455) to the server: text messages both ways for as long as it stands.
 *
 *	websocket_new(&conf, http, clock, &ws, err);
 *	websocket_connect(ws, &call, &request, &status, err);	-- status 101: it stands
 *	websocket_send(ws, &call, text, len, err);
 *	ret = websocket_receive(ws, until_ms, &text, err);	-- 1: a message; 0: none in time
 *	websocket_close(ws);				-- may be connected again
 *	websocket_free(ws);
 *
 * wslay does the framing, net/wire.h the connection. A socket from which nothing is heard for
 * ping_ms is sent a ping; if nothing comes for pong_ms after that, it is dead: -ETIMEDOUT. So
 * somebody has to be in websocket_receive most of the time. The other side's pings are answered.
 *
 * The request's query may hold the access token: it goes out once, is wiped, and stands in no
 * error text or trace line. Borrows http and the clock; each connection counts there as a request
 * of its kind, with its credits.
 *
 * Threads: one at a time, but for websocket_stop.
 */
#ifndef SQUIDEXFS_NET_WEBSOCKET_H
#define SQUIDEXFS_NET_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct call;
struct clock;
struct error;
struct http;
struct websocket;

struct websocket_conf {
	uint64_t ping_ms; /* of silence until a ping is sent */
	uint64_t pong_ms; /* of silence after it until the socket counts as dead */
	size_t max_message;
};

struct websocket_request {
	const char *url;      /* "https://cms.example.com/api/...", percent-encoded, no query */
	const char *query;    /* without the '?'; NULL: none */
	const char *protocol; /* the subprotocol that is wanted */
	const char *kind;     /* static string; connections are counted under it */
};

int websocket_new(const struct websocket_conf *conf, struct http *http, const struct clock *clock,
	struct websocket **ret_ws, struct error *err);
void websocket_free(struct websocket *ws); /* NULL is legal */

/*
 * 0 with the HTTP status of the answer; with any but 101 there is no socket. Negative errno:
 * as transport_perform; -EPROTO also for an answer that is none to this request; -ECANCELED.
 */
int websocket_connect(struct websocket *ws, const struct call *call,
	const struct websocket_request *req, int *ret_status, struct error *err);

/* Whole or not at all; after a failure the socket is no good. */
int websocket_send(struct websocket *ws, const struct call *call, const char *text, size_t len,
	struct error *err);

/*
 * Replaces the buffer's content by the next text message. until_ms: of the clock.
 * -ECONNRESET: the other side has ended it, in its words where it had some; -ETIMEDOUT: dead;
 * -EPROTO; -ECANCELED. After a failure the socket is no good.
 */
int websocket_receive(
	struct websocket *ws, uint64_t until_ms, struct buf *ret_text, struct error *err);

/* Says goodbye if that takes no time. Also of one that does not stand. */
void websocket_close(struct websocket *ws);

/* Any thread: whatever blocks ends at once with -ECANCELED, and nothing blocks any more. */
void websocket_stop(struct websocket *ws);

#endif
