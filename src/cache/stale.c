#include "cache/stale.h"

#include <errno.h>

#include "base/clock.h"
#include "base/error.h"
#include "cache/cache_private.h"

static bool is_unanswered(const struct error *why)
{
	switch (why->errnum) {
	case EHOSTUNREACH:
	case ETIMEDOUT:
	case EPROTO:
		return true;
	case EIO:
		return why->is_remote;
	default:
		return false;
	}
}

static void note_refusal(struct cache_dir *dir, const struct error *why)
{
	if (why->http_status != 403) {
		atomic_store(&dir->cache->is_refused, true);
		return;
	}
	pthread_mutex_lock(&dir->lock);
	dir->is_refused = true;
	pthread_mutex_unlock(&dir->lock);
}

bool stale_replaces(struct cache_dir *dir, int ret, const struct error *why)
{
	struct cache *cache = dir->cache;
	bool may_show;

	if (ret == -EACCES)
		note_refusal(dir, why);
	if (ret >= 0 || cache->stale == CACHE_STALE_ERROR || atomic_load(&cache->is_refused) ||
		!is_unanswered(why))
		return false;
	pthread_mutex_lock(&dir->lock);
	may_show = !dir->is_refused;
	if (may_show)
		dir->stale_until_ms = clock_now_ms(cache->clock) + STALE_MS;
	pthread_mutex_unlock(&dir->lock);
	return may_show;
}

void stale_note_answer(struct cache_dir *dir)
{
	atomic_store(&dir->cache->is_refused, false);
	pthread_mutex_lock(&dir->lock);
	dir->is_refused = false;
	dir->stale_until_ms = 0;
	pthread_mutex_unlock(&dir->lock);
}

uint64_t stale_left_ms(struct cache_dir *dir)
{
	uint64_t until_ms;

	pthread_mutex_lock(&dir->lock);
	until_ms = dir->stale_until_ms;
	pthread_mutex_unlock(&dir->lock);
	return until_ms ? cache_left_ms(until_ms, clock_now_ms(dir->cache->clock)) : 0;
}

static bool is_whole(struct cache_dir *dir)
{
	bool is;

	pthread_mutex_lock(&dir->lock);
	is = dir->is_whole;
	pthread_mutex_unlock(&dir->lock);
	return is;
}

int stale_judge_listing(struct cache_dir *dir, int ret, const struct error *why, struct error *err)
{
	if (ret == 0) {
		stale_note_answer(dir);
		return 0;
	}
	if (stale_replaces(dir, ret, why) && is_whole(dir))
		return 0;
	if (err)
		*err = *why;
	return ret;
}

int stale_find(struct cache_dir *dir, const char *id, struct store_item *ret_item,
	uint64_t *ret_fresh_ms, struct error *err)
{
	uint64_t fresh_ms = stale_left_ms(dir);
	/* Read first: what comes as the first listing ends is not absent. */
	bool was_whole = is_whole(dir);
	int ret;

	if (fresh_ms == 0)
		return STALE_UNKNOWN;
	ret = store_find(dir->cache->store, dir->number, id, ret_item, err);
	if (ret == -ENOENT && !was_whole)
		return STALE_UNKNOWN;
	if (ret == -ENOENT)
		error_set(err, ENOENT,
			"there was no item '%s' in '%s' when the server answered last", id,
			dir->schema->name);
	if (ret == 0)
		*ret_fresh_ms = fresh_ms;
	if (ret == 0 || ret == -ENOENT)
		stale_count(dir);
	return ret;
}

void stale_count(struct cache_dir *dir)
{
	atomic_fetch_add(&dir->cache->n_stale, 1);
}
