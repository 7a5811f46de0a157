/* A content item: /apps/<app>/<schema>/<id>.json. */
#include <errno.h>

#include "base/error.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "tree/file.h"
#include "tree/node.h"
#include "tree/openings.h"
#include "tree/writing.h"

/*
 * A row that is gone is a stale node, not a missing file: told so, the kernel looks the
 * name up again, and finds the item where it was created anew, or reports that it is missing.
 */
static int stale_if_gone(int ret, struct error *err)
{
	if (ret == -ENOENT && err)
		err->errnum = ESTALE;
	return ret == -ENOENT ? -ESTALE : ret;
}

static int get_item(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	struct store_item item;
	uint64_t fresh_ms;
	int ret;

	store_item_init(&item);
	ret = cache_get_brief(node->app->cache, call, node->row, &item, &fresh_ms, err);
	if (ret == 0)
		node_fill_item_entry(tree, node->app, &item, fresh_ms, ret_entry);
	store_item_release(&item);
	return stale_if_gone(ret, err);
}

/*
 * What somebody is writing is what others read, until the server has taken or refused it: then they
 * read what the server has. The writer may still have it open, if only because the kernel tells of the
 * last close after it has returned.
 */
static void share_writing(struct tree *tree, const struct node *node, const struct store_item *item,
	struct tree_file *file)
{
	const struct writing_key key = { node->app, cache_dir_of(node->app->cache, item), item->id,
		"" };

	struct writing *writing = writings_find(tree->writings, &key);

	if (!writing || !writing_is_pending(writing)) {
		writing_unref(writing);
		return;
	}
	file->writing = writing;
	text_unref(file->text);
	file->text = NULL;
}

static int open_item(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file *file, struct error *err)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = cache_read_brief(node->app->cache, call, node->row, &file->text, &item, err);
	if (ret == 0) {
		node_fill_text_entry(tree, node->app, &item, &file->entry);
		file->digest = item.digest;
		openings_note(tree->openings, item.ino, item.version);
		share_writing(tree, node, &item, file);
	}
	store_item_release(&item);
	return stale_if_gone(ret, err);
}

static int load_item(struct tree *tree, const struct call *call, const struct node *node,
	struct store_item *ret_item, struct error *err)
{
	uint64_t fresh_ms;

	(void)tree;
	return stale_if_gone(
		cache_get(node->app->cache, call, node->row, ret_item, &fresh_ms, err), err);
}

const struct kind kind_item = {
	.get = get_item,
	.open = open_item,
	.load = load_item,
};
