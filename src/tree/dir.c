#include "tree/dir.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "cache/cache.h"

int tree_open_dir(struct tree *tree, const struct call *call, uint64_t number,
	struct tree_dir **ret_dir, struct error *err)
{
	struct tree_dir *dir;
	struct node node;
	int ret = node_find(tree, number, &node, err);

	(void)call;
	if (ret < 0)
		return ret;
	if (!node.kind->next)
		return error_set(err, ENOTDIR, "not a directory");
	dir = calloc(1, sizeof(*dir));
	if (!dir)
		return error_set(err, ENOMEM, "out of memory");
	dir->tree = tree;
	dir->node = node;
	*ret_dir = dir;
	return 0;
}

static void next_dot(struct tree_dir *dir, int64_t offset, struct tree_entry *ret_entry)
{
	const struct node *parent = node_parent(dir->tree, &dir->node);

	node_fill_entry(dir->tree, offset == 0 ? &dir->node : parent, ret_entry);
	dir->name = offset == 0 ? "." : "..";
}

int tree_dir_next(struct tree_dir *dir, const struct call *call, int64_t offset,
	const char **ret_name, struct tree_entry *ret_entry, int64_t *ret_next, struct error *err)
{
	uint64_t position = 0;
	int ret;

	if (offset < 0)
		return error_set(err, EINVAL, "a directory has no offset %lld", (long long)offset);
	if (offset < DIR_DOTS) {
		/* A reader that begins again sees what is there now. */
		dir->is_loaded = false;
		next_dot(dir, offset, ret_entry);
		*ret_name = dir->name;
		*ret_next = offset + 1;
		return 1;
	}
	ret = dir->node.kind->next(
		dir, call, (uint64_t)offset - DIR_DOTS, ret_entry, &position, err);
	if (ret <= 0)
		return ret;
	*ret_name = dir->name;
	*ret_next = (int64_t)position + DIR_DOTS;
	return 1;
}

void tree_dir_free(struct tree_dir *dir)
{
	if (!dir)
		return;
	if (dir->batch)
		store_batch_release(dir->batch);
	free(dir->batch);
	unsaved_list_release(&dir->kept);
	free(dir);
}

bool tree_has_items(const struct tree *tree, uint64_t number)
{
	struct node node;

	return node_find(tree, number, &node, NULL) == 0 && node.dir;
}

uint64_t tree_list_stamp(struct tree *tree, uint64_t number)
{
	struct node node;

	if (node_find(tree, number, &node, NULL) < 0 || !node.dir)
		return 0;
	return cache_list_stamp(node.dir);
}
