#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/flight.h"
#include "base/log.h"
#include "cache/cache_private.h"
#include "cache/changed.h"
#include "cache/negative.h"
#include "cache/stale.h"

/* The third miss in a directory lists it, if it is not larger than so many items. */
#define MISSES_BEFORE_LISTING 2
#define MISS_LISTING_MAX 10000

/* What the store cannot answer; beside 0 and negative errnos. */
#define MUST_ASK 1

static int fail_absent(struct cache_dir *dir, const char *id, struct error *err)
{
	return error_set(err, ENOENT, "there is no item '%s' in '%s'", id, dir->schema->name);
}

/*
 * Asks the store and the clock. MUST_ASK: *item is the expired copy, or empty. The state is read
 * before the store: an item that a page brings in between is then asked for, not denied.
 */
static int look(struct cache_dir *dir, const char *id, struct store_item *item,
	uint64_t *ret_fresh_ms, struct error *err)
{
	struct cache *cache = dir->cache;
	struct dir_view view = dir_get_view(dir);
	const struct changed_answer listed = { .asked_ms = view.begun_ms };
	uint64_t key;
	int ret;

	store_item_release(item);
	ret = store_find(cache->store, dir->number, id, item, err);
	if (ret == 0) {
		*ret_fresh_ms = item_fresh_ms(dir, &view, item);
		return *ret_fresh_ms > 0 ? 0 : MUST_ASK;
	}
	if (ret != -ENOENT)
		return ret;
	if (view.state == DIR_LISTED && view.fresh_ms > 0 &&
		!dir_is_forgotten(dir, id, view.begun_ms) && !dir_wants(dir, id, &listed))
		return fail_absent(dir, id, err);
	key = negative_key(dir->schema->name, id);
	if (negative_left_ms(cache->negatives, key, clock_now_ms(cache->clock)) > 0)
		return fail_absent(dir, id, err);
	return MUST_ASK;
}

int item_note_absent(struct cache_dir *dir, const char *id, uint64_t asked_ms, struct error *err)
{
	const struct changed_answer answer = { .asked_ms = asked_ms };
	struct cache *cache = dir->cache;
	uint64_t now = clock_now_ms(cache->clock);
	struct store_item found;
	int ret = store_remove_gone(cache->store, dir->number, asked_ms, &id, 1, err);

	if (ret < 0)
		return ret;
	store_item_init(&found);
	ret = store_find(cache->store, dir->number, id, &found, err);
	store_item_release(&found);
	if (ret != -ENOENT)
		return ret;
	pthread_mutex_lock(&dir->lock);
	if (!dir_is_forgotten_locked(dir, id, asked_ms) &&
		!changed_wants(dir->changed, id, &answer))
		negative_add(cache->negatives, negative_key(dir->schema->name, id),
			now + cache->negative_ttl_ms, now);
	dir_settle_locked(dir, id, &answer);
	dir->n_misses++;
	pthread_mutex_unlock(&dir->lock);
	return -ENOENT;
}

static int store_answer(struct cache_dir *dir, const struct store_item *known, uint64_t asked_ms,
	enum client_found found, const struct content *content, struct error *err)
{
	struct store *store = dir->cache->store;

	if (found == CLIENT_UNCHANGED)
		return store_touch(store, known->row, asked_ms, err);
	dir_note_modified(dir, content->modified_s);
	return store_put(store, dir->number, 0, asked_ms, content, 1, err);
}

/* Asks the server for one item; *item is the expired copy or empty, and the answer. */
static int fetch_item(struct cache_dir *dir, const struct call *call, const char *id,
	struct store_item *item, uint64_t *ret_fresh_ms, struct error *err)
{
	struct cache *cache = dir->cache;
	uint64_t asked_ms = dir_asked_ms(dir);
	/* "As it was" would be no answer where the text has gone. */
	const char *etag = item->etag[0] && item->has_text ? item->etag : NULL;
	enum client_found found;
	struct content content;
	int ret;

	content_init(&content);
	ret = client_fetch_content(
		cache->client, call, dir->schema, id, etag, &content, &found, err);
	log_trace("cache", "item '%s' of '%s'%s: %s", id, dir->schema->name,
		etag ? ", which is known" : "", ret < 0 ? error_name(-ret) : "ok");
	if (ret == 0)
		ret = store_answer(dir, item, asked_ms, found, &content, err);
	else if (ret == -ENOENT)
		ret = item_note_absent(dir, id, asked_ms, err);
	content_release(&content);
	if (ret < 0)
		return ret;
	ret = store_find(cache->store, dir->number, id, item, err);
	if (ret == -ENOENT)
		return fail_absent(dir, id, err);
	if (ret < 0)
		return ret;
	*ret_fresh_ms = item_settle_fresh_ms(dir, item);
	return 0;
}

