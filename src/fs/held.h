/*
 * Texts that are being read where nothing is opened (the kernel's read-only mount): there is no
 * handle to keep a snapshot from one read to the next, so that those of the latest nodes are
 * held here.
 *
 *	file = held_get(held, node);		-- unref it
 *	if (!file)
 *		... tree_open(..., &file, ...); held_put(held, node, file);
 *	held_drop(held, node);			-- it has another text now
 *
 * So a text that takes several reads is of one version, until it is dropped: then the kernel's
 * pages of it are, too (fs/outdated.h).
 *
 * Control files are made when they are looked up: each time another node, so that whoever reads one
 * sees one text. Its number says which file it is of.
 *
 *	node = held_make(held, node_of_the_control_file, file);
 *	held_base(node)				-- the control file's; of any other node itself
 *
 * Of fixed size, in texts and in bytes; the one used last goes last. A made node that is gone is stale.
 * Any thread; the lock inside stands before that of the open files (tree/snapshots.h). Private to fs/.
 */
#ifndef SQUIDEXFS_FS_HELD_H
#define SQUIDEXFS_FS_HELD_H

#include <stdint.h>

struct held;
struct tree_file;

struct held *held_new(void);       /* NULL if out of memory */
void held_free(struct held *held); /* NULL is legal */

/* A reference, or NULL. */
struct tree_file *held_get(struct held *held, uint64_t node);

/* Takes a reference of its own. */
void held_put(struct held *held, uint64_t node, struct tree_file *file);
void held_drop(struct held *held, uint64_t node);

uint64_t held_make(struct held *held, uint64_t base, struct tree_file *file);
uint64_t held_base(uint64_t node);

#endif
