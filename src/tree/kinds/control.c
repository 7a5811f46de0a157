/*
 * /.squidexfs: files whose text is made when they are opened (status, metrics, errors), and one
 * that takes orders (refresh).
 */
#include "base/clock.h"
#include "base/error.h"
#include "tree/file.h"
#include "tree/node.h"
#include "tree/refresh.h"

/* Status, metrics and the latest errors: some hundred bytes an app, some kilobytes an error. */
#define CONTROL_MAX (16 << 20)

static int open_control(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file *file, struct error *err)
{
	int ret;

	(void)call;
	buf_init(&file->bytes, CONTROL_MAX);
	ret = node->render(tree, &file->bytes, err);
	if (ret < 0)
		return ret;
	node_fill_entry(tree, node, &file->entry);
	file->entry.size = file->bytes.len;
	file->entry.modified_s = clock_wall_s(tree->conf.clock);
	file->entry.fresh_ms = 0;
	file->is_direct = true;
	return 0;
}

/* The size is that of the text as it would be now: tools that trust it read it all. */
static int get_control(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	struct tree_file file = { 0 };
	int ret = open_control(tree, call, node, &file, err);

	if (ret == 0)
		*ret_entry = file.entry;
	buf_release(&file.bytes);
	return ret;
}

const struct kind kind_control = {
	.get = get_control,
	.open = open_control,
};

static int get_refresh(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	(void)call;
	(void)err;
	node_fill_entry(tree, node, ret_entry);
	return 0;
}

/* Read by root, who may read everything, it is empty. */
static int open_refresh(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file *file, struct error *err)
{
	(void)call;
	(void)err;
	node_fill_entry(tree, node, &file->entry);
	file->is_direct = true;
	return 0;
}

const struct kind kind_refresh = {
	.get = get_refresh,
	.open = open_refresh,
	.write = refresh_new,
};
