/*
 * What the cache was told to forget: the answers stay in the store, for the server to
 * confirm, but none that was asked for before that moment is fresh any more, also one that
 * is still on its way. Moments are those of dir_asked_ms: a request sent after a
 * forgetting has a later one, also within the same millisecond.
 */
#include "base/clock.h"
#include "cache/cache_private.h"
#include "cache/changed.h"
#include "cache/negative.h"

static uint64_t item_key(const struct cache_dir *dir, const char *id)
{
	return negative_key(dir->schema->name, id);
}

uint64_t dir_mark_locked(struct cache_dir *dir)
{
	uint64_t now = clock_now_ms(dir->cache->clock);

	dir->forgot_ms = now > dir->asked_ms ? now : dir->asked_ms;
	dir->stale_until_ms = 0;
	return dir->forgot_ms;
}

uint64_t dir_asked_ms(struct cache_dir *dir)
{
	uint64_t now = clock_now_ms(dir->cache->clock);
	uint64_t asked_ms;

	pthread_mutex_lock(&dir->lock);
	asked_ms = now > dir->forgot_ms ? now : dir->forgot_ms + 1;
	if (asked_ms > dir->asked_ms)
		dir->asked_ms = asked_ms;
	pthread_mutex_unlock(&dir->lock);
	return asked_ms;
}

bool dir_is_forgotten_locked(const struct cache_dir *dir, const char *id, uint64_t asked_ms)
{
	uint64_t key;

	if (dir->forgot_ms == 0)
		return false;
	if (asked_ms <= dir->forgot_all_ms)
		return true;
	if (dir->n_forgotten == 0)
		return false;
	key = item_key(dir, id);
	for (size_t i = 0; i < dir->n_forgotten; i++) {
		if (dir->forgotten[i].key == key)
			return asked_ms <= dir->forgotten[i].at_ms;
	}
	return false;
}

bool dir_is_forgotten(struct cache_dir *dir, const char *id, uint64_t asked_ms)
{
	bool is_forgotten;

	pthread_mutex_lock(&dir->lock);
	is_forgotten = dir_is_forgotten_locked(dir, id, asked_ms);
	pthread_mutex_unlock(&dir->lock);
	return is_forgotten;
}

bool dir_is_all_forgotten_locked(const struct cache_dir *dir, uint64_t begun_ms)
{
	return dir->forgot_all_ms > 0 && begun_ms <= dir->forgot_all_ms;
}

void dir_drop_forgotten_locked(struct cache_dir *dir)
{
	size_t n = 0;

	for (size_t i = 0; i < dir->n_forgotten; i++) {
		if (dir->forgotten[i].at_ms >= dir->begun_ms)
			dir->forgotten[n++] = dir->forgotten[i];
	}
	dir->n_forgotten = n;
	changed_drop(dir->changed, dir->begun_ms);
}

static void forget_all_locked(struct cache_dir *dir)
{
	dir->forgot_all_ms = dir_mark_locked(dir);
	dir->n_forgotten = 0;
	dir->until_ms = 0;
	dir_check_locked(dir);
}

void cache_forget_dir(struct cache_dir *dir)
{
	pthread_mutex_lock(&dir->lock);
	forget_all_locked(dir);
	/* Those of the app's other directories go with them, and are asked for again. */
	negative_clear(dir->cache->negatives);
	pthread_mutex_unlock(&dir->lock);
	atomic_fetch_add(&dir->n_changes, 1);
}

void cache_forget_item(struct cache_dir *dir, const char *id)
{
	uint64_t key = item_key(dir, id);
	size_t i = 0;

	pthread_mutex_lock(&dir->lock);
	while (i < dir->n_forgotten && dir->forgotten[i].key != key)
		i++;
	if (i == FORGOTTEN_MAX) {
		forget_all_locked(dir);
	} else {
		dir->forgotten[i].key = key;
		dir->forgotten[i].at_ms = dir_mark_locked(dir);
		if (i == dir->n_forgotten)
			dir->n_forgotten++;
	}
	negative_remove(dir->cache->negatives, key);
	pthread_mutex_unlock(&dir->lock);
	atomic_fetch_add(&dir->n_changes, 1);
}
