/*
 * What a node number stands for, and the kinds of nodes there are.
 *
 *	node_find(tree, number, &node, err);
 *	node.kind->lookup(tree, call, &node, name, &entry, &negative_ms, err);
 *
 * Fixed nodes (root, directories of apps and schemas, control files) stand in one table,
 * made by nodes_new and immutable from then on; the children of a directory are next
 * to each other there. A node of an item is made from its number alone.
 *
 * struct node is a plain value; its pointers are borrowed from the tree. Private to
 * tree/. Threads: any, without locks.
 */
#ifndef SQUIDEXFS_TREE_NODE_H
#define SQUIDEXFS_TREE_NODE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tree/kernel.h"
#include "tree/tree.h"

struct absences;
struct buf;
struct cache_change;
struct cache_dir;
struct kept;
struct kind;
struct openings;
struct refresh;
struct snapshots;
struct store_item;
struct local;
struct locals;
struct scratch_figures;
struct scratches;
struct writings;

/* Fixed nodes never change: how long the kernel may believe that. */
#define NODE_FIXED_FRESH_MS 3600000

struct node {
	uint64_t number;
	const struct kind *kind;
	uint64_t ino; /* fixed nodes only, as all that follows up to app */
	const char *name;
	mode_t mode;
	size_t parent;                  /* index in the table; the root is its own */
	size_t first_child, n_children; /* of a schema: what is reached by name alone */
	int (*render)(struct tree *tree, struct buf *text, struct error *err); /* control files */
	const struct app *app; /* NULL above the apps */
	struct cache_dir *dir; /* of a schema */
	uint64_t row;          /* of an item; of what is here alone its number */
	const char *folder;    /* of what is kept: the schema that it lies in, by name */
};

struct tree {
	struct tree_conf conf;
	uint64_t started_ms;
	int64_t mounted_s; /* wall clock */
	struct node *nodes;
	size_t n_nodes;
	struct snapshots *snapshots;
	struct absences *absences; /* in directories of items */
	struct writings *writings;
	struct locals *locals;
	struct kept *kept;
	struct scratches *scratches;
	struct openings *openings;
	struct kernel_counts kernel;

	pthread_mutex_t observer_lock; /* held while it is called */
	tree_change_fn on_change;      /* guarded by observer_lock, as its payload; NULL: none */
	void *observer;
};

/* changes.c: the caches tell of changes from changes_observe to changes_ignore. */
void changes_observe(struct tree *tree);
void changes_ignore(struct tree *tree);

/* As if a cache had told of it. */
void changes_pass_on(struct tree *tree, const struct cache_change *change);

/*
 * What a node can do. Functions may block on the network where a line says so; fixed
 * directories answer from memory. A NULL stands for what the kind has not: the
 * members of a file, the text of a directory.
 */
struct kind {
	/* Attributes. May block. */
	int (*get)(struct tree *tree, const struct call *call, const struct node *node,
		struct tree_entry *ret_entry, struct error *err);

	/* Directories: a member by name, as tree_lookup. May block. */
	int (*lookup)(struct tree *tree, const struct call *call, const struct node *node,
		const char *name, struct tree_entry *ret_entry, uint64_t *ret_negative_ms,
		struct error *err);

	/*
	 * Directories: the first member behind position (0: the very first), and the position to
	 * go on with. 1, 0 at the end, negative errno. May block.
	 */
	int (*next)(struct tree_dir *dir, const struct call *call, uint64_t position,
		struct tree_entry *ret_entry, uint64_t *ret_next, struct error *err);

	/* Directories: takes a member away. NULL: none goes. May block. */
	int (*unlink)(struct tree *tree, const struct call *call, const struct node *node,
		const char *name, struct error *err);

	/* Files: fills the snapshot. May block. */
	int (*open)(struct tree *tree, const struct call *call, const struct node *node,
		struct tree_file *file, struct error *err);

	/* Files that grow while they are open (tree_read); NULL: is read as it was opened. */
	size_t (*read)(struct tree *tree, uint64_t offset, char *data, size_t size);

	/* Files: takes orders (tree_write); NULL: is not written. Does not block. */
	int (*write)(struct tree *tree, const char *text, size_t len, struct refresh **ret_refresh,
		struct error *err);

	/* Files: takes a setting, which the server is told at once (tree_set). NULL: does not. May block. */
	int (*set)(struct tree *tree, const struct call *call, const struct node *node,
		const char *text, size_t len, struct error *err);

	/* What extended attributes tell of. May block. NULL: it has none. */
	int (*load)(struct tree *tree, const struct call *call, const struct node *node,
		struct store_item *ret_item, struct error *err);
};

extern const struct kind kind_fixed;      /* a directory whose members are in the table */
extern const struct kind kind_schema;     /* a directory of items */
extern const struct kind kind_item;       /* <id>.json */
extern const struct kind kind_local;      /* a new item that has no text yet */
extern const struct kind kind_scratch;    /* a file of this machine alone */
extern const struct kind kind_control;    /* a file whose text is made when it is opened */
extern const struct kind kind_refresh;    /* a file that takes orders */
extern const struct kind kind_status;     /* <id>: what is set of an item */
extern const struct kind kind_status_dir; /* of those of a schema */
extern const struct kind kind_events;     /* a file that grows */

extern const struct kind kind_unsaved_app;    /* a directory of schemas of which texts are kept */
extern const struct kind kind_unsaved_schema; /* a directory of texts that are kept */
extern const struct kind kind_unsaved_file;   /* such a text, or what is beside it */

/* Builds the table of tree->conf. -ENOMEM, or -EINVAL for an app named twice. */
int nodes_new(struct tree *tree, struct error *err);
void nodes_free(struct tree *tree);

/* -ESTALE: a number that this tree never gave. */
int node_find(const struct tree *tree, uint64_t number, struct node *ret_node, struct error *err);
const struct node *node_of_dir(
	const struct tree *tree, const struct cache_dir *dir); /* NULL: none */
const struct node *node_parent(const struct tree *tree, const struct node *node);

/* Attributes of a fixed node, but a control file's size. */
void node_fill_entry(
	const struct tree *tree, const struct node *node, struct tree_entry *ret_entry);

/* The node of a row of the app's store. */
uint64_t node_item_number(const struct tree *tree, const struct app *app, uint64_t row);

/* The node of what is set of it. */
uint64_t node_status_number(const struct tree *tree, const struct app *app, uint64_t row);

/* The node of a new item, and its attributes. */
uint64_t node_local_number(const struct tree *tree, const struct app *app, uint64_t local);
void node_fill_local_entry(const struct tree *tree, const struct app *app,
	const struct local *local, struct tree_entry *ret_entry);

/* The node of what is kept; its schema's folder where name is "". */
int node_find_kept(const struct tree *tree, const struct app *app, const char *schema,
	const char *name, struct node *ret_node, struct error *err);

/* The node of a scratch file, and its attributes. */
uint64_t node_scratch_number(const struct tree *tree, const struct app *app, uint64_t scratch);
void node_fill_scratch_entry(const struct tree *tree, const struct app *app,
	const struct scratch_figures *figures, struct tree_entry *ret_entry);

/* Of an item as the store has it, for who has that text open; they are fresh for no time. */
void node_fill_text_entry(const struct tree *tree, const struct app *app,
	const struct store_item *item, struct tree_entry *ret_entry);

/* Attributes of an item in the store, or of its text that is being written. */
void node_fill_item_entry(const struct tree *tree, const struct app *app,
	const struct store_item *item, uint64_t fresh_ms, struct tree_entry *ret_entry);

#endif
