#ifndef EMULATOR_SOCKET_H
#define EMULATOR_SOCKET_H

/*
 * The life of a connection after it became a WebSocket, on the thread of the
 * connection: receives frames and gives messages to the session, sends what the
 * session has, answers pings, and returns when one side has closed.
 */

#include "session.h"

#include <stddef.h>

/* early: what the client sent behind its handshake.  The caller closes the fd. */
void socket_run(struct session *session, int fd, const char *early, size_t early_length);

#endif
