/*
 * The transport layer that notices that the server is away: after BREAKER_FAILURES
 * failures in a row without an answer between them, requests are answered at once with
 * the errno and sentence of the last failure, and one request at a time is let through
 * as a probe, at growing intervals (1 s to 30 s). A request that is answered, the probe or
 * one that was still under way, closes the breaker again. Failure: EHOSTUNREACH,
 * ETIMEDOUT, EPROTO, EIO (connection lost), or the answers 502, 503, 504 that outlived
 * their retries (EIO while away); a call that was interrupted, or got no token, counts
 * neither way.
 *
 * Borrows inner. Any thread may perform; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_NET_BREAKER_H
#define SQUIDEXFS_NET_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct clock;
struct transport;

#define BREAKER_FAILURES 5

struct breaker_status {
	bool is_away;
	int64_t since_s;   /* wall clock; of the change to away or back; 0: never changed */
	unsigned failures; /* in a row */
	char reason[256];  /* of the last failure, "" if none */
};

/* Returns NULL if out of memory. */
struct transport *breaker_new(struct transport *inner, const struct clock *clock);
void breaker_get_status(struct transport *breaker, struct breaker_status *ret_status);

#endif
