/*
 * What somebody wrote into /.squidexfs/refresh: a name a line, of what shall be asked for
 * again.
 *
 *	refresh_new(tree, text, len, &refresh, err);	-- all names are good, or nothing happens
 *	refresh_forget(refresh);			-- the cache believes itself no more
 *	refresh_visit(refresh, &visitor, err);		-- nor may the kernel
 *	refresh_free(refresh);
 *
 * A line is "*" (everything), a schema (in every app that has it), "app/schema", or
 * "app/schema/item", the item by its file name, with or without ".json". Empty lines are nothing.
 *
 * Borrows the tree. One thread at a time. Only the store works here, never the network.
 */
#ifndef SQUIDEXFS_TREE_REFRESH_H
#define SQUIDEXFS_TREE_REFRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct refresh;
struct tree;

/*
 * Told of each thing that the kernel may believe: attributes of a node, an absent name
 * of a directory. Called with no lock held.
 */
struct refresh_visitor {
	void (*see_node)(void *payload, uint64_t node);
	void (*see_absence)(void *payload, uint64_t dir, const char *name);
	bool (*is_over)(void *payload); /* true: there is no kernel to tell any more */
	void *payload;
};

/*
 * -ENOENT: a name that is not known, and the sentence names it. -EINVAL, -EFBIG, -ENAMETOOLONG,
 * -ENOMEM.
 */
int refresh_new(struct tree *tree, const char *text, size_t len, struct refresh **ret_refresh,
	struct error *err);
void refresh_free(struct refresh *refresh); /* NULL is legal */

void refresh_forget(struct refresh *refresh);

/* Fails where the store does: then some was not visited. */
int refresh_visit(
	struct refresh *refresh, const struct refresh_visitor *visitor, struct error *err);

#endif
