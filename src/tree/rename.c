/* A name becomes another one; tree.h says what that means of items and scratch files. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "api/content.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"
#include "save/deletes.h"
#include "save/hidden.h"
#include "save/save.h"
#include "tree/locals.h"
#include "tree/name.h"
#include "tree/names.h"
#include "tree/node.h"
#include "tree/openings.h"
#include "tree/scratch.h"
#include "tree/writing.h"

struct renaming {
	struct tree *tree;
	const struct call *call;
	const struct tree_renaming *names;
	struct node dir;
	struct scratch_name from, to;
};

/* -EEXIST without a sentence: the new name is taken, and must not be. */
static int check_target(const struct renaming *renaming, struct error *err)
{
	const struct tree_renaming *names = renaming->names;
	struct tree_entry entry;
	uint64_t negative_ms;
	int ret;

	if (names->target != TREE_TARGET_REFUSED)
		return 0;
	ret = tree_lookup(renaming->tree, renaming->call, names->new_parent, names->new_name,
		&entry, &negative_ms, err);
	if (ret == 0)
		return -EEXIST;
	return ret == -ENOENT ? 0 : ret;
}

static int rename_scratch(const struct renaming *renaming, struct error *err)
{
	char ids[2][NAME_MAX_LEN + 1];
	int ret = scratch_rename(
		renaming->tree->scratches, &renaming->from, renaming->to.name, ids, err);

	if (ret < 0)
		return ret;
	names_show(&renaming->dir, ids[0]);
	names_show(&renaming->dir, ids[1]);
	return 0;
}

/* The id that a name means, which may be that of a shortened one. */
static int find_id(const struct renaming *renaming, const char *name, char ret_id[NAME_MAX_LEN + 1],
	struct error *err)
{
	struct name_decoded decoded;
	struct store_item item;
	int ret = 0;

	(void)name_decode(name, &decoded);
	if (!decoded.is_shortened) {
		memcpy(ret_id, decoded.id, sizeof(decoded.id));
		return 0;
	}
	store_item_init(&item);
	ret = cache_peek_find_ino(renaming->dir.dir, decoded.ino, &item, err);
	if (ret == 0 && strlen(item.id) <= NAME_MAX_LEN)
		memcpy(ret_id, item.id, strlen(item.id) + 1);
	else
		ret = error_set(err, EINVAL, "'%s' is a shortened name, and of no item", name);
	store_item_release(&item);
	return ret;
}

/* What the text is, if it is one that can be saved. */
static int load_text(const struct renaming *renaming, struct buf *text, struct error *err)
{
	struct scratch_figures figures;
	int ret = scratch_find(renaming->tree->scratches, &renaming->from, &figures, err);

	if (ret < 0)
		return ret;
	if (!S_ISREG(figures.mode))
		return error_set(err, EPERM, "an item cannot be a symbolic link");
	ret = scratch_load(&renaming->from, text, err);
	if (ret == 0 && text->len == 0)
		ret = error_set(
			err, EINVAL, "'%s' is empty, and an item is not", renaming->from.name);
	return ret;
}

/* An item that was removed a moment ago is that item still, whatever becomes of the text. */
static int hold_and_save(const struct renaming *renaming, const struct save_request *request,
	int64_t *ret_version, struct error *err)
{
	const struct app *app = renaming->dir.app;
	struct save_result result;
	int ret = deletes_hold(app->deletes, renaming->call, request->dir, request->id, err);

	if (ret < 0)
		return ret;
	ret = saver_save(app->saver, renaming->call, request, &result, err);
	(void)deletes_drop(app->deletes, request->dir, request->id);
	*ret_version = result.version;
	return ret;
}

/* Nobody else saves the item meanwhile. */
static int save_text(const struct renaming *renaming, const char *id, const struct buf *text,
	int64_t *ret_version, struct error *err)
{
	const struct app *app = renaming->dir.app;
	uint64_t ino = store_ino(app->name, cache_dir_name(renaming->dir.dir), id);
	const struct writing_key key = { app, renaming->dir.dir, id, renaming->to.name };
	const struct save_request request = {
		.dir = renaming->dir.dir,
		.id = id,
		.name = renaming->to.name,
		.text = text->data,
		.len = text->len,
		.version = openings_find(renaming->tree->openings, ino),
	};
	struct writing *writing;
	int ret = writings_take(renaming->tree->writings, &key, &writing, err);

	if (ret < 0)
		return ret;
	ret = writing_begin_save(writing, renaming->call, err);
	if (ret == 0) {
		ret = hold_and_save(renaming, &request, ret_version, err);
		/* Who opens the item now does not begin with what somebody read before. */
		if (ret == 0)
			writing_leave_name(writing);
		writing_end_save(writing);
	}
	writing_unref(writing);
	return ret;
}

static int save_scratch(const struct renaming *renaming, struct error *err)
{
	struct tree *tree = renaming->tree;
	char id[NAME_MAX_LEN + 1], hidden_id[NAME_MAX_LEN + 1];
	int64_t version = -1;
	struct buf text;
	int ret;

	buf_init(&text, CONTENT_TEXT_MAX);
	ret = find_id(renaming, renaming->to.name, id, err);
	if (ret == 0)
		ret = load_text(renaming, &text, err);
	if (ret == 0)
		ret = save_text(renaming, id, &text, &version, err);
	if (ret == 0) {
		names_note_saved(tree, renaming->dir.app, renaming->dir.dir, id, version);
		ret = scratch_remove(
			tree->scratches, &renaming->from, SCRATCH_SAVED, hidden_id, err);
		names_show(&renaming->dir, hidden_id);
	}
	buf_release(&text);
	return ret;
}

