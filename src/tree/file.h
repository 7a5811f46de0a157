/*
 * An open file: its bytes as they were when it was opened. See tree.h for its functions;
 * this is what the kinds of nodes fill. Private to tree/; immutable once open,
 * but for the count of references.
 */
#ifndef SQUIDEXFS_TREE_FILE_H
#define SQUIDEXFS_TREE_FILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "tree/tree.h"

struct tree_file {
	_Atomic unsigned references;
	struct buf text;
	struct tree_entry entry; /* of the same moment as the text */
	bool is_direct;
};

#endif
