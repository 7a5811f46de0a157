/*
 * The open files of a tree, by node. The kernel has one page cache per node, whichever open
 * file it reads through: two open files of different text would fill each other's pages. So
 * one that is opened beside another text is read past the page cache.
 *
 *	snapshots_add(snapshots, node, file);	-- before the kernel learns of the file
 *	snapshots_differ(snapshots, node, size)	-- before it learns of a size by path
 *	snapshots_remove(snapshots, file);	-- before it is freed
 *
 * Borrows the files. Any thread; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_TREE_SNAPSHOTS_H
#define SQUIDEXFS_TREE_SNAPSHOTS_H

#include <stdbool.h>
#include <stdint.h>

struct snapshots;
struct tree_entry;
struct tree_file;

struct snapshots *snapshots_new(void);            /* NULL if out of memory */
void snapshots_free(struct snapshots *snapshots); /* no file may be in it; NULL is legal */

/* Makes the file a direct one where the node has another text open, or this one is written past the page cache. */
void snapshots_add(struct snapshots *snapshots, uint64_t node, struct tree_file *file);

/*
 * Is the node open with a text of another size? The kernel cuts the reads of all off at the one
 * size that it believes, so it must not believe one: asked each time, it asks the file that it
 * reads.
 */
bool snapshots_differ(struct snapshots *snapshots, uint64_t node, uint64_t size);

/* Attributes of a node that somebody has open for writing. false: nobody has. */
bool snapshots_get_written(
	struct snapshots *snapshots, uint64_t node, struct tree_entry *ret_entry);

void snapshots_remove(struct snapshots *snapshots, struct tree_file *file);

#endif
