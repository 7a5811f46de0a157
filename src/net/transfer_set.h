/*
 * The transfers that libcurl is working on: its multi handle and the pool of easy
 * handles. Private to the bottom transport, and of the net thread alone; other threads
 * may only wake it up.
 *
 *	transfer_set_init(&set, conf, clock);
 *	for (;;) {
 *		transfer_set_work(&set);
 *		... transfer_set_pop_ended(&set) until NULL ...
 *		... transfer_set_start(&set, t) while transfer_set_has_room(&set) ...
 *		transfer_set_sleep(&set);
 *	}
 *	transfer_set_end_all(&set, why);	-- and pop them
 *	transfer_set_release(&set);
 *
 * What was started comes back by pop_ended, once, with its result: also what could not
 * be started, what went silent, and what was abandoned.
 */
#ifndef SQUIDEXFS_NET_TRANSFER_SET_H
#define SQUIDEXFS_NET_TRANSFER_SET_H

#include <curl/curl.h>
#include <stdbool.h>

struct clock;
struct http_conf;
struct transfer;

struct transfer_set {
	const struct http_conf *conf; /* borrowed */
	const struct clock *clock;
	CURLM *multi;
	struct transfer *flying;
	struct transfer *ended;
	unsigned n_flying;
	CURL **idle; /* easy handles to use again; room for all that can be out */
	unsigned n_idle;
};

/* 0 or -ENOMEM. */
int transfer_set_init(
	struct transfer_set *set, const struct http_conf *conf, const struct clock *clock);
void transfer_set_release(struct transfer_set *set); /* nothing may be in it */

bool transfer_set_has_room(const struct transfer_set *set);
void transfer_set_start(struct transfer_set *set, struct transfer *t);
void transfer_set_work(struct transfer_set *set);
struct transfer *transfer_set_pop_ended(struct transfer_set *set);
void transfer_set_end_all(struct transfer_set *set, const char *why);

/* Until something is to be done. A wake-up that comes before is not lost. */
void transfer_set_sleep(struct transfer_set *set);
void transfer_set_wake(struct transfer_set *set); /* any thread */

#endif
