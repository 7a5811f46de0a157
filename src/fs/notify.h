/*
 * The thread that tells the kernel what it must not believe any more. Telling may have to
 * wait for a request of the kernel's that a worker is about to answer, so a worker must not do
 * it; nor may anybody who holds a lock.
 *
 *	notifier_new(&notifier, err);			-- starts the thread: after any fork
 *	notifier_post(notifier, run, payload);		-- run(payload), on the thread, in order
 *	notifier_free(notifier);			-- runs what is still posted, joins
 *
 * The queue is bounded: -EBUSY means that nothing will be run, and the poster says so to whoever
 * asked. While an answer is owed to the kernel, the job gives it at its end.
 *
 * Any thread may post. To be freed before the session: what a job tells is told through it.
 * Private to fs/.
 */
#ifndef SQUIDEXFS_FS_NOTIFY_H
#define SQUIDEXFS_FS_NOTIFY_H

struct error;
struct notifier;

typedef void (*notify_fn)(void *payload);

int notifier_new(struct notifier **ret_notifier, struct error *err);
void notifier_free(struct notifier *notifier); /* NULL is legal */

/* 0 or -EBUSY. */
int notifier_post(struct notifier *notifier, notify_fn run, void *payload);

#endif
