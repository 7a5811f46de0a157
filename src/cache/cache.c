/*
 * States of a directory
 *
 *	state	 what it means					until_ms
 *	UNKNOWN	 no complete listing is at hand			0
 *	LISTING	 pages are coming; those rows are what the	from then on a new reader
 *		 server has that bear the generation		begins anew
 *	LISTED	 the rows are what the server had at checked_s	from then on expired;
 *								0: not checked in this mount
 *
 * Before until_ms the rows that bear the generation are fresh, and in LISTED a name without
 * a row does not exist. After it a row is fresh only by its own checked_ms.
 *
 * Who moves what, lock held: the leader of the directory's flight (listing.c), but pages, which
 * whoever has is_storing moves (pages.c):
 *
 *	any -> LISTING		a reader at the beginning finds it UNKNOWN or expired; a
 *				third miss; a listing that lost most items is made again;
 *				from LISTED only if a check of what has changed will not do
 *	LISTED -> LISTED	expired, and checked: what has changed is in the store
 *				(freshness.h); several at once, by the leader of all their
 *				flights (survey.h)
 *	LISTING -> LISTING	a page is in the store, and the window's last_id is its last
 *	LISTING -> LISTED	the last page is in the store, unseen rows are gone; if items
 *				came or went meanwhile, it is expired, and checked at once
 *
 * At the start of a mount a directory is LISTED if the store has it complete, else UNKNOWN.
 * A failed page moves nothing: the next reader goes on behind the last good one. Nor does a failed
 * check, although it may have stored some of the changes: the next one begins anew. Passing time
 * moves nothing either. A reader behind the beginning goes on with whatever there is,
 * expired or not; in LISTED to the end of the rows, in LISTING as far as the pages came.
 *
 * While the server tells of changes (watched.c), LISTED is fresh also after until_ms, if the listing
 * or check began after it began to.
 *
 * Forgetting (forget.c) sets until_ms to 0 and moves nothing. A listing or check that began
 * before it goes on, and until_ms stays 0; after it, the next reader lists, checking is not enough.
 *
 * until_ms is ttl_ms after the latest page, less the time that the listing lay idle: a listing of
 * many pages stays fresh while it runs, one that its reader forgets does not.
 *
 * Invariants (dir_check_locked)
 *
 *	UNKNOWN	 generation == 0, until_ms == 0, not is_whole, the window is empty, checked_s == 0
 *	LISTING	 generation > 0; last_id == NULL exactly if n_seen == 0, and else checked_s > 0
 *	LISTED	 generation > 0, all rows bear it, is_whole, the window is empty, checked_s > 0;
 *		 n_misses as of the listing's end or the latest check
 *
 * is_whole stays while a known directory is listed anew: what it had goes at the end of that.
 * It is shown where the server does not answer (stale.h).
 *
 * A request that was dropped from the window is freed by whoever asks for it, and stores nothing:
 * so no page of an earlier listing comes into a later one.
 */
#include "cache/cache.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "api/client_graphql.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/flight.h"
#include "base/hash.h"
#include "base/log.h"
#include "cache/cache_private.h"
#include "cache/changed.h"
#include "cache/negative.h"
#include "cache/texts.h"

void dir_check_locked(const struct cache_dir *dir)
{
	const struct window *w = &dir->window;

	switch (dir->state) {
	case DIR_UNKNOWN:
		assert(!dir->is_whole);
		assert(dir->generation == 0 && dir->until_ms == 0 && !w->last_id && !w->first);
		assert(dir->checked_s == 0);
		break;
	case DIR_LISTING:
		assert(dir->generation > 0);
		assert(!w->last_id == (w->n_seen == 0));
		assert(!w->last_id || dir->checked_s > 0);
		break;
	case DIR_LISTED:
		assert(dir->is_whole);
		assert(dir->generation > 0 && !w->last_id && !w->first && dir->checked_s > 0);
		break;
	}
	(void)w;
	(void)dir;
}

uint64_t cache_left_ms(uint64_t until_ms, uint64_t now_ms)
{
	return until_ms > now_ms ? until_ms - now_ms : 0;
}

struct dir_view dir_get_view_locked(struct cache_dir *dir, uint64_t now)
{
	dir->is_used = true;
	return (struct dir_view){
		.now_ms = now,
		.state = dir->state,
		.generation = dir->generation,
		.fresh_ms = dir_fresh_ms_locked(dir, now),
		.step = dir->step,
		.begun_ms = dir->begun_ms,
		.is_forgotten = dir_is_all_forgotten_locked(dir, dir->begun_ms),
		.is_stale = dir->is_whole && dir->stale_until_ms > now,
		.n_left = dir->n_left,
	};
}

