/*
 * The conversation by which a connection becomes a WebSocket: one request, one answer's header.
 * Private to net/websocket.c.
 */
#ifndef SQUIDEXFS_NET_UPGRADE_H
#define SQUIDEXFS_NET_UPGRADE_H

#include <stddef.h>

#include "net/websocket_handshake.h"

struct buf;
struct call;
struct error;
struct websocket_request;
struct wire;

/* Of the answer: a proxy may add to it, but not much. */
#define UPGRADE_HEADER_MAX ((size_t)16 << 10)

/*
 * The wire is open. 0 with the answer, whatever its status; what came behind its header is
 * added to ret_rest. Failures as websocket_connect's.
 */
int upgrade_wire(struct wire *wire, const struct call *call, const struct websocket_request *req,
	struct handshake_answer *ret_answer, struct buf *ret_rest, struct error *err);

#endif
