#ifndef EMULATOR_SESSION_H
#define EMULATOR_SESSION_H

/*
 * One WebSocket's conversation: the protocol graphql-transport-ws, what the
 * client has subscribed to, and what is still to be sent to it.
 *
 *	session = session_new(feed, "foodcrunch", may_read)
 *	session_take(session, text, length) for each message of the client
 *	session_next(session, &frames, &wait_ms) for what is to be sent now
 *	session_free(session)
 *
 * The thread of the socket (socket.c) owns the session; the feed reaches in
 * from others, so one lock guards what they share.  session_wake_fd() becomes
 * readable when session_next() and session_mood() should be asked again.
 */

#include "world.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct feed;
struct session;

enum session_mood {
	SESSION_TALKS,
	SESSION_MUTE,  /* neither reads nor sends, but stays open */
	SESSION_BREAKS /* to be cut off */
};

/* may_read: whether its client may read contents. */
struct session *session_new(struct feed *feed, const char *app, bool may_read);
/* Leaves the feed. */
void session_free(struct session *session);

/* Called by the socket's thread. */

/* False if the feed is down. */
bool session_join(struct session *session);
void session_take(struct session *session, const char *text, size_t length);
void session_count_ping(struct session *session);
/*
 * Adds the frames that are due.  *ret_wait_ms is how long until the next one is,
 * -1 for none.  False if the last of them is a close, so that nothing follows.
 */
bool session_next(struct session *session, struct buf *out, int *ret_wait_ms);
enum session_mood session_mood(struct session *session);
int session_wake_fd(const struct session *session);
void session_woken(struct session *session);

/* Called by the feed, with its lock held. */

/* How many of its subscriptions were told, delay_ms from now. */
long session_tell(
	struct session *session, const char *type, const struct item *item, long delay_ms);
/* Bytes to be sent as they are. */
void session_send_raw(struct session *session, const char *bytes, size_t length);
void session_send_close(struct session *session, unsigned code);
void session_set_mood(struct session *session, enum session_mood mood);

#endif
