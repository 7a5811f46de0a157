/* The directory of a schema: one file an item, in the order of the store's rows. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"
#include "save/hidden.h"
#include "tree/absences.h"
#include "tree/dir.h"
#include "tree/locals.h"
#include "tree/name.h"
#include "tree/names.h"
#include "tree/scratch.h"

static int get_schema(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	(void)call;
	(void)err;
	node_fill_entry(tree, node, ret_entry);
	return 0;
}

/* It may be shown again at any moment, so the kernel must not remember it. */
static int fail_hidden(const struct node *node, const char *name, struct error *err)
{
	return error_set(err, ENOENT, "'%s' is no longer in '%s'", name, node->name);
}

/* Where nothing can be written there are none, nor will there be. */
static int lookup_scratch(struct tree *tree, const struct node *node, const char *name,
	struct tree_entry *ret_entry, uint64_t *ret_negative_ms, struct error *err)
{
	const struct scratch_name scratch = { node->app, node->dir, name };
	struct scratch_figures figures;
	int ret = -ENOENT;

	if (node->app->state)
		ret = scratch_find(tree->scratches, &scratch, &figures, err);
	else
		*ret_negative_ms = NODE_FIXED_FRESH_MS;
	if (ret == -ENOENT)
		return error_set(err, ENOENT, "'%s' is not the name of an item: <id>.json", name);
	if (ret == 0)
		node_fill_scratch_entry(tree, node->app, &figures, ret_entry);
	return ret;
}

/* Directories beside the items, which are reached by name and not listed. */
static bool find_child(const struct tree *tree, const struct node *node, const char *name,
	struct tree_entry *ret_entry)
{
	const struct node *child = &tree->nodes[node->first_child];

	for (size_t i = 0; i < node->n_children; i++, child++) {
		if (strcmp(child->name, name) == 0) {
			node_fill_entry(tree, child, ret_entry);
			return true;
		}
	}
	return false;
}

/*
 * The kernel knows a name of its own for each way to write an id. When the item goes it is told of one,
 * so it has to ask each time for the others.
 */
static bool is_its_name(const struct store_item *item, const char *name)
{
	char encoded[NAME_MAX_LEN + 1];

	name_encode(item->id, item->ino, encoded);
	return strcmp(encoded, name) == 0;
}

static int lookup_item(struct tree *tree, const struct call *call, const struct node *node,
	const char *name, struct tree_entry *ret_entry, uint64_t *ret_negative_ms,
	struct error *err)
{
	struct cache *cache = node->app->cache;
	struct name_decoded decoded;
	struct store_item item;
	struct local local;
	uint64_t fresh_ms = 0;
	int ret;

	if (find_child(tree, node, name, ret_entry))
		return 0;
	if (!name_decode(name, &decoded))
		return lookup_scratch(tree, node, name, ret_entry, ret_negative_ms, err);
	if (locals_find(tree->locals, node->dir, decoded.id, &local)) {
		node_fill_local_entry(tree, node->app, &local, ret_entry);
		return 0;
	}
	if (hidden_has(node->app->hidden, node->dir, decoded.id))
		return fail_hidden(node, name, err);
	store_item_init(&item);
	if (decoded.is_shortened)
		ret = cache_lookup_ino(cache, call, node->dir, decoded.ino, &item, &fresh_ms, err);
	else
		ret = cache_lookup(cache, call, node->dir, decoded.id, &item, &fresh_ms, err);
	if (ret == 0 && hidden_has(node->app->hidden, node->dir, item.id))
		ret = fail_hidden(node, name, err);
	else if (ret == 0)
		node_fill_item_entry(
			tree, node->app, &item, is_its_name(&item, name) ? fresh_ms : 0, ret_entry);
	else if (ret == -ENOENT)
		*ret_negative_ms = absences_note(tree->absences, node->number, name,
			cache_negative_ms(
				cache, node->dir, decoded.is_shortened ? NULL : decoded.id),
			clock_now_ms(tree->conf.clock));
	store_item_release(&item);
	return ret;
}

static int load_batch(
	struct tree_dir *dir, const struct call *call, uint64_t after_row, struct error *err)
{
	uint64_t fresh_ms = 0;
	int ret;

	if (!dir->batch) {
		dir->batch = malloc(sizeof(*dir->batch));
		if (!dir->batch)
			return error_set(err, ENOMEM, "out of memory");
		store_batch_init(dir->batch);
	}
	dir->is_loaded = false;
	store_batch_release(dir->batch);
	store_batch_init(dir->batch);
	dir->n_changes = cache_count_changes(dir->node.dir);
	ret = cache_list(dir->node.app->cache, call, dir->node.dir, after_row, dir->batch,
		&fresh_ms, &dir->is_last, err);
	if (ret < 0)
		return ret;
	dir->fresh_until_ms = clock_now_ms(dir->tree->conf.clock) + fresh_ms;
	dir->batch_after = after_row;
	dir->is_loaded = true;
	return 0;
}

