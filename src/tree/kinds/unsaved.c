/*
 * /.squidexfs/unsaved/<app>/<schema>/: texts that the server did not take, and what is beside
 * them, as they are in the state directory. They are read and removed, nothing else. Others may
 * remove them too, so the kernel keeps nothing of them.
 */
#include <errno.h>
#include <string.h>

#include "api/content.h"
#include "base/error.h"
#include "save/unsaved.h"
#include "tree/dir.h"
#include "tree/file.h"

static int get_app(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	(void)call;
	(void)err;
	node_fill_entry(tree, node, ret_entry);
	return 0;
}

static int tell_absent(const char *name, struct error *err)
{
	return error_set(err, ENOENT, "there is no '%s' among the unsaved", name);
}

/* name "": of the folder itself. */
static int fill_entry(const struct tree *tree, const struct node *node, const char *name,
	struct tree_entry *ret_entry, struct error *err)
{
	struct unsaved_file file = { 0 };
	int ret = unsaved_look(node->app->state, node->folder, *name ? name : NULL, &file, err);

	if (ret < 0)
		return ret;
	node_fill_entry(tree, node, ret_entry);
	ret_entry->modified_s = file.modified_s;
	ret_entry->size = *name ? file.size : 0;
	ret_entry->fresh_ms = 0;
	return 0;
}

/* Gone: the kernel looks the name up again, and finds that it is. */
static int get_kept(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_entry *ret_entry, struct error *err)
{
	const char *name = node->kind == &kind_unsaved_file ? node->name : "";
	int ret = fill_entry(tree, node, name, ret_entry, err);

	(void)call;
	if (ret == -ENOENT)
		return error_set(err, ESTALE, "'%s' is no longer among the unsaved", node->name);
	return ret;
}

/* A member that is there. */
static int find_member(struct tree *tree, const struct app *app, const char *schema,
	const char *name, struct tree_entry *ret_entry, struct error *err)
{
	struct unsaved_file file;
	struct node node;
	int ret = unsaved_look(app->state, schema, *name ? name : NULL, &file, err);

	if (ret == 0)
		ret = node_find_kept(tree, app, schema, name, &node, err);
	return ret == 0 ? fill_entry(tree, &node, name, ret_entry, err) : ret;
}

static int lookup_schema(struct tree *tree, const struct call *call, const struct node *node,
	const char *name, struct tree_entry *ret_entry, uint64_t *ret_negative_ms,
	struct error *err)
{
	int ret = -ENOENT;

	(void)call;
	(void)ret_negative_ms;
	if (node->app->state)
		ret = find_member(tree, node->app, name, "", ret_entry, err);
	return ret == -ENOENT ? tell_absent(name, err) : ret;
}

static int lookup_file(struct tree *tree, const struct call *call, const struct node *node,
	const char *name, struct tree_entry *ret_entry, uint64_t *ret_negative_ms,
	struct error *err)
{
	int ret = find_member(tree, node->app, node->folder, name, ret_entry, err);

	(void)call;
	(void)ret_negative_ms;
	return ret == -ENOENT ? tell_absent(name, err) : ret;
}

static int load_list(struct tree_dir *dir, struct error *err)
{
	const struct node *node = &dir->node;
	int ret;

	if (dir->is_loaded || !node->app->state)
		return 0;
	unsaved_list_release(&dir->kept);
	ret = unsaved_list(node->app->state, node->folder, &dir->kept, err);
	dir->is_loaded = ret == 0;
	return ret;
}

/* What goes while the directory is read is left out; the places of the others stay. */
static int next_kept(struct tree_dir *dir, const struct call *call, uint64_t position,
	struct tree_entry *ret_entry, uint64_t *ret_next, struct error *err)
{
	const char *folder = dir->node.folder;
	int ret = load_list(dir, err);

	(void)call;
	for (uint64_t i = position; ret == 0 && i < dir->kept.n_names; i++) {
		const char *name = dir->kept.names[i];

		ret = find_member(dir->tree, dir->node.app, folder ? folder : name,
			folder ? name : "", ret_entry, err);
		if (ret == -ENOENT) {
			ret = 0;
			continue;
		}
		if (ret < 0)
			return ret;
		dir->name = name;
		*ret_next = i + 1;
		return 1;
	}
	return ret;
}

static int open_file(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file *file, struct error *err)
{
	int ret = get_kept(tree, call, node, &file->entry, err);

	buf_init(&file->bytes, CONTENT_TEXT_MAX);
	if (ret == 0)
		ret = unsaved_read(node->app->state, node->folder, node->name, &file->bytes, err);
	if (ret == -ENOENT)
		return error_set(err, ESTALE, "'%s' is no longer among the unsaved", node->name);
	file->entry.size = file->bytes.len;
	file->is_direct = true;
	return ret;
}

static int unlink_file(struct tree *tree, const struct call *call, const struct node *node,
	const char *name, struct error *err)
{
	struct unsaved_file file;
	int ret = unsaved_look(node->app->state, node->folder, name, &file, err);

	(void)tree;
	(void)call;
	if (ret == -ENOENT)
		return tell_absent(name, err);
	return ret == 0 ? unsaved_remove(node->app->state, node->folder, name, err) : ret;
}

const struct kind kind_unsaved_app = {
	.get = get_app,
	.lookup = lookup_schema,
	.next = next_kept,
};

const struct kind kind_unsaved_schema = {
	.get = get_kept,
	.lookup = lookup_file,
	.next = next_kept,
	.unlink = unlink_file,
};

const struct kind kind_unsaved_file = {
	.get = get_kept,
	.open = open_file,
};