struct dir_view dir_get_view(struct cache_dir *dir)
{
	uint64_t now = clock_now_ms(dir->cache->clock);
	struct dir_view view;

	pthread_mutex_lock(&dir->lock);
	view = dir_get_view_locked(dir, now);
	pthread_mutex_unlock(&dir->lock);
	return view;
}

void dir_note_modified(struct cache_dir *dir, int64_t modified_s)
{
	int64_t known = atomic_load(&dir->modified_s);

	while (known < modified_s &&
		!atomic_compare_exchange_weak(&dir->modified_s, &known, modified_s))
		continue;
}

void cache_tell_of_rest(struct cache *cache, const struct error *why)
{
	if (!atomic_exchange(&cache->has_told_of_rest, true))
		log_line(LOG_NOTE,
			"app '%s': GraphQL will not do, so checking and listing by REST: %s",
			client_app(cache->client), why->text);
}

void cache_count(struct cache *cache, bool has_asked)
{
	atomic_fetch_add(has_asked ? &cache->misses : &cache->hits, 1);
}

/* What an earlier mount left complete needs a check only. */
static int take_up(struct cache_dir *dir, struct error *err)
{
	uint64_t generation;
	int64_t checked_s;
	int ret = store_get_checked(dir->cache->store, dir->number, &generation, &checked_s, err);

	if (ret < 0 || checked_s == 0)
		return ret;
	dir->state = DIR_LISTED;
	dir->is_whole = true;
	dir->generation = generation;
	dir->checked_s = checked_s;
	dir_check_locked(dir);
	return 0;
}