/* The first item of the batch behind a row; NULL: none, or the row lies before the batch. */
static const struct store_item *find_behind(const struct tree_dir *dir, uint64_t row)
{
	size_t low = 0, high;

	if (!dir->is_loaded || row < dir->batch_after)
		return NULL;
	high = dir->batch->n_items;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (dir->batch->items[middle].row > row)
			high = middle;
		else
			low = middle + 1;
	}
	return low < dir->batch->n_items ? &dir->batch->items[low] : NULL;
}

/* Is it known, from the batch at hand, that nothing lies behind a row? */
static bool is_at_end(const struct tree_dir *dir, uint64_t row)
{
	return dir->is_loaded && dir->is_last && row >= dir->batch_after;
}

/*
 * A batch may be read slowly: it is good for what is left of its time. What has changed meanwhile
 * the kernel may have been told before it was told of the item: so it must not believe the batch.
 */
static uint64_t get_fresh_ms(const struct tree_dir *dir)
{
	uint64_t now = clock_now_ms(dir->tree->conf.clock);

	if (cache_count_changes(dir->node.dir) != dir->n_changes)
		return 0;
	return dir->fresh_until_ms > now ? dir->fresh_until_ms - now : 0;
}

static int next_scratch(struct tree_dir *dir, uint64_t position, struct tree_entry *ret_entry,
	uint64_t *ret_next, struct error *err)
{
	const struct app *app = dir->node.app;
	uint64_t after = position > DIR_SCRATCHES ? position - DIR_SCRATCHES : 0;
	struct scratch_figures figures;
	int ret;

	if (!app->state)
		return 0;
	ret = scratch_next(
		dir->tree->scratches, app, dir->node.dir, after, &figures, dir->encoded, err);
	if (ret <= 0)
		return ret;
	dir->name = dir->encoded;
	node_fill_scratch_entry(dir->tree, app, &figures, ret_entry);
	*ret_next = DIR_SCRATCHES + figures.number;
	return 1;
}

/* Names that are here alone come behind the items. */
static int next_local(struct tree_dir *dir, uint64_t position, struct tree_entry *ret_entry,
	uint64_t *ret_next, struct error *err)
{
	uint64_t after = position > DIR_LOCALS ? position - DIR_LOCALS : 0;
	struct local local;

	if (position >= DIR_SCRATCHES ||
		!locals_next(dir->tree->locals, dir->node.dir, after, &local))
		return next_scratch(dir, position, ret_entry, ret_next, err);
	memcpy(dir->encoded, local.name, sizeof(dir->encoded));
	dir->name = dir->encoded;
	node_fill_local_entry(dir->tree, dir->node.app, &local, ret_entry);
	*ret_next = DIR_LOCALS + local.number;
	return 1;
}

/* Whose name somebody is making anew is shown as that. */
static bool is_shown(const struct tree_dir *dir, const char *id)
{
	return !hidden_has(dir->node.app->hidden, dir->node.dir, id) &&
	       !locals_find(dir->tree->locals, dir->node.dir, id, NULL);
}

/* The first item behind a position that is shown; NULL: none. */
static int find_shown(struct tree_dir *dir, const struct call *call, uint64_t position,
	const struct store_item **ret_item, struct error *err)
{
	const struct store_item *item = find_behind(dir, position);

	while (item ? !is_shown(dir, item->id) : !is_at_end(dir, position)) {
		if (item) {
			position = item->row;
		} else {
			int ret = load_batch(dir, call, position, err);

			if (ret < 0)
				return ret;
			assert(dir->batch->n_items > 0 || dir->is_last);
		}
		item = find_behind(dir, position);
	}
	*ret_item = item;
	return 0;
}

static int next_item(struct tree_dir *dir, const struct call *call, uint64_t position,
	struct tree_entry *ret_entry, uint64_t *ret_next, struct error *err)
{
	const struct store_item *item = NULL;
	int ret;

	if (position >= DIR_LOCALS)
		return next_local(dir, position, ret_entry, ret_next, err);
	ret = find_shown(dir, call, position, &item, err);
	if (ret < 0)
		return ret;
	if (!item)
		return next_local(dir, position, ret_entry, ret_next, err);
	name_encode(item->id, item->ino, dir->encoded);
	dir->name = dir->encoded;
	node_fill_item_entry(dir->tree, dir->node.app, item, get_fresh_ms(dir), ret_entry);
	*ret_next = item->row;
	return 1;
}

const struct kind kind_schema = {
	.get = get_schema,
	.lookup = lookup_item,
	.next = next_item,
	.unlink = names_unlink,
};
