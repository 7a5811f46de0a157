/*
 * The changes that the servers told of, as /.squidexfs/events shows them: a line each, appended.
 * Who follows the file (tail -f) reads on from where it was, so what has been shown stays at its
 * place.
 *
 *	log = event_log_new();
 *	event_log_add(log, &report);			-- whoever hears of a change
 *	event_log_show(log);				-- its reader may see it now
 *	len = event_log_read(log, offset, data, size);
 *	event_log_free(log);
 *
 * A line is shown when the kernel no longer believes what it was told of the item: who
 * reads the line and then the item reads what is new. fs/ listens, and shows; without a
 * listener it is shown at once.
 *
 * The log is bounded. When it is full it is cut at its beginning, as a file that is truncated:
 * so it becomes shorter, which makes tail -f begin anew. What it finds then is what it has not read:
 * while somebody follows, what he has read is cut off, at a moment when he does not read. For that,
 * it may grow beyond EVENT_LOG_MAX for a while; but who is half of EVENT_LOG_HARD_MAX behind is
 * not waited for. Where nobody follows, the older half goes.
 *
 * Any thread; the lock inside is a leaf. The listener is called without it.
 */
#ifndef SQUIDEXFS_TREE_EVENTS_H
#define SQUIDEXFS_TREE_EVENTS_H

#include <stddef.h>
#include <stdint.h>

struct clock;
struct event_log;
struct event_report;

/* Some five thousand lines. */
#define EVENT_LOG_MAX ((size_t)1 << 20)
#define EVENT_LOG_HARD_MAX ((size_t)4 << 20)

/* Who has read within this time still follows. */
#define EVENT_LOG_FOLLOWER_MS 60000

/* Who has read nothing for so long has gone through all that he was given. */
#define EVENT_LOG_QUIET_MS 500

struct event_log *event_log_new(const struct clock *clock); /* NULL if out of memory */
void event_log_free(struct event_log *log);                 /* NULL is legal */

/* on_add: called after each addition, on that thread; returns at once. NULL: nobody listens. */
void event_log_listen(struct event_log *log, void (*on_add)(void *payload), void *payload);

/* What does not fit into memory is lost. */
void event_log_add(struct event_log *log, const struct event_report *report);
void event_log_show(struct event_log *log);

/* Bytes shown, and when the latest of them came (since 1970; 0: there are none). */
size_t event_log_size(struct event_log *log, int64_t *ret_modified_s);

/* How many bytes from there on were copied; 0: there are none yet. */
size_t event_log_read(struct event_log *log, uint64_t offset, char *data, size_t size);

#endif
