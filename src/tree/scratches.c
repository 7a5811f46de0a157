#include "tree/scratch_private.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "cache/cache.h"
#include "tree/app.h"

/* Of a copy of an item. */
#define REPLACED_MODE 0644

struct scratches *scratches_new(const struct clock *clock)
{
	struct scratches *scratches = calloc(1, sizeof(*scratches));

	if (!scratches)
		return NULL;
	scratches->clock = clock;
	pthread_mutex_init(&scratches->lock, NULL);
	return scratches;
}

void scratches_free(struct scratches *scratches)
{
	struct scratch *scratch, *next;

	if (!scratches)
		return;
	for (scratch = scratches->first; scratch; scratch = next) {
		next = scratch->next;
		free(scratch);
	}
	pthread_mutex_destroy(&scratches->lock);
	free(scratches);
}

struct scratch_place scratch_place(const struct scratch_name *name)
{
	return (struct scratch_place){ name->app->state, cache_dir_name(name->dir), name->name };
}

static struct scratch *find_locked(struct scratches *scratches, const struct scratch_name *name)
{
	struct scratch *s = scratches->first;

	while (s && !(s->dir == name->dir && !s->is_gone && strcmp(s->name, name->name) == 0))
		s = s->next;
	return s;
}

struct scratch *scratches_get_locked(struct scratches *scratches, uint64_t number)
{
	struct scratch *s = scratches->first;

	while (s && s->number != number)
		s = s->next;
	return s;
}

void scratches_drop_locked(struct scratch *scratch)
{
	struct scratch **link = &scratch->scratches->first;

	while (*link != scratch)
		link = &(*link)->next;
	*link = scratch->next;
	scratch->scratches->n_names--;
	free(scratch);
}

struct scratch *scratches_take_locked(struct scratches *scratches, const struct scratch_name *name)
{
	struct scratch *s = find_locked(scratches, name);

	if (s || scratches->n_names >= SCRATCHES_MAX)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->scratches = scratches;
	s->app = name->app;
	s->dir = name->dir;
	s->number = ++scratches->last_number;
	s->fd = -1;
	memcpy(s->name, name->name, strlen(name->name) + 1);
	s->next = scratches->first;
	scratches->first = s;
	scratches->n_names++;
	return s;
}

int scratches_fail_full(struct error *err)
{
	return error_set(err, ENOSPC, "there is no room for another scratch file's name");
}

/* The item that is hidden for its sake is so no more. */
static void end_item_locked(struct scratch *scratch, char ret_id[NAME_MAX_LEN + 1])
{
	ret_id[0] = '\0';
	if (clock_now_ms(scratch->scratches->clock) < scratch->item_until_ms)
		memcpy(ret_id, scratch->item, sizeof(scratch->item));
	scratch->item[0] = '\0';
	scratch->item_until_ms = 0;
}

/* Returns whether anybody has it open, who goes on with it. */
static bool end_locked(struct scratch *scratch, char ret_id[NAME_MAX_LEN + 1])
{
	bool is_open = scratch->references > 0;

	end_item_locked(scratch, ret_id);
	scratch->is_gone = true;
	scratch->name[0] = '\0';
	if (!is_open)
		scratches_drop_locked(scratch);
	return is_open;
}

/* The file's own number stays what it is through renames and mounts. */
void scratch_fill(const struct stat *stat, uint64_t number, struct scratch_figures *ret_figures)
{
	const struct {
		uint64_t dev, ino;
	} file = { (uint64_t)stat->st_dev, (uint64_t)stat->st_ino };

	*ret_figures = (struct scratch_figures){
		.number = number,
		.ino = hash_bytes(&file, sizeof(file)),
		.mode = stat->st_mode,
		.size = (uint64_t)stat->st_size,
		.modified_s = stat->st_mtim.tv_sec,
	};
}

/* The file is not there any more: somebody else's mount has removed it, or the user. */
static void forget(struct scratches *scratches, const struct scratch_name *name)
{
	char id[NAME_MAX_LEN + 1];
	struct scratch *s;

	pthread_mutex_lock(&scratches->lock);
	s = find_locked(scratches, name);
	if (s)
		(void)end_locked(s, id);
	pthread_mutex_unlock(&scratches->lock);
}

int scratch_find(struct scratches *scratches, const struct scratch_name *name,
	struct scratch_figures *ret_figures, struct error *err)
{
	const struct scratch_place place = scratch_place(name);
	struct scratch *scratch;
	struct stat stat;
	int ret = scratch_file_stat(&place, &stat, err);

	if (ret == -ENOENT)
		forget(scratches, name);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&scratches->lock);
	scratch = scratches_take_locked(scratches, name);
	if (scratch)
		scratch_fill(&stat, scratch->number, ret_figures);
	pthread_mutex_unlock(&scratches->lock);
	return scratch ? 0 : scratches_fail_full(err);
}

struct cache_dir *scratch_get_name(
	struct scratches *scratches, uint64_t number, char ret_name[NAME_MAX_LEN + 1])
{
	struct cache_dir *dir = NULL;
	const struct scratch *s;

	ret_name[0] = '\0';
	pthread_mutex_lock(&scratches->lock);
	s = scratches_get_locked(scratches, number);
	if (s) {
		memcpy(ret_name, s->name, sizeof(s->name));
		dir = s->dir;
	}
	pthread_mutex_unlock(&scratches->lock);
	return dir;
}

struct look {
	struct scratches *scratches;
	const struct app *app;
	struct cache_dir *dir;
};

/* What is too much is not listed, and still there by its name. */
static int note_name(void *payload, const struct state_entry *entry)
{
	const struct look *look = payload;
	const struct scratch_name name = { look->app, look->dir, entry->name };

	if (entry->is_dir)
		return 0;
	pthread_mutex_lock(&look->scratches->lock);
	(void)scratches_take_locked(look->scratches, &name);
	pthread_mutex_unlock(&look->scratches->lock);
	return 0;
}

