/*
 * The bottom transport: libcurl, driven by one thread that owns the multi handle
 * and all easy handles. Callers post a transfer, wake the thread and wait.
 *
 *	http_new(&conf, clock, &http, &err);	-- starts the thread: after any fork
 *	... transport_perform(http_transport(http), ...) ...
 *	http_free(http);		-- joins the thread
 *
 * Connections are kept alive and shared by all apps of a mount; HTTP/2 where the
 * server speaks it over TLS; compressed answers are accepted. The server's
 * certificate is verified. Plain http goes to loopback only, unless allowed.
 * An interrupted or timed-out call returns at once, and its transfer is
 * dropped by the thread; a request that is not repeatable is never dropped by an
 * interrupt once it was handed to libcurl, since it may have been applied. At its
 * deadline it is, and the sentence says that the server may have carried it out. Nor is
 * it sent a second time on another connection when a kept-alive one breaks.
 * No more than max_connections requests travel at a time; the others wait in a queue, where
 * they can be taken back. A proxy of the environment is not used for loopback.
 * A body over the request's ceiling is -EFBIG.
 * The bearer token goes into the Authorization header only, never into an error
 * text or a trace line.
 *
 * Threads: any may perform; http_new and http_free by the owner. The lock inside is
 * a leaf and never held while libcurl works.
 */
#ifndef SQUIDEXFS_NET_HTTP_H
#define SQUIDEXFS_NET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "net/transport.h"

struct clock;
struct error;
struct http;

struct http_conf {
	const char *cacert;          /* PEM file; NULL: the system's */
	const char *cert;            /* client certificate, PEM; NULL: none */
	const char *key;             /* its private key, PEM; NULL: in cert */
	const char *proxy;           /* as curl's --proxy; NULL: from the environment */
	uint64_t connect_timeout_ms; /* for name lookup, TCP and TLS together */
	uint64_t silence_timeout_ms; /* without a byte in either direction */
	unsigned max_connections;    /* and requests at a time; at least 1 */
	bool allow_http;             /* plain http to hosts other than loopback */
};

#define HTTP_KINDS_MAX 32

struct http_stats {
	struct {
		const char *name; /* the requests' kind; static strings */
		uint64_t requests;
	} kinds[HTTP_KINDS_MAX];
	size_t n_kinds;    /* what is beyond HTTP_KINDS_MAX counts in requests alone */
	uint64_t requests; /* all that were sent, token requests and repeats too */
	double credits;    /* sum of X-Costs */
	uint64_t bytes_received;
};

/* The texts of conf are copied, the clock is borrowed. */
int http_new(const struct http_conf *conf, const struct clock *clock, struct http **ret_http,
	struct error *err);
void http_free(struct http *http);

/* Borrowed; lives as long as http. */
struct transport *http_transport(struct http *http);

/*
 * For who makes a connection of its own (net/wire.h): what it has to go by, whether it may (-EPROTO:
 * plain http to another host), and what it has to count. kind: a static string.
 */
const struct http_conf *http_get_conf(const struct http *http);
int http_check_url(const struct http *http, const char *url, struct error *err);
void http_count(struct http *http, const char *kind, double credits);

void http_get_stats(struct http *http, struct http_stats *ret_stats);

#endif
