/*
 * A request sent once, on a thread of its own, to see whether a server answers again: nobody
 * waits for it, and its answer's body goes nowhere.
 *
 *	probe = probe_start(transport, &call, &req, done, payload);
 *	... done(payload, ret, status, &err) has run, on that thread ...
 *	probe_free(probe);
 *
 * The request is copied; the call gives its clock, and its timeout to begin anew. What done
 * does is the thread's last work. probe_free interrupts a probe that is still out, and waits for
 * its thread: not to be called by done, nor with a lock that done takes.
 */
#ifndef SQUIDEXFS_NET_PROBE_H
#define SQUIDEXFS_NET_PROBE_H

struct call;
struct error;
struct http_request;
struct probe;
struct transport;

/* ret and err as of transport_perform; status: of the answer, if ret is 0. */
typedef void (*probe_done_fn)(void *payload, int ret, int status, const struct error *err);

/* The request has no bearer. NULL: out of memory or threads, and done will not run. */
struct probe *probe_start(struct transport *transport, const struct call *call,
	const struct http_request *req, probe_done_fn done, void *payload);
void probe_free(struct probe *probe); /* NULL is legal */

#endif
