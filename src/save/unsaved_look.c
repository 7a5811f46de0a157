/* What is among the unsaved: for those who show it. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "save/state.h"
#include "save/unsaved.h"
#include "save/unsaved_private.h"

static int see_any(void *payload, const struct state_entry *entry)
{
	bool *has_any = payload;

	if (!entry->is_dir)
		*has_any = true;
	return *has_any;
}

static int has_files(struct state *state, const char *schema, bool *ret_has, struct error *err)
{
	char dir[PATH_MAX];
	bool has_any = false;
	int ret = unsaved_add_dir(schema, dir, err);

	if (ret == 0)
		ret = state_visit(state, dir, see_any, &has_any, err);
	if (ret >= 0)
		*ret_has = has_any;
	return ret < 0 ? ret : 0;
}

/* A list that grows. */
struct collection {
	struct state *state;
	bool wants_dirs;
	struct unsaved_list list;
	struct error *err;
};

static int add_name(struct unsaved_list *list, const char *name, struct error *err)
{
	char **names = realloc(list->names, (list->n_names + 1) * sizeof(char *));
	char *copy = strdup(name);

	if (names)
		list->names = names;
	if (!names || !copy) {
		free(copy);
		return error_set(err, ENOMEM, "out of memory");
	}
	list->names[list->n_names++] = copy;
	return 0;
}

static int collect(void *payload, const struct state_entry *entry)
{
	struct collection *collection = payload;
	bool is_wanted = true;
	int ret = 0;

	if (entry->is_dir != collection->wants_dirs)
		return 0;
	if (entry->is_dir)
		ret = has_files(collection->state, entry->name, &is_wanted, collection->err);
	if (ret == 0 && is_wanted)
		ret = add_name(&collection->list, entry->name, collection->err);
	return ret;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int unsaved_list(
	struct state *state, const char *schema, struct unsaved_list *ret_list, struct error *err)
{
	struct collection collection = { .state = state, .wants_dirs = !schema, .err = err };
	char dir[PATH_MAX] = UNSAVED_DIR;
	int ret = schema ? unsaved_add_dir(schema, dir, err) : 0;

	if (ret == 0)
		ret = state_visit(state, dir, collect, &collection, err);
	if (ret < 0) {
		unsaved_list_release(&collection.list);
		return ret;
	}
	if (collection.list.n_names > 0)
		qsort(collection.list.names, collection.list.n_names, sizeof(char *),
			compare_names);
	*ret_list = collection.list;
	return 0;
}

void unsaved_list_release(struct unsaved_list *list)
{
	for (size_t i = 0; i < list->n_names; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct unsaved_list){ 0 };
}

int unsaved_look(struct state *state, const char *schema, const char *name,
	struct unsaved_file *ret_file, struct error *err)
{
	struct state_entry entry = { 0 };
	char dir[PATH_MAX];
	bool has_any = false;
	int ret = unsaved_add_dir(schema, dir, err);

	if (ret == 0 && name)
		ret = state_look(state, dir, name, &entry, err);
	else if (ret == 0)
		ret = state_look(state, UNSAVED_DIR, schema, &entry, err);
	if (ret == 0 && !name)
		ret = has_files(state, schema, &has_any, err);
	if (ret < 0)
		return ret;
	if (entry.is_dir != !name || (!name && !has_any))
		return -ENOENT;
	*ret_file = (struct unsaved_file){ entry.size, entry.modified_s };
	return 0;
}

int unsaved_read(struct state *state, const char *schema, const char *name, struct buf *ret_text,
	struct error *err)
{
	char dir[PATH_MAX];
	int ret = unsaved_add_dir(schema, dir, err);

	return ret == 0 ? state_read(state, dir, name, ret_text, err) : ret;
}

/* The texts of the schemas, counted one after the other. */
struct counting {
	struct state *state;
	struct unsaved_count count;
	struct error *err;
};

static bool ends_with(const char *name, const char *ending)
{
	size_t len = strlen(name), ending_len = strlen(ending);

	return len > ending_len && strcmp(name + len - ending_len, ending) == 0;
}

static int count_file(void *payload, const struct state_entry *entry)
{
	struct counting *counting = payload;

	if (entry->is_dir || ends_with(entry->name, UNSAVED_REASON) ||
		ends_with(entry->name, UNSAVED_THEIRS))
		return 0;
	counting->count.texts++;
	counting->count.bytes += entry->size;
	return 0;
}

static int count_folder(void *payload, const struct state_entry *entry)
{
	struct counting *counting = payload;
	char dir[PATH_MAX];
	int ret;

	if (!entry->is_dir)
		return 0;
	ret = unsaved_add_dir(entry->name, dir, counting->err);
	if (ret < 0)
		return ret;
	return state_visit(counting->state, dir, count_file, counting, counting->err);
}

int unsaved_count(struct state *state, struct unsaved_count *ret_count, struct error *err)
{
	struct counting counting = { .state = state, .err = err };
	int ret = state_visit(state, UNSAVED_DIR, count_folder, &counting, err);

	if (ret == 0)
		*ret_count = counting.count;
	return ret;
}