/* One thread asks; the others wait and look again. *ret_has_answer: ret is the answer. */
static int ask(struct cache_dir *dir, const struct call *call, const char *id,
	struct store_item *item, uint64_t *ret_fresh_ms, bool *ret_has_answer, struct error *err)
{
	struct flight *flights = dir->cache->flights;
	bool is_leader;
	char *key;
	int ret;

	if (asprintf(&key, "item/%zu/%s", dir->index, id) < 0)
		return error_set(err, ENOMEM, "out of memory");
	ret = flight_join(flights, call, key, &is_leader, err);
	if (ret == 0 && is_leader) {
		*ret_has_answer = true;
		/* Whoever flew before may have landed just now. */
		ret = look(dir, id, item, ret_fresh_ms, err);
		if (ret == MUST_ASK)
			ret = fetch_item(dir, call, id, item, ret_fresh_ms, err);
		flight_land(flights, key);
	}
	free(key);
	return ret;
}

/* true, once: so many names were missed here that listing is cheaper than going on. */
static bool take_misses(struct cache_dir *dir)
{
	bool are_many;

	pthread_mutex_lock(&dir->lock);
	are_many = dir->n_misses >= MISSES_BEFORE_LISTING;
	if (are_many)
		dir->n_misses = 0;
	pthread_mutex_unlock(&dir->lock);
	return are_many;
}

/* From the server where it is not fresh, or not at all. */
static int lookup_fresh(struct cache_dir *dir, const struct call *call, const char *id,
	struct store_item *item, uint64_t *ret_fresh_ms, bool *has_asked, struct error *err)
{
	bool has_answer = false, is_listed;
	int ret;

	for (;;) {
		ret = look(dir, id, item, ret_fresh_ms, err);
		if (ret != MUST_ASK)
			return ret;
		*has_asked = true;
		if (item->row == 0 && dir->cache->ttl_ms > 0 && take_misses(dir)) {
			ret = listing_complete(dir, call, MISS_LISTING_MAX, &is_listed, err);
			if (ret < 0)
				return ret;
			if (is_listed)
				continue;
		}
		ret = ask(dir, call, id, item, ret_fresh_ms, &has_answer, err);
		if (ret < 0 || has_answer)
			return ret;
	}
}

static int lookup(struct cache_dir *dir, const struct call *call, const char *id,
	struct store_item *item, uint64_t *ret_fresh_ms, bool *has_asked, struct error *err)
{
	struct error why = { 0 };
	int ret = look(dir, id, item, ret_fresh_ms, err);
	int stale;

	if (ret != MUST_ASK)
		return ret;
	stale = stale_find(dir, id, item, ret_fresh_ms, err);
	if (stale != STALE_UNKNOWN)
		return stale;
	ret = lookup_fresh(dir, call, id, item, ret_fresh_ms, has_asked, &why);
	if (ret == 0 || ret == -ENOENT)
		stale_note_answer(dir);
	else if (stale_replaces(dir, ret, &why))
		stale = stale_find(dir, id, item, ret_fresh_ms, err);
	if (stale != STALE_UNKNOWN)
		return stale;
	if (ret < 0 && err)
		*err = why;
	return ret;
}

int item_settle(struct cache_dir *dir, const struct call *call, const char *id, struct error *err)
{
	struct store_item item;
	struct error why = { 0 };
	uint64_t fresh_ms;
	bool has_asked = false;
	int ret;

	store_item_init(&item);
	ret = lookup_fresh(dir, call, id, &item, &fresh_ms, &has_asked, &why);
	store_item_release(&item);
	if (ret == 0 || ret == -ENOENT)
		return 0;
	if (err)
		*err = why;
	return ret;
}

/* As lookup, of an item whose row is at hand: fresh, or asked for by its id. */
static int refresh(struct cache_dir *dir, const struct call *call, struct store_item *item,
	uint64_t *ret_fresh_ms, bool *has_asked, struct error *err)
{
	uint64_t row = item->row;
	char *id;
	int ret;

	*ret_fresh_ms = item_fresh_now_ms(dir, item);
	if (*ret_fresh_ms > 0)
		return 0;
	id = strdup(item->id);
	if (!id)
		return error_set(err, ENOMEM, "out of memory");
	ret = lookup(dir, call, id, item, ret_fresh_ms, has_asked, err);
	/* Gone and there again is another item. */
	if (ret == 0 && item->row != row)
		ret = fail_absent(dir, id, err);
	free(id);
	return ret;
}

/* Rows of schemas that are no longer there may still stand in the store. */
static int load_row(struct cache *cache, uint64_t row, enum item_detail detail,
	struct store_item *item, struct error *err)
{
	int ret = detail == ITEM_BRIEF ? store_get_brief(cache->store, row, item, err)
				       : store_get(cache->store, row, item, err);

