/*
 * An open file: its bytes as they were when it was opened, or the text that is being written. See tree.h for its functions;
 * this is what the kinds of nodes fill. Private to tree/; immutable once open,
 * but for the count of references and its place among the open files.
 */
#ifndef SQUIDEXFS_TREE_FILE_H
#define SQUIDEXFS_TREE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "tree/tree.h"

struct scratch;
struct snapshots;
struct text;
struct writing;

struct tree_file {
	_Atomic unsigned references;
	struct text *text;       /* of an item; NULL: the bytes below */
	struct writing *writing; /* open for writing, or beside somebody who has it so */
	struct scratch *scratch; /* open, in whatever way */
	struct buf bytes;        /* of a control file */
	uint64_t digest;         /* of the text, as in its row; 0: of a control file */
	struct tree_entry entry; /* of the same moment as the text */
	bool is_direct;
	bool is_only_read; /* the writing is somebody else's */

	/* Of tree/snapshots.h. */
	struct snapshots *snapshots; /* NULL: not among them */
	uint64_t node;
	struct tree_file *next;
};

#endif