static bool find_next(struct scratches *scratches, const struct cache_dir *dir, uint64_t after,
	uint64_t *ret_number, char ret_name[NAME_MAX_LEN + 1])
{
	const struct scratch *next = NULL;

	pthread_mutex_lock(&scratches->lock);
	for (const struct scratch *s = scratches->first; s && s->number > after; s = s->next) {
		if (s->dir == dir && !s->is_gone)
			next = s;
	}
	if (next) {
		*ret_number = next->number;
		memcpy(ret_name, next->name, sizeof(next->name));
	}
	pthread_mutex_unlock(&scratches->lock);
	return next;
}

int scratch_next(struct scratches *scratches, const struct app *app, struct cache_dir *dir,
	uint64_t after, struct scratch_figures *ret_figures, char ret_name[NAME_MAX_LEN + 1],
	struct error *err)
{
	struct look look = { scratches, app, dir };
	int ret = 0;

	if (after == 0)
		ret = scratch_file_visit(app->state, cache_dir_name(dir), note_name, &look, err);
	while (ret == 0 && find_next(scratches, dir, after, &after, ret_name)) {
		const struct scratch_name name = { app, dir, ret_name };

		ret = scratch_find(scratches, &name, ret_figures, err);
		if (ret == 0)
			return 1;
		if (ret == -ENOENT)
			ret = 0;
	}
	return ret;
}

int scratch_note_item(struct scratches *scratches, const struct scratch_name *name, const char *id,
	uint64_t until_ms, struct error *err)
{
	struct scratch *scratch;

	pthread_mutex_lock(&scratches->lock);
	scratch = scratches_take_locked(scratches, name);
	if (scratch) {
		memcpy(scratch->item, id, strlen(id) + 1);
		scratch->item_until_ms = until_ms;
	}
	pthread_mutex_unlock(&scratches->lock);
	return scratch ? 0 : scratches_fail_full(err);
}

bool scratch_forget_item(struct scratches *scratches, const struct cache_dir *dir, const char *id)
{
	char hidden[NAME_MAX_LEN + 1];
	bool is_hidden = false;

	pthread_mutex_lock(&scratches->lock);
	for (struct scratch *s = scratches->first; s; s = s->next) {
		if (s->dir != dir || strcmp(s->item, id) != 0)
			continue;
		end_item_locked(s, hidden);
		is_hidden = is_hidden || *hidden;
	}
	pthread_mutex_unlock(&scratches->lock);
	return is_hidden;
}

/* What is open is counted until it is closed. */
static void end_name(struct scratches *scratches, const struct scratch_name *name,
	enum scratch_end end, uint64_t size, char ret_id[NAME_MAX_LEN + 1])
{
	bool is_open = false;
	struct scratch *s;

	ret_id[0] = '\0';
	pthread_mutex_lock(&scratches->lock);
	s = find_locked(scratches, name);
	if (s) {
		atomic_store(&s->is_saved, end == SCRATCH_SAVED);
		is_open = end_locked(s, ret_id);
	}
	pthread_mutex_unlock(&scratches->lock);
	if (!is_open)
		state_give_room(name->app->state, size);
}

static uint64_t counted(const struct stat *stat)
{
	return S_ISREG(stat->st_mode) ? (uint64_t)stat->st_size : 0;
}

int scratch_remove(struct scratches *scratches, const struct scratch_name *name,
	enum scratch_end end, char ret_id[NAME_MAX_LEN + 1], struct error *err)
{
	const struct scratch_place place = scratch_place(name);
	struct stat stat;
	int ret = scratch_file_stat(&place, &stat, err);

	ret_id[0] = '\0';
	if (ret == 0)
		ret = scratch_file_remove(&place, err);
	if (ret == 0 || ret == -ENOENT)
		end_name(scratches, name, end, ret == 0 ? counted(&stat) : 0, ret_id);
	return ret;
}

int scratch_replace(struct scratches *scratches, const struct scratch_name *name, const char *data,
	size_t size, char ret_id[NAME_MAX_LEN + 1], struct error *err)
{
	const struct scratch_place place = scratch_place(name);
	struct stat stat;
	bool is_replaced = scratch_file_stat(&place, &stat, NULL) == 0;
	int ret = scratch_file_replace(&place, REPLACED_MODE, data, size, err);

	ret_id[0] = '\0';
	if (ret == 0)
		end_name(
			scratches, name, SCRATCH_REMOVED, is_replaced ? counted(&stat) : 0, ret_id);
	return ret;
}

int scratch_rename(struct scratches *scratches, const struct scratch_name *name,
	const char *new_name, char ret_ids[2][NAME_MAX_LEN + 1], struct error *err)
{
	const struct scratch_place place = scratch_place(name);
	const struct scratch_name target = { name->app, name->dir, new_name };
	const struct scratch_place target_place = scratch_place(&target);
	struct stat stat;
	struct scratch *s;
	bool is_replaced = scratch_file_stat(&target_place, &stat, NULL) == 0;
	int ret = scratch_file_rename(&place, new_name, err);

	ret_ids[0][0] = '\0';
	ret_ids[1][0] = '\0';
	if (ret < 0)
		return ret;
	if (is_replaced)
		end_name(scratches, &target, SCRATCH_REMOVED, counted(&stat), ret_ids[1]);
	pthread_mutex_lock(&scratches->lock);
	s = find_locked(scratches, name);
	if (s) {
		end_item_locked(s, ret_ids[0]);
		memcpy(s->name, new_name, strlen(new_name) + 1);
	}
	pthread_mutex_unlock(&scratches->lock);
	return 0;
}
