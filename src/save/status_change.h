/*
 * What is set of an item besides its data, as a text: its status, its draft, its schedule.
 *
 *	status_show(client, &call, dir, id, &text, err);	"Published\n"
 *	saver_set_status(saver, &call, dir, &item, "Draft\n", 6, err);
 *
 * Shown are up to three lines: the status; "+draft" and the draft's status, where there is one; and,
 * where a change of the status is scheduled, the status and its moment:
 *
 *	Published
 *	+draft Draft
 *	Archived 2027-01-01T08:00:00Z
 *
 * Taken is one of such lines, or "-draft" or "-schedule". A status is the draft's where there is one;
 * that which is set already sends nothing. "+draft" opens one, whatever follows.
 *
 * The change is of the version at hand, or of the newest that this mount has made of it since: -ESTALE where somebody was quicker, also when it is tried
 * again (programs do that unasked), until the item or its status was read anew. Afterwards the cache
 * has the server's answer, and saves know that the version is ours (own.h). Where the answer was lost, the
 * item is read, and the verdict is what is set then (sending.h); whose version that is stays open, so that
 * a document that was read before has a conflict.
 *
 * Both block on the network. Any thread.
 */
#ifndef SQUIDEXFS_SAVE_STATUS_CHANGE_H
#define SQUIDEXFS_SAVE_STATUS_CHANGE_H

#include <stddef.h>

struct buf;
struct cache_dir;
struct call;
struct client;
struct error;
struct saver;
struct store_item;

/* Asks the server, for only it knows of schedules; the cache gets its answer. The buffer is the caller's. */
int status_show(struct client *client, const struct call *call, struct cache_dir *dir,
	const char *id, struct buf *ret_text, struct error *err);

/* The lines that need no asking: bytes of them. */
size_t status_size(const struct store_item *item);

/* item: as it is at hand. -EINVAL: no such order; else the server's verdict. */
int saver_set_status(struct saver *saver, const struct call *call, struct cache_dir *dir,
	const struct store_item *item, const char *text, size_t len, struct error *err);

#endif
