#include "cache/cache_private.h"

static void tell(void *payload, const struct store_change *change)
{
	struct cache *cache = payload;
	const struct cache_change told = {
		.dir = dir_of_number(cache, change->dir),
		.row = change->row,
		.id = change->id,
		.is_removed = change->is_removed,
	};

	pthread_mutex_lock(&cache->observer_lock);
	if (cache->on_change && told.dir)
		cache->on_change(cache->observer, &told);
	pthread_mutex_unlock(&cache->observer_lock);
}

void observer_init(struct cache *cache)
{
	pthread_mutex_init(&cache->observer_lock, NULL);
}

void observer_begin(struct cache *cache)
{
	store_set_observer(cache->store, tell, cache);
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
