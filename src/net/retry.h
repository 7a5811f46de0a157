/*
 * The transport layer that tries again what may well work the second time:
 * connection loss, time-out of an attempt, and the answers 408, 502, 503, 504, for
 * requests that are repeatable; for any request a connection that could not be made
 * (EHOSTUNREACH: nothing was sent), and 429, but only where a Retry-After says when
 * (Squidex's own 429 is a monthly quota and carries none: wire/305).
 * A failure that is final, such as that of a token request, which has retries of its own, is
 * passed on as it is.
 * Waits between tries double from RETRY_FIRST_MS to RETRY_LAST_MS, with full jitter; a
 * Retry-After replaces the computed wait. No try begins behind the call's deadline, and
 * none is waited for that would; what failed last is then the result. An attempt that
 * went silent is cut short by the layer below, so that one stuck connection does not use
 * up the deadline.
 *
 * The decision is a pure function, tested as a table.
 * Borrows inner. Any thread may perform; waits end with the call's interrupt.
 */
#ifndef SQUIDEXFS_NET_RETRY_H
#define SQUIDEXFS_NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

struct clock;
struct transport;

#define RETRY_FIRST_MS 100
#define RETRY_LAST_MS 5000
#define RETRY_TRIES_MAX 5

struct retry_outcome {
	int ret;             /* what perform returned */
	int status;          /* of the answer, if ret is 0 */
	long retry_after_ms; /* -1: none */
	bool is_repeatable;
	unsigned tries;   /* made so far, this one included */
	uint64_t left_ms; /* until the deadline */
	uint32_t random;  /* 0..UINT32_MAX: the jitter */
};

/* Milliseconds to wait before the next try, or -1: the outcome is final. */
long retry_next(const struct retry_outcome *outcome);

/* Returns NULL if out of memory. */
struct transport *retry_new(struct transport *inner, const struct clock *clock);

#endif
