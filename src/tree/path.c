/* Node numbers to paths, for messages. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cache/cache.h"
#include "tree/locals.h"
#include "tree/name.h"
#include "tree/node.h"
#include "tree/scratch.h"

struct path {
	char *text;
	size_t size;
	size_t len;
};

/* What does not fit is cut. */
static void add_name(struct path *path, const char *name)
{
	int len = snprintf(path->text + path->len, path->size - path->len, "/%s", name);

	if (len < 0)
		return;
	path->len += (size_t)len;
	if (path->len >= path->size)
		path->len = path->size - 1;
}

/* The root adds nothing. */
static void add_fixed(struct path *path, const struct tree *tree, const struct node *node)
{
	if (node->number == TREE_ROOT)
		return;
	add_fixed(path, tree, node_parent(tree, node));
	add_name(path, node->name);
}

static void add_item(struct path *path, const struct tree *tree, const struct node *node)
{
	char name[NAME_MAX_LEN + 1];
	const struct node *schema;
	struct store_item item;

	store_item_init(&item);
	if (cache_peek(node->app->cache, node->row, &item, NULL) < 0) {
		add_name(path, "apps");
		add_name(path, node->app->name);
		add_name(path, "(an item that is gone)");
	} else {
		schema = node_of_dir(tree, cache_dir_of(node->app->cache, &item));
		if (schema)
			add_fixed(path, tree, schema);
		name_encode(item.id, item.ino, name);
		if (node->kind == &kind_status) {
			add_name(path, ".status");
			*strrchr(name, '.') = '\0';
		}
		add_name(path, name);
	}
	store_item_release(&item);
}

static void add_local(struct path *path, const struct tree *tree, const struct node *node)
{
	const struct node *schema;
	struct local local;

	if (!locals_get(tree->locals, node->row, &local)) {
		add_name(path, "(a new item that is gone)");
		return;
	}
	schema = node_of_dir(tree, local.dir);
	if (schema)
		add_fixed(path, tree, schema);
	add_name(path, local.name);
}

static void add_kept(struct path *path, const struct tree *tree, const struct node *node)
{
	add_fixed(path, tree, node_parent(tree, node));
	add_name(path, node->folder);
	if (node->kind == &kind_unsaved_file)
		add_name(path, node->name);
}

static void add_scratch(struct path *path, const struct tree *tree, const struct node *node)
{
	char name[NAME_MAX_LEN + 1];
	const struct cache_dir *dir = scratch_get_name(tree->scratches, node->row, name);
	const struct node *schema = node_of_dir(tree, dir);

	if (schema)
		add_fixed(path, tree, schema);
	add_name(path, *name ? name : "(a scratch file that is gone)");
}

void tree_path(struct tree *tree, uint64_t number, const char *name, char *ret_path, size_t size)
{
	struct path path = { .text = ret_path, .size = size };
	struct node node;

	ret_path[0] = '\0';
	if (node_find(tree, number, &node, NULL) < 0)
		add_name(&path, "(no such node)");
	else if (node.kind == &kind_local)
		add_local(&path, tree, &node);
	else if (node.folder)
		add_kept(&path, tree, &node);
	else if (node.kind == &kind_scratch)
		add_scratch(&path, tree, &node);
	else if (node.row)
		add_item(&path, tree, &node);
	else
		add_fixed(&path, tree, &node);
	if (name)
		add_name(&path, name);
	if (path.len == 0)
		add_name(&path, "");
}
