/*
 * What names in a directory of items have in common, for the files that change them: names.c,
 * rename.c, write.c. Private to tree/.
 */
#ifndef SQUIDEXFS_TREE_NAMES_H
#define SQUIDEXFS_TREE_NAMES_H

#include <stdint.h>

struct app;
struct cache_dir;
struct call;
struct error;
struct node;
struct tree;
struct writing;

/* A directory whose names can be changed: else as tree_refuse_change(what). */
int names_find_dir(struct tree *tree, uint64_t parent, const char *what, struct node *ret_dir,
	struct error *err);

/* Takes a name away: of an item, as remove_item; of a scratch file. -ENOENT. */
int names_unlink(struct tree *tree, const struct call *call, const struct node *dir,
	const char *name, struct error *err);

/*
 * Whoever writes the item, and saves nothing from now until names_let_save: a save of it that was under
 * way has ended. NULL: nobody writes it. -EINTR, -ETIMEDOUT: that was waited for in vain.
 */
int names_hold_saves(struct tree *tree, const struct call *call, const struct node *dir,
	const char *id, struct writing **ret_writing, struct error *err);
void names_let_save(struct writing *writing); /* NULL is legal */

/* The item (id "": none) was hidden for a name that has ended. */
void names_show(const struct node *dir, const char *id);

/*
 * An item is hidden that was removed or moved away by that name. It may have been another spelling of the
 * one that the kernel believes.
 */
void names_note_hidden(struct tree *tree, const struct node *dir, const char *name, const char *id);

/* The server has it, as that version: from now on it is found in the store, and shown. */
void names_note_saved(struct tree *tree, const struct app *app, const struct cache_dir *dir,
	const char *id, int64_t version);

#endif
