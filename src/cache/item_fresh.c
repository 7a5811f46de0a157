/*
 * How long what the store says of an item is good. Each open asks, and each line of a list, so it takes
 * the directory's lock once.
 */
#include "base/clock.h"
#include "cache/cache_private.h"
#include "cache/changed.h"

static uint64_t fresh_ms_locked(
	struct cache_dir *dir, const struct dir_view *view, const struct store_item *item)
{
	const struct changed_answer answer = {
		.asked_ms = item->checked_ms, .is_there = true, .version = item->version
	};
	uint64_t listed = 0, alone = 0;

	if (dir_is_forgotten_locked(dir, item->id, item->checked_ms) ||
		changed_wants(dir->changed, item->id, &answer))
		return 0;
	if (view->state != DIR_UNKNOWN && item->generation == view->generation)
		listed = view->fresh_ms;
	if (item->checked_ms > 0)
		alone = dir_answer_fresh_ms_locked(dir, item->checked_ms, view->now_ms);
	return listed > alone ? listed : alone;
}

uint64_t item_fresh_ms(
	struct cache_dir *dir, const struct dir_view *view, const struct store_item *item)
{
	uint64_t fresh_ms;

	pthread_mutex_lock(&dir->lock);
	fresh_ms = fresh_ms_locked(dir, view, item);
	pthread_mutex_unlock(&dir->lock);
	return fresh_ms;
}

uint64_t item_fresh_now_ms(struct cache_dir *dir, const struct store_item *item)
{
	uint64_t now = clock_now_ms(dir->cache->clock);
	struct dir_view view;
	uint64_t fresh_ms;

	pthread_mutex_lock(&dir->lock);
	view = dir_get_view_locked(dir, now);
	fresh_ms = fresh_ms_locked(dir, &view, item);
	pthread_mutex_unlock(&dir->lock);
	return fresh_ms;
}
