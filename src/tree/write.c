/* Items that are written: opening, creating, changing and saving them. */
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
#include "save/deletes.h"
#include "save/hidden.h"
#include "save/save.h"
#include "tree/file.h"
#include "tree/locals.h"
#include "tree/name.h"
#include "tree/names.h"
#include "tree/node.h"
#include "tree/openings.h"
#include "tree/scratch.h"
#include "tree/snapshots.h"
#include "tree/writing.h"

/* How often the text at hand may be older than what somebody has saved since. */
#define JOINS_MAX 3

/* A file whose text is that of the writing, which it takes over. */
static int add_file(struct tree *tree, struct writing *writing, const struct tree_entry *entry,
	struct tree_file **ret_file, struct error *err)
{
	struct tree_file *file = calloc(1, sizeof(*file));

	if (!file) {
		writing_unref(writing);
		return error_set(err, ENOMEM, "out of memory");
	}
	atomic_init(&file->references, 1);
	file->writing = writing;
	file->digest = (uintptr_t)writing;
	file->entry = *entry;
	file->entry.fresh_ms = 0;
	snapshots_add(tree->snapshots, entry->node, file);
	*ret_file = file;
	return 0;
}

static bool has_moved(struct cache *cache, const struct store_item *item)
{
	struct store_item now;
	bool has;

	store_item_init(&now);
	has = cache_peek(cache, item->row, &now, NULL) == 0 && now.version != item->version;
	store_item_release(&now);
	return has;
}

/* The text at hand, and who writes the item or will. */
static int join_item(struct tree *tree, const struct call *call, const struct node *node,
	struct store_item *item, struct text **ret_text, struct writing **ret_writing,
	struct error *err)
{
	char name[NAME_MAX_LEN + 1];
	struct writing_key key = { .app = node->app, .name = name };
	int ret = -EAGAIN;

	for (unsigned tries = 1; ret == -EAGAIN; tries++) {
		text_unref(*ret_text);
		*ret_text = NULL;
		ret = cache_read(node->app->cache, call, node->row, ret_text, item, err);
		if (ret == -ENOENT)
			return error_set(err, ESTALE, "the item is no longer there");
		if (ret < 0)
			return ret;
		name_encode(item->id, item->ino, name);
		key.dir = cache_dir_of(node->app->cache, item);
		key.id = item->id;
		/* An item that began anew meanwhile never gets to the version that was saved. */
		ret = writings_join(tree->writings, &key,
			tries < JOINS_MAX ? item->version : INT64_MAX, ret_writing, err);
		/* Who has saved it may have closed it, too, before it was joined. */
		if (ret == 0 && tries < JOINS_MAX && has_moved(node->app->cache, item)) {
			writing_unref(*ret_writing);
			*ret_writing = NULL;
			ret = -EAGAIN;
		}
	}
	return ret;
}

static int open_item(struct tree *tree, const struct call *call, const struct node *node,
	struct tree_file **ret_file, struct error *err)
{
	struct writing *writing = NULL;
	struct text *text = NULL;
	struct tree_entry entry;
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = join_item(tree, call, node, &item, &text, &writing, err);
	if (ret == 0) {
		size_t len;
		const char *data = text_data(text, &len);

		ret = writing_begin(writing, data, len, item.version, err);
	}
	if (ret == 0) {
		node_fill_text_entry(tree, node->app, &item, &entry);
		ret = add_file(tree, writing, &entry, ret_file, err);
	} else {
		writing_unref(writing);
	}
	text_unref(text);
	store_item_release(&item);
	return ret;
}

static int open_local(
	struct tree *tree, const struct node *node, struct tree_file **ret_file, struct error *err)
{
	struct tree_entry entry;
	struct writing *writing;
	struct writing_key key;
	struct local local;
	int ret;

	if (!locals_get(tree->locals, node->row, &local))
		return error_set(err, ESTALE, "the new item is no longer there");
	key = (struct writing_key){ node->app, local.dir, local.id, local.name };
	ret = writings_take(tree->writings, &key, &writing, err);
	if (ret < 0)
		return ret;
	writing_begin_new(writing, local.number,
		local.is_hidden_item ? openings_find(tree->openings, local.ino) : SAVE_AS_NEW);
	node_fill_local_entry(tree, node->app, &local, &entry);
	return add_file(tree, writing, &entry, ret_file, err);
}

