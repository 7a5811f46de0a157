/*
 * Listening for an app's changes: the thread that holds the socket on which the server tells
 * of them, and passes them on to the cache and to whoever shows them.
 *
 *	watch_new(&conf, cache, clock, &watch, err);
 *	watch_start(watch, on_event, payload, err);	-- starts the thread: after any fork
 *	watch_get_status(watch, &status);
 *	watch_stop(watch);				-- joins it; takes no longer than a second
 *	watch_free(watch);				-- before the cache
 *
 * Connecting costs 2 credits, standing nothing. A socket that is lost is made again after a
 * second, then after twice as long and so on up to a minute, each time more or less; one that the
 * server refuses after five minutes. Meanwhile the cache goes by its TTLs. Loss and
 * return are a line in the log each, attempts are not.
 *
 * Threads: any may ask for the status; the rest is the owner's. on_event is called on the
 * watcher's thread, with no lock held, when the cache knows of the event.
 */
#ifndef SQUIDEXFS_CACHE_WATCH_H
#define SQUIDEXFS_CACHE_WATCH_H

#include <stdint.h>

struct cache;
struct clock;
struct error;
struct subscription_conf;
struct subscription_event;
struct watch;

#define WATCH_RETRY_FIRST_MS 1000
#define WATCH_RETRY_LAST_MS 60000
#define WATCH_REFUSED_MS 300000

enum watch_state {
	WATCH_CONNECTING, /* for the first time, or again */
	WATCH_CONNECTED,  /* changes are told of */
	WATCH_REFUSED,    /* the server will not have it */
};

struct watch_status {
	enum watch_state state;
	int64_t since_s;     /* of the change to it; wall clock */
	uint64_t n_connects; /* sockets that stood so far */
	uint64_t n_events;
	char reason[256]; /* why it does not stand; "" if it does */
};

typedef void (*watch_event_fn)(
	void *payload, const char *schema, const struct subscription_event *event);

/* Borrows the cache, the clock and what conf points to. */
int watch_new(const struct subscription_conf *conf, struct cache *cache, const struct clock *clock,
	struct watch **ret_watch, struct error *err);
void watch_free(struct watch *watch); /* NULL is legal */

int watch_start(struct watch *watch, watch_event_fn on_event, void *payload, struct error *err);
void watch_stop(struct watch *watch); /* also of one that was not started; NULL is legal */

void watch_get_status(struct watch *watch, struct watch_status *ret_status);

/*
 * How long to wait after so many failures in a row (at least 1); random: 0..UINT32_MAX. Pure.
 */
uint64_t watch_retry_ms(unsigned n_failures, uint32_t random);

#endif
