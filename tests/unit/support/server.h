/*
 * A tiny HTTP/1.1 server on a port of 127.0.0.1 that answers by the path with raw bytes,
 * right or wrong, for tests of the bottom transport.
 *
 *	static const struct server_answer answers[] = {
 *		{ "/ok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", SERVER_KEEPS },
 *		{ "/gone", "", SERVER_CLOSES },
 *	};
 *	struct server *server = server_new(answers, 2);
 *	... server_url(server), server_count(server), server_request(server, i) ...
 *	server_free(server);
 *
 * A thread serves each connection; server_free joins them all. Functions abort when the
 * machine fails them.
 */
#ifndef TESTS_UNIT_SERVER_H
#define TESTS_UNIT_SERVER_H

#include <stddef.h>

struct server;

/* What follows the bytes. */
enum server_then {
	SERVER_KEEPS, /* the connection stays open for the next request */
	SERVER_CLOSES,
	SERVER_HANGS, /* nothing, until the client closes */
	SERVER_DRIPS, /* sends the body byte by byte, 50 ms each; then keeps */
};

struct server_answer {
	const char *path;
	const char *bytes;
	enum server_then then;
};

struct server *server_new(const struct server_answer *answers, size_t n_answers);
void server_free(struct server *server);

/* "http://127.0.0.1:40123" */
const char *server_url(const struct server *server);
int server_port(const struct server *server);

size_t server_count(struct server *server); /* requests so far */
size_t server_connections(struct server *server);

/* Blocks until the clients have closed n connections. */
void server_wait_closed(struct server *server, size_t n);

/* Request i with headers and body, as it came. NULL: there was none. */
const char *server_request(struct server *server, size_t i);

#endif
