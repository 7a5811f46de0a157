#ifndef EMULATOR_UPGRADE_H
#define EMULATOR_UPGRADE_H

/*
 * The handshake that makes a WebSocket of a GET (RFC 6455, section 4.2).
 */

#include "server.h"

/* Whether the request asks for a WebSocket. */
bool upgrade_is_asked(const struct request *request);
/* Answers 101 with a session, or 400. */
void upgrade_answer(struct call *call);

#endif
