/*
 * The other side of a WebSocket, on a port of 127.0.0.1: what it says and hears is a function
 * of the test's, which runs on the peer's own thread for each connection in turn.
 *
 *	static void greet(struct ws_conn *conn, void *payload)
 *	{
 *		ws_accept(conn);
 *		ws_say(conn, "hello");
 *		while (ws_hear(conn) != WS_END)
 *			continue;
 *	}
 *
 *	struct ws_peer *peer = ws_peer_new(greet, NULL);
 *	... ws_peer_url(peer) ...
 *	ws_peer_free(peer);		-- closes the connection, joins
 */
#ifndef TESTS_UNIT_WS_PEER_H
#define TESTS_UNIT_WS_PEER_H

#include <stddef.h>

struct ws_conn;
struct ws_peer;

typedef void (*ws_script_fn)(struct ws_conn *conn, void *payload);

/* What was heard, by its opcode. */
enum ws_heard { WS_END = -1, WS_TEXT = 1, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

struct ws_peer *ws_peer_new(ws_script_fn script, void *payload);
void ws_peer_free(struct ws_peer *peer);
const char *ws_peer_url(const struct ws_peer *peer);
size_t ws_peer_count(struct ws_peer *peer); /* connections so far */

/* The request that the connection began with. */
const char *ws_request(const struct ws_conn *conn);

/* The one good answer to it, of the subprotocol "graphql-transport-ws". */
void ws_accept(struct ws_conn *conn);

/* Any bytes; a text message; a frame of any kind that is not cut. */
void ws_send_raw(struct ws_conn *conn, const void *bytes, size_t len);
void ws_say(struct ws_conn *conn, const char *text);
void ws_send_frame(struct ws_conn *conn, int opcode, const void *payload, size_t len);

/* The next frame; text: of the latest, NUL-terminated. Pings are not answered by themselves. */
enum ws_heard ws_hear(struct ws_conn *conn);
const char *ws_text(const struct ws_conn *conn);

/* Answers pings until the client goes. */
void ws_stay(struct ws_conn *conn);

#endif
