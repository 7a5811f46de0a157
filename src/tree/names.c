/* Names in a directory of items, other than by opening: removed, linked, refused. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "cache/cache.h"
#include "save/hidden.h"
#include "tree/locals.h"
#include "tree/name.h"
#include "tree/names.h"
#include "tree/node.h"
#include "tree/openings.h"
#include "tree/remove.h"
#include "tree/scratch.h"
#include "tree/writing.h"

int tree_refuse_kind(struct tree *tree, uint64_t parent, const char *what, struct error *err)
{
	struct node dir;
	int ret = node_find(tree, parent, &dir, err);

	if (ret < 0)
		return ret;
	if (!dir.app || !dir.app->saver)
		return tree_refuse_change(tree, parent, "create", err);
	return error_set(
		err, EPERM, "%s cannot be made here: an app has schemas, a schema items", what);
}

int names_hold_saves(struct tree *tree, const struct call *call, const struct node *dir,
	const char *id, struct writing **ret_writing, struct error *err)
{
	const struct writing_key key = { dir->app, dir->dir, id, "" };
	struct writing *writing = writings_find(tree->writings, &key);
	int ret = writing ? writing_begin_save(writing, call, err) : 0;

	if (ret < 0) {
		writing_unref(writing);
		writing = NULL;
	}
	*ret_writing = writing;
	return ret;
}

void names_let_save(struct writing *writing)
{
	if (writing)
		writing_end_save(writing);
	writing_unref(writing);
}

void names_show(const struct node *dir, const char *id)
{
	if (*id)
		hidden_remove(dir->app->hidden, dir->dir, id);
}

void names_note_hidden(struct tree *tree, const struct node *dir, const char *name, const char *id)
{
	struct cache_change change = { .dir = dir->dir, .id = id, .is_removed = true };
	char encoded[NAME_MAX_LEN + 1];
	struct store_item item;

	name_encode(id, store_ino(dir->app->name, dir->name, id), encoded);
	if (strcmp(name, encoded) == 0)
		return;
	store_item_init(&item);
	if (cache_peek_find(dir->dir, id, &item, NULL) == 0) {
		change.row = item.row;
		changes_pass_on(tree, &change);
	}
	store_item_release(&item);
}

void names_note_saved(struct tree *tree, const struct app *app, const struct cache_dir *dir,
	const char *id, int64_t version)
{
	/* Who made a text need not read it. */
	openings_note(tree->openings, store_ino(app->name, cache_dir_name(dir), id), version);
	locals_remove(tree->locals, dir, id);
	if (scratch_forget_item(tree->scratches, dir, id))
		hidden_remove(app->hidden, dir, id);
}

int names_find_dir(struct tree *tree, uint64_t parent, const char *what, struct node *ret_dir,
	struct error *err)
{
	int ret = node_find(tree, parent, ret_dir, err);

	if (ret < 0)
		return ret;
	if (ret_dir->kind != &kind_schema || !ret_dir->app->saver)
		return tree_refuse_change(tree, parent, what, err);
	return 0;
}

int tree_symlink(struct tree *tree, uint64_t parent, const char *name, const char *target,
	struct tree_entry *ret_entry, struct error *err)
{
	struct name_decoded decoded;
	struct scratch_name scratch = { .name = name };
	struct scratch_figures figures;
	struct node dir;
	int ret = names_find_dir(tree, parent, "create", &dir, err);

	if (ret < 0)
		return ret;
	if (name_decode(name, &decoded))
		return error_set(err, EPERM, "an item cannot be a symbolic link");
	scratch.app = dir.app;
	scratch.dir = dir.dir;
	ret = scratch_symlink(&scratch, target, err);
	if (ret == 0)
		ret = scratch_find(tree->scratches, &scratch, &figures, err);
	if (ret == 0)
		node_fill_scratch_entry(tree, dir.app, &figures, ret_entry);
	return ret;
}

int names_unlink(struct tree *tree, const struct call *call, const struct node *dir,
	const char *name, struct error *err)
{
	const struct scratch_name scratch = { dir->app, dir->dir, name };
	struct name_decoded decoded;
	char id[NAME_MAX_LEN + 1];
	int ret;

	if (!dir->app->saver || name_decode(name, &decoded))
		return remove_item(tree, call, dir, name, err);
	ret = scratch_remove(tree->scratches, &scratch, SCRATCH_REMOVED, id, err);
	names_show(dir, id);
	return ret;
}
