/* A scratch file, or a symbolic link among them: /apps/<app>/<schema>/<any other name>. */
#include "tree/scratch.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/error.h"
#include "tree/file.h"
#include "tree/node.h"

static int get_scratch(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	struct scratch_figures figures;
	int ret = scratch_get(tree->scratches, node->row, &figures, err);

	(void)call;
	if (ret == 0)
		node_fill_scratch_entry(tree, node->app, &figures, ret_entry);
	return ret;
}

static int open_scratch(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file *file, struct error *err)
{
	int ret = scratch_open(tree->scratches, node->row, &file->scratch, err);

	if (ret == 0)
		ret = get_scratch(tree, call, node, &file->entry, err);
	file->digest = (uintptr_t)file->scratch;
	return ret;
}

const struct kind kind_scratch = {
	.get = get_scratch,
	.open = open_scratch,
};

int tree_readlink(struct tree *tree, uint64_t number, char *target, size_t size, struct error *err)
{
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret < 0)
		return ret;
	if (node.kind != &kind_scratch)
		return error_set(err, EINVAL, "not a symbolic link");
	return scratch_readlink(tree->scratches, node.row, target, size, err);
}

int tree_set_attributes(struct tree *tree, uint64_t number,
	const struct tree_attributes *attributes, struct error *err)
{
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret < 0 || node.kind != &kind_scratch)
		return ret;
	return scratch_change(tree->scratches, node.row, attributes, err);
}