static int open_dirs(struct cache *cache, struct error *err)
{
	const struct schema_list *list = &cache->schemas;

	if (list->n_schemas == 0)
		return 0;
	cache->dirs = calloc(list->n_schemas, sizeof(cache->dirs[0]));
	if (!cache->dirs)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < list->n_schemas; i++) {
		struct cache_dir *dir = &cache->dirs[i];
		int64_t modified_s;
		int ret = store_open_dir(cache->store, list->schemas[i].name,
			schema_fingerprint(&list->schemas[i]), &dir->number, &modified_s, err);

		if (ret < 0)
			return ret;
		dir->cache = cache;
		dir->schema = &list->schemas[i];
		dir->index = i;
		dir->step = 1;
		snprintf(dir->flight_key, sizeof(dir->flight_key), "listing/%zu", i);
		atomic_init(&dir->modified_s, modified_s);
		window_init(&dir->window);
		pthread_mutex_init(&dir->lock, NULL);
		call_cond_init(&dir->moved);
		cache->n_dirs++;
		ret = take_up(dir, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int open_store(struct cache *cache, const struct cache_conf *conf, struct error *err)
{
	const struct store_conf store_conf = {
		.directory = conf->directory,
		.url = client_url(cache->client),
		.app = client_app(cache->client),
		.client_id = conf->client_id,
		.view = client_view_key(cache->client),
		.max_text_bytes = conf->directory ? conf->max_disk_bytes : conf->max_memory_bytes,
	};

	return store_open(&store_conf, &cache->store, err);
}

int cache_new(const struct cache_conf *conf, const struct clock *clock, struct client *client,
	struct schema_list *schemas, struct cache **ret_cache, struct error *err)
{
	struct cache *cache = calloc(1, sizeof(*cache));
	int ret = 0;

	if (!cache)
		return error_set(err, ENOMEM, "out of memory");
	cache->clock = clock;
	cache->client = client;
	cache->pool = conf->pool;
	cache->has_graphql = conf->listing == CACHE_LISTS_BY_GRAPHQL && client_has_graphql(client);
	cache->ttl_ms = conf->ttl_ms;
	cache->negative_ttl_ms = conf->negative_ttl_ms;
	cache->stale = conf->stale;
	cache->schemas = *schemas;
	*schemas = (struct schema_list){ 0 };
	observer_init(cache);
	cache->flights = flight_new();
	cache->negatives = negative_new();
	/* In memory already, they are not held a second time. */
	cache->max_memory_bytes = conf->directory ? conf->max_memory_bytes : 0;
	cache->texts = texts_new(cache->max_memory_bytes);
	if (!cache->flights || !cache->negatives || !cache->texts)
		ret = error_set(err, ENOMEM, "out of memory");
	if (ret == 0)
		ret = open_store(cache, conf, err);
	if (ret == 0)
		ret = open_dirs(cache, err);
	if (ret < 0) {
		cache_free(cache);
		return ret;
	}
	observer_begin(cache);
	*ret_cache = cache;
	return 0;
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->n_dirs; i++) {
		pthread_mutex_destroy(&cache->dirs[i].lock);
		pthread_cond_destroy(&cache->dirs[i].moved);
		window_clear(&cache->dirs[i].window);
		changed_free(cache->dirs[i].changed);
	}
	free(cache->dirs);
	store_close(cache->store);
	texts_free(cache->texts);
	negative_free(cache->negatives);
	flight_free(cache->flights);
	schema_list_release(&cache->schemas);
	observer_release(cache);
	free(cache);
}

size_t cache_count_dirs(const struct cache *cache)
{
	return cache->n_dirs;
}

struct cache_dir *cache_get_dir(struct cache *cache, size_t i)
{
	return i < cache->n_dirs ? &cache->dirs[i] : NULL;
}

struct cache_dir *cache_find_dir(struct cache *cache, const char *schema)
{
	for (size_t i = 0; i < cache->n_dirs; i++) {
		if (strcmp(cache->dirs[i].schema->name, schema) == 0)
			return &cache->dirs[i];
	}
	return NULL;
}

const char *cache_dir_name(const struct cache_dir *dir)
{
	return dir->schema->name;
}

struct cache_dir *dir_of_number(struct cache *cache, uint64_t number)
{
	for (size_t i = 0; i < cache->n_dirs; i++) {
		if (cache->dirs[i].number == number)
			return &cache->dirs[i];
	}
	return NULL;
}

struct cache_dir *cache_dir_of(struct cache *cache, const struct store_item *item)
{
	return dir_of_number(cache, item->dir);
}

int64_t cache_dir_modified_s(struct cache_dir *dir)
{
	return atomic_load(&dir->modified_s);
}

uint64_t cache_list_stamp(struct cache_dir *dir)
{
	struct dir_view view = dir_get_view(dir);
	const uint64_t facts[] = { view.step, store_count_memberships(dir->cache->store) };

	if (view.state != DIR_LISTED || view.fresh_ms == 0 || dir_has_changes(dir))
		return 0;
	return hash_bytes(facts, sizeof(facts)) | 1;
}

uint64_t cache_count_changes(struct cache_dir *dir)
{
	return atomic_load(&dir->n_changes);
}

uint64_t cache_negative_ms(struct cache *cache, struct cache_dir *dir, const char *id)
{
	struct dir_view view = dir_get_view(dir);
	const struct changed_answer answer = { .asked_ms = view.begun_ms };

	if (view.state == DIR_LISTED && view.fresh_ms > 0 &&
		!(id && dir_is_forgotten(dir, id, view.begun_ms)) &&
		!(id && dir_wants(dir, id, &answer)))
		return view.fresh_ms;
	if (!id)
		return cache->negative_ttl_ms;
	return negative_left_ms(
		cache->negatives, negative_key(dir->schema->name, id), clock_now_ms(cache->clock));
}

void cache_get_progress(struct cache_dir *dir, struct cache_progress *ret_progress)
{
	struct dir_view view = dir_get_view(dir);

	ret_progress->is_complete = view.state == DIR_LISTED;
	ret_progress->n_left = view.state == DIR_LISTING ? view.n_left : -1;
	if (ret_progress->is_complete)
		ret_progress->n_left = 0;
}

int cache_count_items(struct cache_dir *dir, uint64_t *ret_n_items, struct error *err)
{
	return store_count(dir->cache->store, dir->number, ret_n_items, err);
}

int cache_get_stats(struct cache *cache, struct cache_stats *ret_stats, struct error *err)
{
	struct cache_stats stats = { 0 };
	int ret = store_get_stats(cache->store, &stats.store, err);

	if (ret < 0)
		return ret;
	stats.memory_bytes = texts_get_bytes(cache->texts);
	stats.max_memory_bytes = cache->max_memory_bytes;
	stats.hits = atomic_load(&cache->hits);
	stats.misses = atomic_load(&cache->misses);
	stats.stale = atomic_load(&cache->n_stale);
	*ret_stats = stats;
	return 0;
}
