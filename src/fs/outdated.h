/*
 * What the kernel believes and is not so any more. The cache finds out on any thread, by a listing,
 * a check, a single item; the kernel is told by the notifier.
 *
 *	outdated_new(mount, &outdated, err);	-- after the notifier; observes the tree from now on
 *	outdated_end(outdated);			-- no longer
 *	outdated_free(outdated);		-- when the notifier is gone
 *
 * Of an item with another text the attributes go, which waits for nothing; where files are read
 * without being opened, its pages too (else the next open drops them, fs/told.h, and who has it
 * open goes on with what was opened). An item that is gone is taken out of its directory, so
 * that whoever watches it by inotify(7) hears of it (Linux 6.18 tells the item's watchers, not the
 * directory's).
 *
 * Where one is new, the names go that the kernel was told are absent in its directory.
 *
 * A queue of fixed size: what finds no place is believed until its time is over. Any thread; the lock
 * inside stands before the notifier's. Private to fs/.
 */
#ifndef SQUIDEXFS_FS_OUTDATED_H
#define SQUIDEXFS_FS_OUTDATED_H

#include <stdint.h>

struct error;
struct mount;
struct outdated;

int outdated_new(struct mount *mount, struct outdated **ret_outdated, struct error *err);
void outdated_end(struct outdated *outdated);  /* NULL is legal */
void outdated_free(struct outdated *outdated); /* NULL is legal */

/* On the notifier: tells what is queued. */
void outdated_tell(struct outdated *outdated);

/*
 * How many changes there were. Who puts something into the kernel that was read before one of them,
 * and finds another number afterwards, has to take it back himself.
 */
uint64_t outdated_count(struct outdated *outdated);

/*
 * The changes since there were n_changes are told again: to a kernel that did not know the nodes when
 * they came, and was told of them since by a reply that was made before.
 */
void outdated_repeat(struct outdated *outdated, uint64_t n_changes);

#endif
