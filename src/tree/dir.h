/*
 * A directory that is being read: the position of one reader. See tree.h for its
 * functions; this is what the kinds of nodes fill. Private to tree/, one thread at a
 * time.
 */
#ifndef SQUIDEXFS_TREE_DIR_H
#define SQUIDEXFS_TREE_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "save/unsaved.h"
#include "tree/name.h"
#include "tree/node.h"

struct store_batch;

/*
 * Offsets: 0 begins, 1 lies behind ".", DIR_DOTS behind ".."; from there on they are the
 * position of the kind's own order (of items: the row) plus DIR_DOTS.
 */
#define DIR_DOTS 2

/* Among positions in a directory of items: behind all rows. */
#define DIR_LOCALS (UINT64_C(1) << 47)
/* And behind those that are new: scratch files. */
#define DIR_SCRATCHES (DIR_LOCALS | UINT64_C(1) << 46)

struct tree_dir {
	struct tree *tree;
	struct node node;
	const char *name;               /* of the current member */
	char encoded[NAME_MAX_LEN + 1]; /* where an item's name is made */
	struct unsaved_list kept;       /* of what is kept */
	struct store_batch *batch;      /* items at hand; NULL until the first is asked for */
	uint64_t batch_after;           /* the row that they lie behind */
	uint64_t fresh_until_ms;        /* when the batch is no longer good */
	uint64_t n_changes;             /* before it was loaded */
	bool is_loaded;                 /* batch, or kept, holds what is there */
	bool is_last;                   /* nothing lies behind the batch */
};

#endif
