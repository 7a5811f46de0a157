/*
 * Items that are removed, and what becomes of them. For the kind of their directory.
 *
 *	remove_item(tree, &call, &dir, "x.json", err);	-- unlink
 *	remove_observe(tree);				-- what the server refuses is told
 *	remove_ignore(tree);
 *
 * The item is hidden at once and deleted later (save/deletes.h); who has it open goes on, and saves
 * nothing. Private to tree/. Any thread.
 */
#ifndef SQUIDEXFS_TREE_REMOVE_H
#define SQUIDEXFS_TREE_REMOVE_H

struct call;
struct error;
struct node;
struct tree;

/*
 * -ENOENT; -EROFS: nothing is written here; -EACCES: the client may not; -EPERM: a singleton, or
 * delete=off. May block on the network, where the item is not at hand.
 */
int remove_item(struct tree *tree, const struct call *call, const struct node *dir,
	const char *name, struct error *err);

void remove_observe(struct tree *tree);
void remove_ignore(struct tree *tree);

#endif
