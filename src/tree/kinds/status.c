/*
 * What is set of the items of a schema: /apps/<app>/<schema>/.status/<id>. The directory is reached by
 * name and not listed; in it stands a file for each item.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "base/error.h"
#include "base/hash.h"
#include "cache/cache.h"
#include "save/hidden.h"
#include "save/status_change.h"
#include "tree/dir.h"
#include "tree/file.h"
#include "tree/name.h"

/* Three lines of a few words. */
#define TEXT_MAX ((size_t)64 << 10)

static const char suffix[] = ".json";

/* Without a schedule, of which only the server knows: the size is that of the lines at hand. */
static void fill_entry(const struct tree *tree, const struct app *app,
	const struct store_item *item, struct tree_entry *ret_entry)
{
	const char *const names[] = { "status", app->name,
		cache_dir_name(cache_dir_of(app->cache, item)), item->id };

	node_fill_item_entry(tree, app, item, 0, ret_entry);
	ret_entry->node = node_status_number(tree, app, item->row);
	ret_entry->ino = hash_strings(names, 4);
	ret_entry->size = status_size(item);
	ret_entry->fresh_ms = 0;
	if (!app->saver)
		ret_entry->mode &= ~(mode_t)0222;
}

static int load(const struct call *call, const struct node *node, struct store_item *item,
	struct error *err)
{
	uint64_t fresh_ms;
	int ret = cache_get(node->app->cache, call, node->row, item, &fresh_ms, err);

	if (ret == -ENOENT)
		return error_set(err, ESTALE, "the item is no longer there");
	return ret;
}

static int get_status(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = load(call, node, &item, err);
	if (ret == 0)
		fill_entry(tree, node->app, &item, ret_entry);
	store_item_release(&item);
	return ret;
}

static int open_status(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file *file, struct error *err)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	buf_init(&file->bytes, TEXT_MAX);
	ret = load(call, node, &item, err);
	if (ret == 0)
		ret = status_show(node->app->client, call, cache_dir_of(node->app->cache, &item),
			item.id, &file->bytes, err);
	if (ret == 0) {
		fill_entry(tree, node->app, &item, &file->entry);
		file->entry.size = file->bytes.len;
		file->is_direct = true;
	}
	store_item_release(&item);
	return ret;
}

static int set_status(struct tree *tree, const struct call *call, const struct node *node,
	const char *text, size_t len, struct error *err)
{
	struct store_item item;
	int ret;

	if (!node->app->saver)
		return tree_refuse_change(tree, node->number, "write", err);
	store_item_init(&item);
	ret = load(call, node, &item, err);
	if (ret == 0)
		ret = saver_set_status(node->app->saver, call,
			cache_dir_of(node->app->cache, &item), &item, text, len, err);
	store_item_release(&item);
	return ret;
}

const struct kind kind_status = {
	.get = get_status,
	.open = open_status,
	.set = set_status,
};

static int get_dir(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	(void)call;
	(void)err;
	node_fill_entry(tree, node, ret_entry);
	return 0;
}

static int find_item(struct tree *tree, const struct call *call, const struct node *node,
	const struct name_decoded *name, struct store_item *item, struct error *err)
{
	struct cache_dir *dir = node_parent(tree, node)->dir;
	struct cache *cache = node->app->cache;
	uint64_t fresh_ms;
	int ret;

	if (name->is_shortened)
		ret = cache_lookup_ino(cache, call, dir, name->ino, item, &fresh_ms, err);
	else
		ret = cache_lookup(cache, call, dir, name->id, item, &fresh_ms, err);
	if (ret == 0 && hidden_has(node->app->hidden, dir, item->id))
		return error_set(err, ENOENT, "the item is no longer there");
	return ret;
}

static int lookup_status(struct tree *tree, const struct call *call, const struct node *node,
	const char *name, struct tree_entry *ret_entry, uint64_t *ret_negative_ms,
	struct error *err)
{
	char file_name[NAME_MAX_LEN + sizeof(suffix)];
	struct name_decoded decoded;
	struct store_item item;
	int ret;

	(void)ret_negative_ms;
	snprintf(file_name, sizeof(file_name), "%s%s", name, suffix);
	if (strlen(file_name) > NAME_MAX_LEN || !name_decode(file_name, &decoded))
		return error_set(err, ENOENT, "'%s' is not the name of an item", name);
	store_item_init(&item);
	ret = find_item(tree, call, node, &decoded, &item, err);
	if (ret == 0)
		fill_entry(tree, node->app, &item, ret_entry);
	store_item_release(&item);
	return ret;
}

/* The schema's own order, without what is here alone. */
static int next_status(struct tree_dir *dir, const struct call *call, uint64_t position,
	struct tree_entry *ret_entry, uint64_t *ret_next, struct error *err)
{
	const struct node *node = &dir->node;
	struct store_item item;
	int ret;

	dir->node.dir = node_parent(dir->tree, node)->dir;
	store_item_init(&item);
	do {
		ret = kind_schema.next(dir, call, position, ret_entry, ret_next, err);
		if (ret <= 0)
			return ret;
		if (*ret_next >= DIR_LOCALS)
			return 0;
		position = *ret_next;
		ret = cache_peek(node->app->cache, position, &item, err);
	} while (ret == -ENOENT);
	if (ret == 0)
		fill_entry(dir->tree, node->app, &item, ret_entry);
	store_item_release(&item);
	dir->encoded[strlen(dir->encoded) - (sizeof(suffix) - 1)] = '\0';
	return ret < 0 ? ret : 1;
}

const struct kind kind_status_dir = {
	.get = get_dir,
	.lookup = lookup_status,
	.next = next_status,
};