	if (ret == -ENOENT || (ret == 0 && !cache_dir_of(cache, item)))
		return error_set(err, ENOENT, "the item is no longer there");
	return ret;
}

int item_get(struct cache *cache, const struct call *call, uint64_t row, enum item_detail detail,
	struct store_item *item, uint64_t *ret_fresh_ms, bool *has_asked, struct error *err)
{
	int ret = load_row(cache, row, detail, item, err);

	if (ret < 0)
		return ret;
	return refresh(cache_dir_of(cache, item), call, item, ret_fresh_ms, has_asked, err);
}

/* Hands an item over, or releases it, and counts the operation. */
static int finish(struct cache *cache, int ret, bool has_asked, struct store_item *item,
	struct store_item *ret_item, uint64_t fresh_ms, uint64_t *ret_fresh_ms)
{
	cache_count(cache, has_asked);
	if (ret < 0) {
		store_item_release(item);
		return ret;
	}
	store_item_release(ret_item);
	*ret_item = *item;
	if (ret_fresh_ms)
		*ret_fresh_ms = fresh_ms;
	return 0;
}

int cache_lookup(struct cache *cache, const struct call *call, struct cache_dir *dir,
	const char *id, struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err)
{
	struct store_item item;
	uint64_t fresh_ms = 0;
	bool has_asked = false;
	int ret;

	store_item_init(&item);
	ret = lookup(dir, call, id, &item, &fresh_ms, &has_asked, err);
	return finish(cache, ret, has_asked, &item, ret_item, fresh_ms, ret_fresh_ms);
}

/* For a name that only a listing can tell; without an answer, the last one's word stands. */
static int list_whole(struct cache_dir *dir, const struct call *call, struct error *err)
{
	struct error why = { 0 };
	bool is_listed;
	int ret = listing_complete(dir, call, INT64_MAX, &is_listed, &why);

	return stale_judge_listing(dir, ret, &why, err);
}

static int lookup_ino(struct cache_dir *dir, const struct call *call, uint64_t ino,
	struct store_item *item, uint64_t *ret_fresh_ms, bool *has_asked, struct error *err)
{
	struct dir_view view = dir_get_view(dir);
	bool is_whole = view.is_stale || (view.state == DIR_LISTED && view.fresh_ms > 0);
	int ret = store_find_ino(dir->cache->store, dir->number, ino, item, err);

	if (ret == -ENOENT && dir_has_changes(dir)) {
		ret = dir_settle_changes(dir, call, has_asked, err);
		if (ret == 0)
			ret = store_find_ino(dir->cache->store, dir->number, ino, item, err);
	}
	if (ret == -ENOENT && !is_whole) {
		*has_asked = true;
		ret = list_whole(dir, call, err);
		if (ret == 0)
			ret = store_find_ino(dir->cache->store, dir->number, ino, item, err);
	}
	if (ret == -ENOENT)
		return error_set(err, ENOENT, "there is no item of inode number %llx in '%s'",
			(unsigned long long)ino, dir->schema->name);
	if (ret < 0)
		return ret;
	return refresh(dir, call, item, ret_fresh_ms, has_asked, err);
}

int cache_lookup_ino(struct cache *cache, const struct call *call, struct cache_dir *dir,
	uint64_t ino, struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err)
{
	struct store_item item;
	uint64_t fresh_ms = 0;
	bool has_asked = false;
	int ret;

	store_item_init(&item);
	ret = lookup_ino(dir, call, ino, &item, &fresh_ms, &has_asked, err);
	return finish(cache, ret, has_asked, &item, ret_item, fresh_ms, ret_fresh_ms);
}

static int get(struct cache *cache, const struct call *call, uint64_t row, enum item_detail detail,
	struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err)
{
	struct store_item item;
	uint64_t fresh_ms = 0;
	bool has_asked = false;
	int ret;

	store_item_init(&item);
	ret = item_get(cache, call, row, detail, &item, &fresh_ms, &has_asked, err);
	return finish(cache, ret, has_asked, &item, ret_item, fresh_ms, ret_fresh_ms);
}

int cache_get(struct cache *cache, const struct call *call, uint64_t row,
	struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err)
{
	return get(cache, call, row, ITEM_WHOLE, ret_item, ret_fresh_ms, err);
}

int cache_get_brief(struct cache *cache, const struct call *call, uint64_t row,
	struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err)
{
	return get(cache, call, row, ITEM_BRIEF, ret_item, ret_fresh_ms, err);
}

int cache_peek(struct cache *cache, uint64_t row, struct store_item *ret_item, struct error *err)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = load_row(cache, row, ITEM_WHOLE, &item, err);
	if (ret < 0) {
		store_item_release(&item);
		return ret;
	}
	store_item_release(ret_item);
	*ret_item = item;
	return 0;
}
