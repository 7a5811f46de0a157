#include "cache/cache_private.h"

static void tell(struct cache *cache, const struct cache_change *change)
{
	if (!change->is_new)
		atomic_fetch_add(&change->dir->n_changes, 1);
	pthread_mutex_lock(&cache->observer_lock);
	if (cache->on_change)
		cache->on_change(cache->observer, change);
	pthread_mutex_unlock(&cache->observer_lock);
}

static void pass_on(void *payload, const struct store_change *change)
{
	struct cache *cache = payload;
	const struct cache_change told = {
		.dir = dir_of_number(cache, change->dir),
		.row = change->row,
		.id = change->id,
		.is_removed = change->is_removed,
	};

	if (told.dir)
		tell(cache, &told);
}

void observer_tell(struct cache_dir *dir, uint64_t row, const char *id)
{
	const struct cache_change told = { .dir = dir, .row = row, .id = id, .is_new = row == 0 };

	tell(dir->cache, &told);
}

void observer_init(struct cache *cache)
{
	pthread_mutex_init(&cache->observer_lock, NULL);
}

void observer_begin(struct cache *cache)
{
	store_set_observer(cache->store, pass_on, cache);
}

void observer_release(struct cache *cache)
{
	pthread_mutex_destroy(&cache->observer_lock);
}

void cache_set_observer(struct cache *cache, cache_change_fn on_change, void *payload)
{
	pthread_mutex_lock(&cache->observer_lock);
	cache->on_change = on_change;
	cache->observer = payload;
	pthread_mutex_unlock(&cache->observer_lock);
}
