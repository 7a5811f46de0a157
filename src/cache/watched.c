/*
 * Directories of whose changes the server tells us. While it does, an answer that was asked for
 * since then stays good, without a time: what makes it wrong is told, and noted here item by item
 * (cache/changed.h). What is told of is asked for when somebody wants it, and nothing else.
 *
 * Where too much is told, or not of which item, all answers so far are in doubt (doubted_ms): a
 * check confirms them. When nobody tells any more, each answer has the time that is left of
 * its TTL, which is none for most.
 */
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

/* Asked for in one request. */
#define SETTLE_MAX 200

static bool is_covered_locked(const struct cache_dir *dir, uint64_t asked_ms)
{
	return dir->watched_ms > 0 && asked_ms > dir->watched_ms && asked_ms > dir->doubted_ms;
}

uint64_t dir_fresh_ms_locked(const struct cache_dir *dir, uint64_t now)
{
	if (dir->state == DIR_LISTED && is_covered_locked(dir, dir->begun_ms) &&
		!dir_is_all_forgotten_locked(dir, dir->begun_ms))
		return dir->cache->ttl_ms;
	return cache_left_ms(dir->until_ms, now);
}

bool dir_is_outdated_locked(const struct cache_dir *dir, uint64_t begun_ms)
{
	return dir_is_all_forgotten_locked(dir, begun_ms) || begun_ms <= dir->doubted_ms;
}

uint64_t dir_answer_fresh_ms_locked(const struct cache_dir *dir, uint64_t asked_ms, uint64_t now)
{
	if (is_covered_locked(dir, asked_ms))
		return dir->cache->ttl_ms;
	if (asked_ms > dir->doubted_ms)
		return cache_left_ms(asked_ms + dir->cache->ttl_ms, now);
	return 0;
}

bool dir_wants(struct cache_dir *dir, const char *id, const struct changed_answer *answer)
{
	bool is_wanted;

	pthread_mutex_lock(&dir->lock);
	is_wanted = changed_wants(dir->changed, id, answer);
	pthread_mutex_unlock(&dir->lock);
	return is_wanted;
}

void dir_settle_locked(struct cache_dir *dir, const char *id, const struct changed_answer *answer)
{
	changed_settle(dir->changed, id, answer, clock_now_ms(dir->cache->clock));
}

void dir_settle(struct cache_dir *dir, const char *id, const struct changed_answer *answer)
{
	pthread_mutex_lock(&dir->lock);
	dir_settle_locked(dir, id, answer);
	pthread_mutex_unlock(&dir->lock);
}

uint64_t item_settle_fresh_ms(struct cache_dir *dir, const struct store_item *item)
{
	const struct changed_answer answer = {
		.asked_ms = item->checked_ms, .is_there = true, .version = item->version
	};
	struct dir_view view = dir_get_view(dir);
	uint64_t fresh_ms = item_fresh_ms(dir, &view, item);

	dir_settle(dir, item->id, &answer);
	return fresh_ms;
}

void cache_watch_begin(struct cache_dir *dir)
{
	pthread_mutex_lock(&dir->lock);
	dir->watched_ms = dir_mark_locked(dir);
	pthread_mutex_unlock(&dir->lock);
}

void cache_watch_end(struct cache_dir *dir)
{
	pthread_mutex_lock(&dir->lock);
	dir->watched_ms = 0;
	pthread_mutex_unlock(&dir->lock);
}

static void doubt_locked(struct cache_dir *dir)
{
	dir->doubted_ms = dir_mark_locked(dir);
	dir->until_ms = 0;
	dir_check_locked(dir);
}

void cache_watch_doubt(struct cache_dir *dir)
{
	pthread_mutex_lock(&dir->lock);
	doubt_locked(dir);
	pthread_mutex_unlock(&dir->lock);
}

static void note(struct cache_dir *dir, const struct changed_event *event)
{
	pthread_mutex_lock(&dir->lock);
	if (changed_note(&dir->changed, event, dir_mark_locked(dir)) < 0) {
		changed_clear(dir->changed);
		doubt_locked(dir);
	}
	negative_remove(dir->cache->negatives, negative_key(dir->schema->name, event->id));
	pthread_mutex_unlock(&dir->lock);
}

int cache_watch_note(struct cache_dir *dir, const struct cache_event *event, struct error *err)
{
	struct store *store = dir->cache->store;
	const struct changed_event change = {
		.id = event->id, .version = event->version, .is_deleted = event->is_deleted
	};
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = store_find(store, dir->number, event->id, &item, err);
	if (ret < 0 && ret != -ENOENT)
		goto out;
	/* It was fetched before its event came. */
	if (ret == 0 && !event->is_deleted && event->version >= 0 && item.version >= event->version)
		goto out;
	note(dir, &change);
	dir_note_modified(dir, event->modified_s);
	if (event->is_deleted && item.row > 0)
		ret = store_remove(store, dir->number, event->id, err);
	else
		observer_tell(dir, item.row, event->id);
out:
	store_item_release(&item);
	return ret == -ENOENT ? 0 : ret;
}

/* What to ask for. */

struct wanted {
	char *ids[CHANGED_MAX];
	size_t n_ids;
};

static void release(struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->n_ids; i++)
		free(wanted->ids[i]);
	wanted->n_ids = 0;
}

static int copy_told(struct cache_dir *dir, struct wanted *wanted, struct error *err)
{
	int ret = 0;

	wanted->n_ids = 0;
	pthread_mutex_lock(&dir->lock);
	for (size_t i = 0; i < changed_count(dir->changed); i++) {
		char *id = strdup(changed_get_id(dir->changed, i));

		if (!id) {
			ret = error_set(err, ENOMEM, "out of memory");
			break;
		}
		wanted->ids[wanted->n_ids++] = id;
	}
	pthread_mutex_unlock(&dir->lock);
	return ret;
}