/* Takes the scratch file over. */
static int add_scratch_file(struct tree *tree, const struct app *app, struct scratch *scratch,
	struct tree_file **ret_file, struct error *err)
{
	struct tree_file *file = calloc(1, sizeof(*file));
	struct scratch_figures figures;
	int ret = file ? scratch_stat(scratch, &figures) : -ENOMEM;

	if (ret < 0) {
		free(file);
		scratch_close(scratch);
		return error_set(err, -ret, "cannot open the scratch file");
	}
	atomic_init(&file->references, 1);
	file->scratch = scratch;
	file->digest = (uintptr_t)scratch;
	node_fill_scratch_entry(tree, app, &figures, &file->entry);
	*ret_file = file;
	return 0;
}

static int open_scratch(
	struct tree *tree, const struct node *node, struct tree_file **ret_file, struct error *err)
{
	struct scratch *scratch = NULL;
	int ret = scratch_open(tree->scratches, node->row, &scratch, err);

	return ret < 0 ? ret : add_scratch_file(tree, node->app, scratch, ret_file, err);
}

int tree_open_to_write(struct tree *tree, const struct call *call, uint64_t number,
	enum tree_truncate truncate, struct tree_file **ret_file, struct error *err)
{
	struct tree_file *file = NULL;
	struct node node;
	int ret = node_find(tree, number, &node, err);

	if (ret < 0)
		return ret;
	if (!node.app || !node.app->saver)
		return tree_refuse_change(tree, number, "write", err);
	if (node.kind == &kind_item)
		ret = open_item(tree, call, &node, &file, err);
	else if (node.kind == &kind_local)
		ret = open_local(tree, &node, &file, err);
	else if (node.kind == &kind_scratch)
		ret = open_scratch(tree, &node, &file, err);
	else
		return tree_refuse_change(tree, number, "write", err);
	if (file && truncate == TREE_EMPTIED)
		ret = tree_file_resize(file, 0, err);
	if (ret < 0) {
		tree_file_unref(file);
		return ret;
	}
	*ret_file = file;
	return 0;
}

/* Who makes a name begins with nothing, whoever still writes the item that had it. */
static void begin_anew(struct tree *tree, const struct node *dir, const char *id)
{
	const struct writing_key key = { dir->app, dir->dir, id, "" };
	struct writing *writing = writings_find(tree->writings, &key);

	if (writing)
		writing_leave_name(writing);
	writing_unref(writing);
}

static int add_local(struct tree *tree, const struct call *call, const struct node *dir,
	const char *name, uint64_t *ret_number, struct error *err)
{
	struct local local = { .dir = dir->dir, .created_s = clock_wall_s(tree->conf.clock) };
	struct name_decoded decoded = { 0 };
	bool has_resumed;
	int ret;

	if (!name_decode(name, &decoded) || decoded.is_shortened)
		return error_set(err, EINVAL, "'%s' is not the name of an item: <id>.json", name);
	memcpy(local.id, decoded.id, sizeof(local.id));
	local.ino = store_ino(dir->app->name, cache_dir_name(dir->dir), local.id);
	name_encode(local.id, local.ino, local.name);
	local.is_hidden_item = hidden_has(dir->app->hidden, dir->dir, local.id);
	ret = deletes_hold(dir->app->deletes, call, dir->dir, local.id, err);
	if (ret < 0)
		return ret;
	ret = locals_add(tree->locals, &local, ret_number, err);
	if (ret == 0)
		begin_anew(tree, dir, local.id);
	if (ret == -EEXIST && locals_find(tree->locals, dir->dir, local.id, &local)) {
		*ret_number = local.number;
		ret = 0;
	}
	if (ret < 0)
		(void)deletes_resume(dir->app->deletes, dir->dir, local.id, &has_resumed, NULL);
	return ret;
}

/*
 * The kernel has looked, and found nothing; but an item that was hidden may have been shown again by
 * who saved it meanwhile. 0: there is none. One that was never read or saved here is somebody else's, who
 * was quicker.
 */
static uint64_t find_there(
	const struct tree *tree, const struct node *dir, const char *id, bool *ret_is_known)
{
	uint64_t number = 0;
	struct store_item item;

	if (hidden_has(dir->app->hidden, dir->dir, id) ||
		locals_find(tree->locals, dir->dir, id, NULL))
		return 0;
	store_item_init(&item);
	if (cache_peek_find(dir->dir, id, &item, NULL) == 0) {
		number = node_item_number(tree, dir->app, item.row);
		*ret_is_known = openings_find(tree->openings, item.ino) >= 0;
	}
	store_item_release(&item);
	return number;
}

