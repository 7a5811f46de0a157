/*
 * Which version of an item was last opened for reading here, or saved: a text that comes back under
 * another name or into an emptied file, and does not say what it is a change of, is taken for a change of
 * that.
 *
 *	openings_note(openings, item.ino, item.version);	-- at open, and when it is saved
 *	version = openings_find(openings, ino);			-- -1: not known
 *
 * A table of fixed size: of two items that fall on the same place the older is forgotten, and
 * a text of it is taken for a change of what is at hand. Any thread; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_TREE_OPENINGS_H
#define SQUIDEXFS_TREE_OPENINGS_H

#include <stdint.h>

struct openings;

struct openings *openings_new(void); /* NULL: out of memory */
void openings_free(struct openings *openings);

void openings_note(struct openings *openings, uint64_t ino, int64_t version);
int64_t openings_find(struct openings *openings, uint64_t ino);

#endif
