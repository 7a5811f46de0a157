/* A new item that the server does not have yet: /apps/<app>/<schema>/<id>.json. */
#include <errno.h>

#include "base/error.h"
#include "tree/file.h"
#include "tree/locals.h"
#include "tree/node.h"
#include "tree/writing.h"

static int find(
	struct tree *tree, const struct node *node, struct local *ret_local, struct error *err)
{
	if (locals_get(tree->locals, node->row, ret_local))
		return 0;
	/* The kernel looks the name up again, and finds the item or nothing. */
	return error_set(err, ESTALE, "the new item is no longer there");
}

static int get_local(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	struct local local;
	int ret = find(tree, node, &local, err);

	(void)call;
	if (ret == 0)
		node_fill_local_entry(tree, node->app, &local, ret_entry);
	return ret;
}

/* Empty, unless somebody is writing it. */
static int open_local(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file *file, struct error *err)
{
	struct writing_key key;
	struct local local;
	int ret = find(tree, node, &local, err);

	(void)call;
	if (ret < 0)
		return ret;
	key = (struct writing_key){ node->app, local.dir, local.id, local.name };
	file->writing = writings_find(tree->writings, &key);
	node_fill_local_entry(tree, node->app, &local, &file->entry);
	return 0;
}

const struct kind kind_local = {
	.get = get_local,
	.open = open_local,
};
