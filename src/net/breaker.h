/*
 * The transport layer that notices that the server is away: after BREAKER_FAILURES
 * failures in a row without an answer between them, or BREAKER_TIMEOUTS that used up all
 * the time of their calls. From then on requests are answered at once, with the errno
 * and sentence of the last failure.
 *
 * What finds out that it is back are these requests: at growing intervals (1 s to 30 s) one
 * of them is sent all the same, once, by a thread of its own (net/probe.h), while its
 * caller is refused as the others are. So nobody waits for a server that is away, and where
 * nobody asks, nothing is sent. A request that is not repeatable goes by itself, and its
 * caller has the answer. A request that is answered, the probe or one that was still under
 * way, closes the breaker again.
 *
 * Failure: EHOSTUNREACH, ETIMEDOUT, EPROTO, EIO (connection lost), or the answers 502, 503,
 * 504 that outlived their retries (EIO while away); a call that was interrupted, or got
 * no token, counts neither way, but for a probe: a token that is refused has been asked for.
 *
 * It logs a line when the server is away and one when it is back. The failures of refused
 * requests are marked as told, for the log to have no line of each.
 *
 * Borrows the transports. Any thread may perform; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_NET_BREAKER_H
#define SQUIDEXFS_NET_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct clock;
struct transport;

#define BREAKER_FAILURES 5
#define BREAKER_TIMEOUTS 2

struct breaker_status {
	bool is_away;
	bool is_probing;   /* somebody is out to see */
	int64_t since_s;   /* wall clock; of the change to away or back; 0: never changed */
	unsigned failures; /* in a row */
	char reason[256];  /* of the last failure, "" if none */
};

/* probes: what a probe is sent on, which tries once. Returns NULL if out of memory. */
struct transport *breaker_new(
	struct transport *inner, struct transport *probes, const struct clock *clock);
void breaker_get_status(struct transport *breaker, struct breaker_status *ret_status);

#endif
