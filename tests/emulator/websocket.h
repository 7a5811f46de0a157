#ifndef EMULATOR_WEBSOCKET_H
#define EMULATOR_WEBSOCKET_H

/*
 * The frames of a WebSocket (RFC 6455), seen from the server: what a client
 * sends is masked, what it gets is not.
 *
 *	ws_accept(key, &answer) for the handshake
 *	ws_parse(bytes, length, &frame) on what has arrived
 *	ws_frame(&out, WS_TEXT, bytes, length), ws_close(&out, 1000, "reason")
 *
 * Pure functions; nothing is sent or received here.
 */

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

enum ws_code {
	WS_NORMAL = 1000,
	WS_GOING_AWAY = 1001,
	WS_PROTOCOL_ERROR = 1002,
	WS_UNSUPPORTED = 1003,
	WS_TOO_BIG = 1009,
};

struct ws_frame {
	enum ws_opcode opcode;
	bool is_final;
	const char *payload; /* in the bytes that were parsed, unmasked */
	size_t length;
	size_t size; /* of the whole frame */
};

enum ws_result {
	WS_INCOMPLETE,
	WS_COMPLETE,
	WS_BAD, /* against the protocol */
};

/* Unmasks the payload in place once the frame is complete. */
enum ws_result ws_parse(char *bytes, size_t length, struct ws_frame *ret);
void ws_frame(struct buf *out, enum ws_opcode opcode, const char *payload, size_t length);
/* The reason is cut to what a frame can hold. */
void ws_close(struct buf *out, unsigned code, const char *reason);
/* The value of Sec-WebSocket-Accept. */
void ws_accept(struct buf *out, const char *key);

#endif