static int create_scratch(struct tree *tree, const struct node *dir, const char *name,
	const struct tree_creation *creation, struct tree_file **ret_file, struct error *err)
{
	const struct scratch_name place = { dir->app, dir->dir, name };
	struct scratch *scratch = NULL;
	int ret = scratch_create(tree->scratches, &place, creation, &scratch, err);

	return ret < 0 ? ret : add_scratch_file(tree, dir->app, scratch, ret_file, err);
}

int tree_create(struct tree *tree, const struct call *call, uint64_t parent, const char *name,
	const struct tree_creation *creation, struct tree_file **ret_file, struct error *err)
{
	struct name_decoded decoded;
	struct node dir;
	uint64_t number = 0;
	bool is_known = false;
	int ret = node_find(tree, parent, &dir, err);

	if (ret < 0)
		return ret;
	if (dir.kind != &kind_schema || !dir.app->saver)
		return tree_refuse_change(tree, parent, "create", err);
	if (!name_decode(name, &decoded))
		return create_scratch(tree, &dir, name, creation, ret_file, err);
	number = find_there(tree, &dir, decoded.id, &is_known);
	if (number > 0 && creation->taken == TREE_TAKEN_REFUSED)
		return -EEXIST;
	if (number > 0 && is_known)
		return tree_open_to_write(tree, call, number, creation->truncate, ret_file, err);
	ret = add_local(tree, call, &dir, name, &number, err);
	if (ret < 0)
		return ret;
	return tree_open_to_write(
		tree, call, node_local_number(tree, dir.app, number), TREE_KEPT, ret_file, err);
}

bool tree_file_is_written(const struct tree_file *file)
{
	return file->writing || file->scratch;
}

bool tree_file_is_refused(struct tree_file *file)
{
	return file->writing && writing_is_refused(file->writing);
}

size_t tree_file_read(const struct tree_file *file, uint64_t offset, char *data, size_t size)
{
	return file->scratch ? scratch_read(file->scratch, offset, data, size)
			     : writing_read(file->writing, offset, data, size);
}

int tree_file_write(
	struct tree_file *file, uint64_t offset, const char *data, size_t size, struct error *err)
{
	return file->scratch ? scratch_write(file->scratch, offset, data, size, err)
			     : writing_write(file->writing, offset, data, size, err);
}

/* A scratch file has but one size, which the kernel knows. */
int tree_file_append(
	struct tree_file *file, uint64_t offset, const char *data, size_t size, struct error *err)
{
	return file->scratch ? scratch_write(file->scratch, offset, data, size, err)
			     : writing_write(file->writing, WRITING_AT_END, data, size, err);
}

int tree_file_resize(struct tree_file *file, uint64_t size, struct error *err)
{
	return file->scratch ? scratch_resize(file->scratch, size, err)
			     : writing_resize(file->writing, size, err);
}

/* An item that was removed and created again is that item still, whatever became of the text. */
static bool is_there_again(const struct writing *writing)
{
	return deletes_drop(
		writing_app(writing)->deletes, writing_dir(writing), writing_id(writing));
}

int tree_file_save(struct tree *tree, const struct call *call, struct tree_file *file,
	enum tree_occasion occasion, struct error *err)
{
	struct writing *writing = file->writing;
	bool is_saved = false;
	int ret;

	/* Who reads what another one is writing does not know how far that is. */
	if (file->is_only_read)
		return 0;
	if (file->scratch)
		return occasion == TREE_ON_SYNC ? scratch_sync(file->scratch, err) : 0;
	ret = writing_save(writing, call, occasion == TREE_ON_FLUSH ? WRITING_FLUSH : WRITING_SYNC,
		&is_saved, err);

	/* The server has it: from now on it is found in the store. */
	if ((is_saved || ret < 0) && is_there_again(writing))
		is_saved = true;
	if (is_saved) {
		struct writing_figures figures;

		writing_get(writing, &figures);
		names_note_saved(tree, writing_app(writing), writing_dir(writing),
			writing_id(writing), figures.version);
	}
	return ret;
}
