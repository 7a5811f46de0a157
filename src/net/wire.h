/*
 * One connection to the server, made by libcurl as all others are (TLS, certificates, proxy,
 * name lookup) and then left to us: for what is no HTTP request and its answer.
 *
 *	wire_new(http, clock, &wire, err);
 *	wire_open(wire, &call, "https://cms.example.com", err);
 *	n = wire_send(wire, data, len);		n = wire_receive(wire, data, len);
 *	wire_wait(wire, WIRE_READABLE, ms)
 *	wire_close(wire);			-- may be opened again
 *	wire_free(wire);
 *
 * Plain http goes to loopback only, unless allowed, as in http.h; HTTP/1.1 is what TLS
 * agrees upon. Sending and receiving never block. Borrows http and the clock.
 *
 * Threads: one at a time, but for wire_stop.
 */
#ifndef SQUIDEXFS_NET_WIRE_H
#define SQUIDEXFS_NET_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct call;
struct clock;
struct error;
struct http;
struct wire;

int wire_new(
	struct http *http, const struct clock *clock, struct wire **ret_wire, struct error *err);
void wire_free(struct wire *wire); /* NULL is legal */

/*
 * url: scheme, host and port are what counts. Blocks up to the call's deadline and the
 * connect_timeout of http. 0; as transport_perform; -ECANCELED after wire_stop.
 */
int wire_open(struct wire *wire, const struct call *call, const char *url, struct error *err);
void wire_close(struct wire *wire); /* also of one that is not open */

/* Bytes moved, 0: the other side has ended it (wire_receive), -EAGAIN: wait, -ECONNRESET. */
ssize_t wire_send(struct wire *wire, const void *data, size_t len);
ssize_t wire_receive(struct wire *wire, void *data, size_t len);

/* Until it may go on, or for ms. 0: look again; -ECANCELED after wire_stop; -ECONNRESET. */
enum wire_event { WIRE_READABLE, WIRE_WRITABLE };
int wire_wait(struct wire *wire, enum wire_event event, uint64_t ms);

/* Any thread: whatever blocks ends at once, and nothing blocks any more. */
void wire_stop(struct wire *wire);

#endif
