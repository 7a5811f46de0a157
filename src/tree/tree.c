#include "tree/tree.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/client.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "tree/absences.h"
#include "tree/file.h"
#include "tree/kept.h"
#include "tree/locals.h"
#include "tree/name.h"
#include "tree/node.h"
#include "tree/openings.h"
#include "tree/remove.h"
#include "tree/scratch.h"
#include "tree/snapshots.h"
#include "tree/writing.h"

int tree_new(const struct tree_conf *conf, struct tree **ret_tree, struct error *err)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	int ret;

	if (!tree)
		return error_set(err, ENOMEM, "out of memory");
	tree->conf = *conf;
	tree->started_ms = clock_now_ms(conf->clock);
	tree->mounted_s = clock_wall_s(conf->clock);
	pthread_mutex_init(&tree->observer_lock, NULL);
	tree->snapshots = snapshots_new();
	tree->absences = absences_new();
	tree->locals = locals_new();
	tree->kept = kept_new();
	tree->scratches = scratches_new(conf->clock);
	tree->openings = openings_new();
	tree->writings = writings_new(conf->clock, tree->locals, tree->openings);
	if (tree->snapshots && tree->absences && tree->writings && tree->locals && tree->kept &&
		tree->scratches && tree->openings)
		ret = nodes_new(tree, err);
	else
		ret = error_set(err, ENOMEM, "out of memory");
	if (ret < 0) {
		tree_free(tree);
		return ret;
	}
	changes_observe(tree);
	remove_observe(tree);
	*ret_tree = tree;
	return 0;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	changes_ignore(tree);
	remove_ignore(tree);
	nodes_free(tree);
	snapshots_free(tree->snapshots);
	absences_free(tree->absences);
	writings_free(tree->writings);
	locals_free(tree->locals);
	kept_free(tree->kept);
	scratches_free(tree->scratches);
	openings_free(tree->openings);
	pthread_mutex_destroy(&tree->observer_lock);
	free(tree);
}

void tree_get_owner(const struct tree *tree, uid_t *ret_uid, gid_t *ret_gid)
{
	*ret_uid = tree->conf.uid;
	*ret_gid = tree->conf.gid;
}

bool tree_has_xattr(const struct tree *tree)
{
	return tree->conf.has_xattr;
}

int tree_lookup(struct tree *tree, const struct call *call, uint64_t parent, const char *name,
	struct tree_entry *ret_entry, uint64_t *ret_negative_ms, struct error *err)
{
	struct node dir;
	int ret = node_find(tree, parent, &dir, err);

	*ret_negative_ms = 0;
	if (ret < 0)
		return ret;
	if (!dir.kind->lookup)
		return error_set(err, ENOTDIR, "not a directory");
	if (strlen(name) > NAME_MAX_LEN)
		return error_set(err, ENAMETOOLONG, "a name is %d bytes at most", NAME_MAX_LEN);
	return dir.kind->lookup(tree, call, &dir, name, ret_entry, ret_negative_ms, err);
}

int tree_get(struct tree *tree, const struct call *call, uint64_t number,
	struct tree_entry *ret_entry, struct error *err)
{
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret == 0)
		ret = node.kind->get(tree, call, &node, ret_entry, err);
	/* Its name is another's now, or nobody's; who has it open asks by the number all the same. */
	if (ret == -ESTALE && snapshots_get_written(tree->snapshots, number, ret_entry))
		ret = 0;
	return ret;
}

int tree_open(struct tree *tree, const struct call *call, uint64_t number,
	struct tree_file **ret_file, struct error *err)
{
	struct tree_file *file;
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret < 0)
		return ret;
	if (!node.kind->open)
		return error_set(err, EISDIR, "a directory is not opened as a file");
	/* Many a second: the C library has pieces for it at hand, but not for calloc. */
	file = malloc(sizeof(*file));
	if (!file)
		return error_set(err, ENOMEM, "out of memory");
	*file = (struct tree_file){ .references = 1 };
	ret = node.kind->open(tree, call, &node, file, err);
	if (ret < 0) {
		tree_file_unref(file);
		return ret;
	}
	if (file->writing) {
		file->digest = (uintptr_t)file->writing;
		file->is_only_read = true;
	}
	if (!file->is_direct && !file->scratch)
		snapshots_add(tree->snapshots, number, file);
	/* Its size is not that of the server's text, which the kernel may be told of at any moment. */
	if (file->writing)
		file->is_direct = true;
	*ret_file = file;
	return 0;
}

const char *tree_file_data(const struct tree_file *file, size_t *ret_len)
{
	assert(!tree_file_is_written(file));
	if (file->text)
		return text_data(file->text, ret_len);
	*ret_len = file->bytes.len;
	return buf_str(&file->bytes);
}

