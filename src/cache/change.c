/* What the server answered to a change of our own: as good as an answer to a question. */
#include <errno.h>
#include <stdlib.h>

#include "api/content.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/cache_private.h"
#include "cache/negative.h"

const struct schema *cache_dir_schema(const struct cache_dir *dir)
{
	return dir->schema;
}

uint64_t cache_begin_change(struct cache_dir *dir)
{
	return dir_asked_ms(dir);
}

/* Was it to be asked for anew since, or is it not known what the server told of it? */
static bool is_in_doubt(struct cache_dir *dir, const char *id, uint64_t begun_ms)
{
	bool is;

	pthread_mutex_lock(&dir->lock);
	is = dir_is_forgotten_locked(dir, id, begun_ms) || begun_ms <= dir->doubted_ms ||
	     begun_ms <= dir->watched_ms;
	pthread_mutex_unlock(&dir->lock);
	return is;
}

/*
 * Until the answer is here, others may be on their way that were asked for after the change was sent, and
 * made before the server had it. Where the answer itself is good only as of its beginning, they are not
 * kept from the store; but they are not believed.
 */
static int put_answer(
	struct cache_dir *dir, uint64_t begun_ms, const struct content *content, struct error *err)
{
	struct store *store = dir->cache->store;

	if (!is_in_doubt(dir, content->id, begun_ms))
		return store_put_changed(
			store, dir->number, begun_ms, dir_asked_ms(dir), content, err);
	cache_forget_item(dir, content->id);
	return store_put(store, dir->number, 0, begun_ms, content, 1, err);
}

int cache_end_change(
	struct cache_dir *dir, uint64_t begun_ms, const struct content *content, struct error *err)
{
	negative_remove(dir->cache->negatives, negative_key(dir->schema->name, content->id));
	dir_note_modified(dir, content->modified_s);
	return put_answer(dir, begun_ms, content, err);
}

int cache_end_removal(struct cache_dir *dir, const char *id, struct error *err)
{
	/* As if the server had told of it: answers of before may still be on their way. */
	const struct cache_event removal = { .id = id, .version = -1, .is_deleted = true };
	struct cache *cache = dir->cache;
	uint64_t now = clock_now_ms(cache->clock);
	int ret = cache_watch_note(dir, &removal, err);

	negative_add(cache->negatives, negative_key(dir->schema->name, id),
		now + cache->negative_ttl_ms, now);
	return ret;
}

int cache_fetch(struct cache *cache, const struct call *call, struct cache_dir *dir, const char *id,
	struct store_item *ret_item, struct error *err)
{
	int ret;

	cache_forget_item(dir, id);
	ret = item_settle(dir, call, id, err);
	return ret < 0 ? ret : store_find(cache->store, dir->number, id, ret_item, err);
}
