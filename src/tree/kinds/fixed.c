/* Directories whose members never change: /, /apps, /apps/<app>, /.squidexfs. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "tree/dir.h"

static int get_fixed(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	(void)call;
	(void)err;
	node_fill_entry(tree, node, ret_entry);
	return 0;
}

static int lookup_fixed(struct tree *tree, const struct call *call, const struct node *node,
	const char *name, struct tree_entry *ret_entry, uint64_t *ret_negative_ms,
	struct error *err)
{
	const struct node *child = &tree->nodes[node->first_child];

	for (size_t i = 0; i < node->n_children; i++, child++) {
		if (strcmp(child->name, name) == 0)
			return child->kind->get(tree, call, child, ret_entry, err);
	}
	*ret_negative_ms = NODE_FIXED_FRESH_MS;
	return error_set(err, ENOENT, "there is no '%s' here", name);
}

/* Names with a leading dot are reached, but not listed: as ZFS does with .zfs. */
static int next_fixed(struct tree_dir *dir, const struct call *call, uint64_t position,
	struct tree_entry *ret_entry, uint64_t *ret_next, struct error *err)
{
	struct tree *tree = dir->tree;

	for (uint64_t i = position; i < dir->node.n_children; i++) {
		const struct node *child = &tree->nodes[dir->node.first_child + i];
		int ret;

		if (child->name[0] == '.')
			continue;
		ret = child->kind->get(tree, call, child, ret_entry, err);
		if (ret < 0)
			return ret;
		dir->name = child->name;
		*ret_next = i + 1;
		return 1;
	}
	return 0;
}

const struct kind kind_fixed = {
	.get = get_fixed,
	.lookup = lookup_fixed,
	.next = next_fixed,
};
