#ifndef EMULATOR_HTTP_H
#define EMULATOR_HTTP_H

/*
 * The wire: listens on 127.0.0.1, reads requests, sends answers.  Each
 * connection has a thread of its own, on which server_handle() runs.
 *
 *	http = http_start(server)   (server->conf.port and base_url are then known)
 *	http_stop(http)             ends what still waits, then joins the threads
 */

#include "server.h"

struct http;

/* NULL and a line on stderr on failure. */
struct http *http_start(struct server *server);
void http_stop(struct http *http);

#endif
