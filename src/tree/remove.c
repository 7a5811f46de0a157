#include "tree/remove.h"

#include <errno.h>

#include "api/schema.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"
#include "save/deletes.h"
#include "save/hidden.h"
#include "tree/errors.h"
#include "tree/locals.h"
#include "tree/name.h"
#include "tree/names.h"
#include "tree/node.h"
#include "tree/writing.h"

static int check(const struct node *dir, const struct store_item *item, struct error *err)
{
	if (cache_dir_schema(dir->dir)->is_singleton)
		return error_set(err, EPERM, "%s/%s: the one item of a singleton cannot be deleted",
			dir->name, item->id);
	if (!item->is_writable)
		return error_set(
			err, EACCES, "%s/%s: this client may not change it", dir->name, item->id);
	return 0;
}

static int find(const struct call *call, const struct node *dir, const char *name,
	struct store_item *item, struct error *err)
{
	struct cache *cache = dir->app->cache;
	struct name_decoded decoded;
	int ret;

	if (!name_decode(name, &decoded))
		return error_set(err, ENOENT, "'%s' is not the name of an item: <id>.json", name);
	if (decoded.is_shortened)
		ret = cache_lookup_ino(cache, call, dir->dir, decoded.ino, item, NULL, err);
	else
		ret = cache_lookup(cache, call, dir->dir, decoded.id, item, NULL, err);
	if (ret == 0 && hidden_has(dir->app->hidden, dir->dir, item->id))
		return error_set(err, ENOENT, "'%s' is no longer in '%s'", name, dir->name);
	return ret;
}

/*
 * Cuts off who is writing a name that has no text yet. A save of it that was under way may have made an
 * item of it. *ret_is_item: it has.
 */
static int end_writing(struct tree *tree, const struct call *call, const struct node *dir,
	const char *id, bool *ret_is_item, struct error *err)
{
	struct writing *writing;
	int ret = names_hold_saves(tree, call, dir, id, &writing, err);

	*ret_is_item = writing && writing_has_saved(writing);
	if (writing && !*ret_is_item)
		writing_cut_off(writing);
	names_let_save(writing);
	return ret;
}

/* A name that has no text yet; *ret_is_there: it was one. What it replaced is removed still. */
static int remove_local(struct tree *tree, const struct call *call, const struct node *dir,
	const char *name, bool *ret_is_there, struct error *err)
{
	struct name_decoded decoded;
	struct local local;
	bool has_resumed, is_item;
	int ret;

	*ret_is_there = name_decode(name, &decoded) && !decoded.is_shortened &&
			locals_find(tree->locals, dir->dir, decoded.id, &local);
	if (!*ret_is_there)
		return 0;
	ret = end_writing(tree, call, dir, local.id, &is_item, err);
	if (ret < 0)
		return ret;
	*ret_is_there = !is_item;
	locals_remove(tree->locals, dir->dir, local.id);
	if (is_item)
		return 0;
	return deletes_resume(dir->app->deletes, dir->dir, local.id, &has_resumed, err);
}

/* Who is writing it (NULL: nobody) goes on with a text of his own, as with a file that is unlinked. */
static int remove_held(const struct call *call, const struct node *dir, struct store_item *item,
	struct writing *writing, struct error *err)
{
	/* A save may have ended since it was found. */
	int ret = cache_peek(dir->app->cache, item->row, item, err);

	if (ret == -ENOENT)
		return error_set(err, ENOENT, "the item is no longer there");
	if (ret == 0)
		ret = check(dir, item, err);
	if (ret == 0)
		ret = deletes_add(dir->app->deletes, call, dir->dir, item->id, item->version, err);
	if (ret == 0 && writing)
		writing_cut_off(writing);
	return ret;
}

int remove_item(struct tree *tree, const struct call *call, const struct node *dir,
	const char *name, struct error *err)
{
	struct writing *writing = NULL;
	struct store_item item;
	bool is_local;
	int ret;

	if (!dir->app->deletes)
		return tree_refuse_change(tree, dir->number, "remove", err);
	ret = remove_local(tree, call, dir, name, &is_local, err);
	if (ret < 0 || is_local)
		return ret;
	store_item_init(&item);
	ret = find(call, dir, name, &item, err);
	if (ret == 0)
		ret = names_hold_saves(tree, call, dir, item.id, &writing, err);
	if (ret == 0)
		ret = remove_held(call, dir, &item, writing, err);
	if (ret == 0)
		names_note_hidden(tree, dir, name, item.id);
	names_let_save(writing);
	store_item_release(&item);
	return ret;
}

/* The kernel need not be told: it was given no time to believe that the name is absent. */
static void note_refusal(
	void *payload, const struct cache_dir *dir, const char *id, const struct error *err)
{
	struct tree *tree = payload;
	const struct node *node = node_of_dir(tree, dir);
	char name[NAME_MAX_LEN + 1], path[TREE_PATH_MAX];

	if (!node)
		return;
	name_encode(id, store_ino(node->app->name, node->name, id), name);
	tree_path(tree, node->number, name, path, sizeof(path));
	error_log_add(tree->conf.errors, clock_wall_s(tree->conf.clock), "remove", path, err);
}

static void set_observers(struct tree *tree, deletes_refused_fn on_refused)
{
	for (size_t i = 0; i < tree->conf.n_apps; i++) {
		if (tree->conf.apps[i].deletes)
			deletes_set_observer(tree->conf.apps[i].deletes, on_refused, tree);
	}
}

void remove_observe(struct tree *tree)
{
	set_observers(tree, note_refusal);
}

void remove_ignore(struct tree *tree)
{
	set_observers(tree, NULL);
}