static void show_scratch(const struct tree_file *file, struct tree_entry *entry)
{
	struct scratch_figures figures;

	if (scratch_stat(file->scratch, &figures) < 0)
		return;
	entry->mode = figures.mode;
	entry->size = figures.size;
	entry->modified_s = figures.modified_s;
}

void tree_file_get(const struct tree_file *file, struct tree_entry *ret_entry)
{
	struct writing_figures figures;

	*ret_entry = file->entry;
	if (file->scratch)
		show_scratch(file, ret_entry);
	if (!file->writing)
		return;
	writing_get(file->writing, &figures);
	ret_entry->size = figures.size;
	if (figures.modified_s > 0)
		ret_entry->modified_s = figures.modified_s;
}

uint64_t tree_file_digest(const struct tree_file *file)
{
	return file->digest;
}

bool tree_file_is_direct(const struct tree_file *file)
{
	return file->is_direct;
}

struct tree_file *tree_file_ref(struct tree_file *file)
{
	atomic_fetch_add(&file->references, 1);
	return file;
}

void tree_file_unref(struct tree_file *file)
{
	if (!file || atomic_fetch_sub(&file->references, 1) > 1)
		return;
	if (file->snapshots)
		snapshots_remove(file->snapshots, file);
	text_unref(file->text);
	writing_unref(file->writing);
	scratch_close(file->scratch);
	buf_release(&file->bytes);
	free(file);
}

int tree_unlink(struct tree *tree, const struct call *call, uint64_t parent, const char *name,
	struct error *err)
{
	struct node dir;
	int ret = node_find(tree, parent, &dir, err);

	if (ret < 0)
		return ret;
	if (!dir.kind->unlink)
		return tree_refuse_change(tree, parent, "remove", err);
	return dir.kind->unlink(tree, call, &dir, name, err);
}

bool tree_is_made(const struct tree *tree, uint64_t number)
{
	struct node node;

	return node_find(tree, number, &node, NULL) == 0 && node.kind == &kind_control;
}

struct event_log *tree_get_events(const struct tree *tree, uint64_t *ret_node)
{
	for (size_t i = 0; i < tree->n_nodes; i++) {
		if (tree->nodes[i].kind == &kind_events)
			*ret_node = tree->nodes[i].number;
	}
	return tree->conf.events;
}

bool tree_take_absence(
	struct tree *tree, uint64_t dir, size_t *place, char ret_name[TREE_NAME_SIZE])
{
	_Static_assert(TREE_NAME_SIZE == NAME_MAX_LEN + 1, "a name fits");
	return absences_take(tree->absences, dir, place, ret_name);
}

bool tree_is_followed(const struct tree *tree, uint64_t number)
{
	struct node node;

	return node_find(tree, number, &node, NULL) == 0 && node.kind->read;
}

size_t tree_read(struct tree *tree, uint64_t number, uint64_t offset, char *data, size_t size)
{
	struct node node;

	if (node_find(tree, number, &node, NULL) < 0 || !node.kind->read)
		return 0;
	return node.kind->read(tree, offset, data, size);
}

bool tree_is_written(const struct tree *tree, uint64_t number)
{
	struct node node;

	return node_find(tree, number, &node, NULL) == 0 && (node.kind->write || node.kind->set);
}

int tree_write(struct tree *tree, uint64_t number, const char *text, size_t len,
	struct refresh **ret_refresh, struct error *err)
{
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret < 0)
		return ret;
	if (!node.kind->write)
		return tree_refuse_change(tree, number, "write", err);
	return node.kind->write(tree, text, len, ret_refresh, err);
}

bool tree_is_set(const struct tree *tree, uint64_t number)
{
	struct node node;

	return node_find(tree, number, &node, NULL) == 0 && node.kind->set;
}

int tree_open_to_set(struct tree *tree, const struct call *call, uint64_t number,
	struct tree_file **ret_file, struct error *err)
{
	struct tree_file *file = calloc(1, sizeof(*file));
	int ret;

	if (!file)
		return error_set(err, ENOMEM, "out of memory");
	atomic_init(&file->references, 1);
	file->is_direct = true;
	ret = tree_get(tree, call, number, &file->entry, err);
	if (ret < 0) {
		tree_file_unref(file);
		return ret;
	}
	*ret_file = file;
	return 0;
}

int tree_set(struct tree *tree, const struct call *call, uint64_t number, const char *text,
	size_t len, struct error *err)
{
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret < 0)
		return ret;
	if (!node.kind->set)
		return tree_refuse_change(tree, number, "write", err);
	return node.kind->set(tree, call, &node, text, len, err);
}

int tree_refuse_change(struct tree *tree, uint64_t number, const char *what, struct error *err)
{
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret < 0)
		return ret;
	if (node.app && client_is_read_only(node.app->client))
		return error_set(err, EROFS, "cannot %s: this view of app '%s' is read-only", what,
			node.app->name);
	return error_set(err, EROFS,
		"cannot %s: only what lies in a directory of items can be changed", what);
}
