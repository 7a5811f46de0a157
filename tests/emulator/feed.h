#ifndef EMULATOR_FEED_H
#define EMULATOR_FEED_H

/*
 * The open WebSockets, all told of what happens to items, and steered by tests.
 *
 *	feed_publish(feed, "UPDATED", item) by the world, after each event
 *	feed_command(feed, {"drop": true}, &sentence) by a test
 *	feed_shut_down(feed) before the server stops
 *
 * A session (session.h) is in the feed as long as its socket is open.  Any
 * thread may call.  The feed's lock is taken before a session's, and both after
 * the world's; nothing is sent while they are held.
 */

#include "session.h"
#include "world.h"

#include <json-c/json.h>
#include <stdbool.h>

struct feed_counts {
	long open;   /* sockets, now */
	long opened; /* sockets, since feed_forget_counts(); so are the others */
	long pings;  /* that arrived, answered or not */
	long events; /* that were sent or are on their way */
};

struct feed *feed_new(void);
void feed_free(struct feed *feed);

/* False once the feed is down: the session has to end. */
bool feed_join(struct feed *feed, struct session *session);
void feed_leave(struct feed *feed, struct session *session);
void feed_count_ping(struct feed *feed);

/* payload: the feed.  type is how the server calls it: "CREATED". */
void feed_publish(void *payload, const char *type, const struct item *item);
/*
 * Does to every open socket what the JSON object says, all of it or nothing.
 * On failure: -1 and a sentence in *ret_problem, which the caller frees.
 */
int feed_command(struct feed *feed, struct json_object *command, char **ret_problem);
/* Events are no longer sent late. */
void feed_clear(struct feed *feed);
struct feed_counts feed_counts(struct feed *feed);
void feed_forget_counts(struct feed *feed);
void feed_shut_down(struct feed *feed);

#endif
