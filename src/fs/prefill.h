/*
 * Puts texts into the kernel's page cache before anybody reads them: a directory that was just
 * listed is at hand with all its texts, so reading it (grep -r, cp -r, tar) need not ask for them
 * one by one.
 *
 *	prefill_new(mount, &prefill, err);		-- starts its thread: after any fork
 *	prefill_add(prefill, dir, after, last);		-- the kernel knows the names up to there
 *	prefill_free(prefill);				-- what is still to be done is left
 *
 * The kernel takes a text only of a node that it knows. It learns nodes from a reply to
 * READDIRPLUS when the reader goes through it, which it has done when it asks on. It takes a text for
 * good only if that begins at 0 and is as long as the size that it was told. A text whose item
 * changes while it is put there is taken back.
 *
 * All of it may fail or be left out: then the texts are read as they are wanted. Any thread may
 * add, and does not wait. Private to fs/.
 */
#ifndef SQUIDEXFS_FS_PREFILL_H
#define SQUIDEXFS_FS_PREFILL_H

#include <stdint.h>

struct error;
struct mount;
struct prefill;

int prefill_new(struct mount *mount, struct prefill **ret_prefill, struct error *err);
void prefill_free(struct prefill *prefill); /* NULL is legal */

/* The items of a directory between two of its offsets. NULL is legal. */
void prefill_add(struct prefill *prefill, uint64_t dir, int64_t after, int64_t last);

#endif
