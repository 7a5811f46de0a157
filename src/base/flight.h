/*
 * Single flight: of several threads that want the same thing at the same time,
 * one fetches it and the others wait for that.
 *
 *	ret = flight_join(f, call, key, &is_leader, err);
 *	if (ret == 0 && is_leader) {
 *		... fetch, put the result where the others look ...
 *		flight_land(f, key);
 *	}
 *	... a follower looks there again; not found: it joins once more
 *
 * Only the fact that somebody is at it lives here, not the result: a follower reads
 * that from where the leader put it. A leader always lands, also after a failure;
 * its failure is its own (its process may have been interrupted), so a follower that
 * finds nothing becomes a leader in its turn.
 * Any thread may call; the lock inside is a leaf and never held while waiting.
 */
#ifndef SQUIDEXFS_BASE_FLIGHT_H
#define SQUIDEXFS_BASE_FLIGHT_H

#include <stdbool.h>

struct call;
struct error;
struct flight;

struct flight *flight_new(void);
void flight_free(struct flight *f); /* nobody may be in it */

/*
 * 0 as the leader at once, or as a follower after the leader has landed;
 * -EINTR, -ETIMEDOUT (the call's), -ENOMEM.
 */
int flight_join(struct flight *f, const struct call *call, const char *key, bool *ret_is_leader,
	struct error *err);

/* As the leader at once, or not at all: *ret_is_leader is false. For leaders of several. */
int flight_try(struct flight *f, const char *key, bool *ret_is_leader, struct error *err);
void flight_land(struct flight *f, const char *key);

#endif