/* What the store says of it; begun_ms: when the directory was asked for, if it is not in it. */
static int load_answer(struct cache_dir *dir, const char *id, uint64_t begun_ms,
	struct changed_answer *ret_answer, struct error *err)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = store_find(dir->cache->store, dir->number, id, &item, err);
	*ret_answer = (struct changed_answer){ .asked_ms = begun_ms };
	if (ret == 0)
		*ret_answer = (struct changed_answer){
			.asked_ms = item.checked_ms, .is_there = true, .version = item.version
		};
	store_item_release(&item);
	return ret == -ENOENT ? 0 : ret;
}

/* Leaves those that the store cannot answer. */
static int load_wanted(struct cache_dir *dir, struct wanted *wanted, struct error *err)
{
	struct dir_view view = dir_get_view(dir);
	size_t n_wanted = 0;
	int ret = copy_told(dir, wanted, err);

	for (size_t i = 0; i < wanted->n_ids; i++) {
		char *id = wanted->ids[i];
		struct changed_answer answer = { 0 };

		if (ret == 0)
			ret = load_answer(dir, id, view.begun_ms, &answer, err);
		if (ret == 0 && dir_wants(dir, id, &answer)) {
			wanted->ids[n_wanted++] = id;
			continue;
		}
		if (ret == 0)
			dir_settle(dir, id, &answer);
		free(id);
	}
	wanted->n_ids = n_wanted;
	return ret;
}

static bool is_in(const struct content_page *page, const char *id)
{
	for (size_t i = 0; i < page->n_items; i++) {
		if (strcmp(page->items[i].id, id) == 0)
			return true;
	}
	return false;
}

/* What came is stored, the others are absent; of a part of the answer nothing is known. */
static int store_wanted(struct cache_dir *dir, char *const *ids, size_t n_ids,
	const struct content_page *page, uint64_t asked_ms, struct error *err)
{
	bool is_whole = page->total >= 0 && (uint64_t)page->total <= page->n_items;
	int ret = 0;

	if (page->n_items > 0)
		ret = store_put(dir->cache->store, dir->number, 0, asked_ms, page->items,
			page->n_items, err);
	for (size_t i = 0; ret == 0 && i < page->n_items; i++) {
		const struct content *item = &page->items[i];
		const struct changed_answer answer = {
			.asked_ms = asked_ms, .is_there = true, .version = item->version
		};

		dir_note_modified(dir, item->modified_s);
		dir_settle(dir, item->id, &answer);
	}
	for (size_t i = 0; ret == 0 && is_whole && i < n_ids; i++) {
		if (!is_in(page, ids[i]))
			ret = item_note_absent(dir, ids[i], asked_ms, err);
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret;
}

static int fetch_wanted(struct cache_dir *dir, const struct call *call, char *const *ids,
	size_t n_ids, struct error *err)
{
	uint64_t asked_ms = dir_asked_ms(dir);
	struct content_page page;
	int ret;

	content_page_init(&page);
	ret = client_fetch_items(dir->cache->client, call, dir->schema, ids, n_ids, &page, err);
	log_trace("cache", "%zu items of '%s' that have changed: %s, %zu are there", n_ids,
		dir->schema->name, ret < 0 ? error_name(-ret) : "ok", page.n_items);
	if (ret == 0)
		ret = store_wanted(dir, ids, n_ids, &page, asked_ms, err);
	content_page_release(&page);
	return ret;
}

/* Several at once, or if that will not do each by itself. */
static int settle(struct cache_dir *dir, const struct call *call, char *const *ids, size_t n_ids,
	struct error *err)
{
	struct error why = { 0 };
	int ret = -EFBIG;

	if (n_ids > 1)
		ret = fetch_wanted(dir, call, ids, n_ids, &why);
	if (ret == -EFBIG) {
		ret = 0;
		for (size_t i = 0; ret == 0 && i < n_ids; i++)
			ret = item_settle(dir, call, ids[i], &why);
	}
	if (ret < 0 && err)
		*err = why;
	return ret;
}

/* As the leader. What is asked for in vain is not asked for again by the same call. */
static int settle_all(
	struct cache_dir *dir, const struct call *call, bool *has_asked, struct error *err)
{
	struct wanted *wanted = malloc(sizeof(*wanted));
	int ret;

	if (!wanted)
		return error_set(err, ENOMEM, "out of memory");
	ret = load_wanted(dir, wanted, err);
	for (size_t i = 0; ret == 0 && i < wanted->n_ids; i += SETTLE_MAX) {
		size_t n_left = wanted->n_ids - i;

		*has_asked = true;
		ret = settle(
			dir, call, wanted->ids + i, n_left < SETTLE_MAX ? n_left : SETTLE_MAX, err);
	}
	release(wanted);
	free(wanted);
	return ret;
}

int dir_settle_changes(
	struct cache_dir *dir, const struct call *call, bool *has_asked, struct error *err)
{
	struct flight *flights = dir->cache->flights;
	bool is_leader = false;
	char key[48];
	int ret = 0;

	snprintf(key, sizeof(key), "changes/%zu", dir->index);
	while (ret == 0 && !is_leader && dir_has_changes(dir)) {
		ret = flight_join(flights, call, key, &is_leader, err);
		if (ret == 0 && is_leader) {
			ret = settle_all(dir, call, has_asked, err);
			flight_land(flights, key);
		}
	}
	return ret;
}

bool dir_has_changes(struct cache_dir *dir)
{
	bool has_changes;

	pthread_mutex_lock(&dir->lock);
	has_changes = changed_count(dir->changed) > 0;
	pthread_mutex_unlock(&dir->lock);
	return has_changes;
}