static int read_file(const struct tree_file *file, struct buf *text, struct error *err)
{
	struct tree_entry entry;
	size_t len;
	int ret;

	if (!tree_file_is_written(file)) {
		const char *data = tree_file_data(file, &len);

		ret = buf_add(text, data, len);
	} else {
		tree_file_get(file, &entry);
		ret = buf_resize(text, entry.size);
		if (ret == 0)
			text->len = tree_file_read(file, 0, text->data, entry.size);
	}
	return ret < 0 ? error_set(err, -ret, "out of memory") : 0;
}

static int load_item(const struct renaming *renaming, struct buf *text, struct error *err)
{
	const struct tree_renaming *names = renaming->names;
	struct tree_file *file = NULL;
	struct tree_entry entry;
	uint64_t negative_ms;
	int ret = tree_lookup(renaming->tree, renaming->call, names->parent, names->name, &entry,
		&negative_ms, err);

	if (ret == 0)
		ret = tree_open(renaming->tree, renaming->call, entry.node, &file, err);
	if (ret == 0)
		ret = read_file(file, text, err);
	tree_file_unref(file);
	return ret;
}

/* This is not the reading that what is saved next is a change of. */
static int load_unread(
	const struct renaming *renaming, const char *id, struct buf *text, struct error *err)
{
	struct openings *openings = renaming->tree->openings;
	uint64_t ino = store_ino(renaming->dir.app->name, cache_dir_name(renaming->dir.dir), id);
	int64_t version = openings_find(openings, ino);
	int ret = load_item(renaming, text, err);

	if (version >= 0)
		openings_note(openings, ino, version);
	return ret;
}

/* A copy of the text; who has what had the name before open goes on with that. */
static int write_scratch(const struct renaming *renaming, const struct buf *text, struct error *err)
{
	char id[NAME_MAX_LEN + 1];
	int ret = scratch_replace(
		renaming->tree->scratches, &renaming->to, text->data, text->len, id, err);

	names_show(&renaming->dir, id);
	return ret;
}

/* writing: who writes it, and does not save meanwhile; NULL: nobody. */
static int set_aside_held(
	const struct renaming *renaming, const char *id, struct writing *writing, struct error *err)
{
	struct tree *tree = renaming->tree;
	uint64_t until_ms = clock_now_ms(tree->conf.clock) + TREE_ASIDE_MS;
	struct buf text;
	int ret;

	buf_init(&text, CONTENT_TEXT_MAX);
	ret = load_unread(renaming, id, &text, err);
	if (ret == 0)
		ret = write_scratch(renaming, &text, err);
	if (ret == 0)
		ret = scratch_note_item(tree->scratches, &renaming->to, id, until_ms, err);
	if (ret == 0)
		ret = hidden_add(renaming->dir.app->hidden, renaming->dir.dir, id, until_ms, err);
	if (ret == 0) {
		/* Who makes the name again begins with nothing, whoever writes the item still. */
		if (writing)
			writing_leave_name(writing);
		/* A new one that was never saved is nowhere else. */
		locals_remove(tree->locals, renaming->dir.dir, id);
		names_note_hidden(tree, &renaming->dir, renaming->from.name, id);
	}
	buf_release(&text);
	return ret;
}

static int set_aside(const struct renaming *renaming, struct error *err)
{
	struct writing *writing = NULL;
	char id[NAME_MAX_LEN + 1];
	int ret = find_id(renaming, renaming->from.name, id, err);

	if (ret == 0)
		ret = names_hold_saves(
			renaming->tree, renaming->call, &renaming->dir, id, &writing, err);
	if (ret == 0)
		ret = set_aside_held(renaming, id, writing, err);
	names_let_save(writing);
	return ret;
}

static int find_names(struct renaming *renaming, struct error *err)
{
	const struct tree_renaming *names = renaming->names;
	int ret = names_find_dir(renaming->tree, names->parent, "rename", &renaming->dir, err);

	if (ret < 0)
		return ret;
	if (names->parent != names->new_parent)
		return error_set(err, EXDEV, "names are changed within one schema only");
	renaming->from = (struct scratch_name){ renaming->dir.app, renaming->dir.dir, names->name };
	renaming->to = (struct scratch_name){ renaming->dir.app, renaming->dir.dir,
		names->new_name };
	return check_target(renaming, err);
}

int tree_rename(struct tree *tree, const struct call *call, const struct tree_renaming *names,
	bool *ret_is_other, struct error *err)
{
	struct renaming renaming = { .tree = tree, .call = call, .names = names };
	struct name_decoded decoded;
	bool is_item = name_decode(names->name, &decoded);
	bool becomes_item = name_decode(names->new_name, &decoded);
	int ret = find_names(&renaming, err);

	if (ret < 0)
		return ret;
	if (is_item && becomes_item)
		return error_set(
			err, EXDEV, "an item keeps its id: copy it, and remove the old one");
	if (!is_item)
		return becomes_item ? save_scratch(&renaming, err) : rename_scratch(&renaming, err);
	ret = set_aside(&renaming, err);
	*ret_is_other = ret == 0;
	return ret;
}
