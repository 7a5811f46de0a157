#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/flight.h"
#include "base/log.h"
#include "cache/cache_private.h"
#include "cache/freshness.h"
#include "cache/stale.h"
#include "cache/survey.h"

/* After so many pages that brought a reader no row, it asks for the next row by itself. */
#define PAGES_WITHOUT_ROWS 8

bool is_loss(uint64_t n_known, uint64_t n_left)
{
	return n_known >= LOSS_MIN_KNOWN && n_left < n_known / 2;
}

int64_t page_time_s(struct cache *cache, const struct content_page *page, uint64_t asked_ms)
{
	uint64_t took_ms = clock_now_ms(cache->clock) - asked_ms;
	int64_t time_s = page->date_s - (int64_t)((took_ms + 999) / 1000);

	/* Without a date: what was changed then was changed before it was sent. */
	for (size_t i = 0; page->date_s == 0 && i < page->n_items; i++) {
		if (time_s < page->items[i].modified_s)
			time_s = page->items[i].modified_s;
	}
	return time_s > 0 ? time_s : 1;
}

static void set_until_locked(struct cache_dir *dir, uint64_t now)
{
	dir->until_ms = now + cache_left_ms(dir->cache->ttl_ms, dir->idle_ms);
	if (dir_is_all_forgotten_locked(dir, dir->begun_ms))
		dir->until_ms = 0;
}

static int begin(struct cache_dir *dir, bool is_loss_known, struct error *err)
{
	uint64_t begun_ms = dir_asked_ms(dir);
	uint64_t generation, n_known;
	uint64_t now;
	int ret = store_begin_listing(dir->cache->store, dir->number, &generation, &n_known, err);

	if (ret < 0)
		return ret;
	now = clock_now_ms(dir->cache->clock);
	dir->gone_row = 0;
	pthread_mutex_lock(&dir->lock);
	free(dir->last_id);
	dir->last_id = NULL;
	dir->state = DIR_LISTING;
	dir->generation = generation;
	dir->begun_ms = begun_ms;
	dir->page_ms = now;
	dir->idle_ms = 0;
	dir->n_known = n_known;
	dir->n_seen = 0;
	dir->n_left = -1;
	dir->is_loss_known = is_loss_known;
	dir->checked_s = 0;
	dir->step++;
	set_until_locked(dir, now);
	dir_check_locked(dir);
	pthread_mutex_unlock(&dir->lock);
	return 0;
}

static int finish(struct cache_dir *dir, struct error *err)
{
	int ret = store_end_listing(dir->cache->store, dir->number, dir->generation, err);

	if (ret == 0)
		ret = store_set_checked(dir->cache->store, dir->number, dir->checked_s, err);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&dir->lock);
	free(dir->last_id);
	dir->last_id = NULL;
	dir->state = DIR_LISTED;
	dir->n_misses = 0;
	dir_drop_forgotten_locked(dir);
	dir->step++;
	set_until_locked(dir, clock_now_ms(dir->cache->clock));
	dir_check_locked(dir);
	pthread_mutex_unlock(&dir->lock);
	return 0;
}

/*
 * Where an app lets anonymous users read, a token that is no longer good gets no 401 but
 * sees less. The app itself is not for anonymous users: asking for it renews such a
 * token, and then the listing is made once more.
 */
static int doubt_loss(struct cache_dir *dir, const struct call *call, struct error *err)
{
	struct app_info app = { 0 };
	int ret = client_fetch_app(dir->cache->client, call, &app, err);

	if (ret < 0) {
		error_prefix(err, "most items of '%s' seem to be gone, and that cannot be verified",
			dir->schema->name);
		return ret;
	}
	app_info_release(&app);
	return begin(dir, true, err);
}

/* The page is in the store: the next one begins behind it. */
static int move_behind(struct cache_dir *dir, const struct content_page *page, uint64_t asked_ms,
	struct error *err)
{
	uint64_t now = clock_now_ms(dir->cache->clock);
	char *last_id;

	for (size_t i = 0; i < page->n_items; i++)
		dir_note_modified(dir, page->items[i].modified_s);
	if (page->n_items == 0)
		return 0;
	last_id = strdup(page->items[page->n_items - 1].id);
	if (!last_id)
		return error_set(err, ENOMEM, "out of memory");
	pthread_mutex_lock(&dir->lock);
	free(dir->last_id);
	dir->last_id = last_id;
	dir->idle_ms += cache_left_ms(asked_ms, dir->page_ms);
	dir->page_ms = now;
	dir->n_seen += page->n_items;
	dir->n_left = page->total >= 0 ? page->total - (int64_t)page->n_items : -1;
	dir->step++;
	set_until_locked(dir, now);
	dir_check_locked(dir);
	pthread_mutex_unlock(&dir->lock);
	return 0;
}

/* What changes after the first page was made is for the next check to find. */
static void note_time(struct cache_dir *dir, const struct content_page *page, uint64_t asked_ms)
{
	int64_t time_s = page_time_s(dir->cache, page, asked_ms);

	pthread_mutex_lock(&dir->lock);
	dir->checked_s = time_s;
	pthread_mutex_unlock(&dir->lock);
}

static int store_page(struct cache_dir *dir, const struct call *call,
	const struct content_page *page, uint64_t asked_ms, struct error *err)
{
	int ret = 0;

	if (!dir->last_id)
		note_time(dir, page, asked_ms);
	if (page->n_items > 0)
		ret = store_put(dir->cache->store, dir->number, dir->generation, asked_ms,
			page->items, page->n_items, err);
	if (ret == 0)
		ret = move_behind(dir, page, asked_ms, err);
	if (ret < 0)
		return ret;
	if (page->n_items > 0 && (page->total < 0 || page->total > (int64_t)page->n_items))
		return 0;
	if (is_loss(dir->n_known, dir->n_seen) && !dir->is_loss_known)
		return doubt_loss(dir, call, err);
	return finish(dir, err);
}

static int fetch_page(struct cache_dir *dir, const struct call *call, struct error *err)
{
	uint64_t asked_ms = dir_asked_ms(dir);
	struct content_page page;
	int ret;

	content_page_init(&page);
	ret = client_fetch_page_at(dir->cache->client, call, dir->schema, dir->last_id, 0,
		CLIENT_PAGE_MAX, &page, err);
	log_trace("cache", "page of '%s' after '%s': %s, %zu items, total %" PRId64,
		dir->schema->name, dir->last_id ? dir->last_id : "",
		ret < 0 ? error_name(-ret) : "ok", page.n_items, page.total);
	if (ret == 0)
		ret = store_page(dir, call, &page, asked_ms, err);
	content_page_release(&page);
	return ret;
}

static bool is_as_seen(struct cache_dir *dir, const struct dir_view *view)
{
	bool is_same;

	pthread_mutex_lock(&dir->lock);
	is_same = dir->step == view->step;
	pthread_mutex_unlock(&dir->lock);
	return is_same;
}

static int move_on(struct cache_dir *dir, const struct call *call, const struct dir_view *view,
	enum listing_move move, struct error *err)
{
	bool must_list = true;
	int ret = 0;

	if (move == LISTING_GO_ON)
		return fetch_page(dir, call, err);
	if (view->state == DIR_LISTED && !view->is_forgotten)
		ret = freshness_check(dir, call, &must_list, err);
	if (ret == 0 && must_list)
		ret = begin(dir, false, err);
	if (ret == 0 && must_list)
		ret = fetch_page(dir, call, err);
	return ret;
}

int listing_advance(struct cache_dir *dir, const struct call *call, const struct dir_view *view,
	enum listing_move move, bool *ret_has_moved, struct error *err)
{
	struct flight *flights = dir->cache->flights;
	bool is_leader;
	int ret = 0;

	*ret_has_moved = false;
	if (move == LISTING_BEGIN && view->state == DIR_LISTED)
		ret = survey_join(dir, call, ret_has_moved, err);
	if (ret < 0 || *ret_has_moved)
		return ret;
	ret = flight_join(flights, call, dir->flight_key, &is_leader, err);
	if (ret < 0 || !is_leader)
		return ret;
	if (is_as_seen(dir, view)) {
		*ret_has_moved = true;
		ret = move_on(dir, call, view, move, err);
	}
	flight_land(flights, dir->flight_key);
	return ret;
}

int listing_complete(struct cache_dir *dir, const struct call *call, int64_t max_left,
	bool *ret_is_listed, struct error *err)
{
	bool has_joined = false, has_moved;
	int ret;

	for (;;) {
		struct dir_view view = dir_get_view(dir);

		/* What this call listed itself is good enough for it, however short ttl_ms is. */
		has_joined = has_joined || view.fresh_ms > 0;
		*ret_is_listed = has_joined && view.state == DIR_LISTED;
		if (*ret_is_listed)
			return 0;
		if (has_joined && view.n_left > max_left)
			return 0;
		ret = listing_advance(dir, call, &view,
			has_joined && view.state == DIR_LISTING ? LISTING_GO_ON : LISTING_BEGIN,
			&has_moved, err);
		if (ret < 0)
			return ret;
		has_joined = has_joined || has_moved;
	}
}

static bool may_show(
	struct cache_dir *dir, const struct dir_view *view, const struct store_item *item)
{
	return item->generation == view->generation || item_fresh_ms(dir, view, item) > 0;
}

/* The next rows that may be shown: in a listing that runs, those up to the first unseen one. */
static int load_rows(struct cache_dir *dir, const struct dir_view *view, uint64_t after_row,
	struct store_batch *batch, struct error *err)
{
	int ret = store_list(dir->cache->store, dir->number, after_row, batch, err);
	size_t n = 0;

	if (ret < 0 || view->state == DIR_LISTED)
		return ret;
	while (n < batch->n_items && may_show(dir, view, &batch->items[n]))
		n++;
	while (batch->n_items > n)
		store_item_release(&batch->items[--batch->n_items]);
	return 0;
}

/*
 * The next row may be of an item that is gone, or that comes late by id: a reader would see nothing
 * until the listing ends. After so many pages in vain, asking for that one item lets it go on.
 */
static int settle_next_row(struct cache_dir *dir, const struct call *call,
	const struct dir_view *view, uint64_t after_row, unsigned n_pages, struct error *err)
{
	struct store_item next;
	int ret;

	if (view->state != DIR_LISTING || n_pages == 0 || n_pages % PAGES_WITHOUT_ROWS != 0)
		return 0;
	store_item_init(&next);
	ret = store_next(dir->cache->store, dir->number, after_row, &next, err);
	if (ret == 0)
		ret = item_settle(dir, call, next.id, err);
	store_item_release(&next);
	return ret == -ENOENT ? 0 : ret;
}

/* The shortest of the times that the items of a batch are good. */
static uint64_t batch_fresh_ms(
	struct cache_dir *dir, const struct dir_view *view, const struct store_batch *batch)
{
	uint64_t fresh_ms = view->fresh_ms;

	for (size_t i = 0; i < batch->n_items && fresh_ms > 0; i++) {
		uint64_t ms = item_fresh_ms(dir, view, &batch->items[i]);

		fresh_ms = ms < fresh_ms ? ms : fresh_ms;
	}
	return fresh_ms;
}

/* What is shown in place of an answer is good for as long as none is asked for. */
static uint64_t shown_fresh_ms(
	struct cache_dir *dir, const struct dir_view *view, const struct store_batch *batch)
{
	uint64_t fresh_ms = batch_fresh_ms(dir, view, batch);

	if (fresh_ms > 0 || view->state != DIR_LISTED)
		return fresh_ms;
	fresh_ms = stale_left_ms(dir);
	if (fresh_ms > 0)
		stale_count(dir);
	return fresh_ms;
}

static bool may_join(struct cache_dir *dir, const struct dir_view *view)
{
	return view->fresh_ms > 0 || (view->state == DIR_LISTED && stale_left_ms(dir) > 0);
}

/* 0, and nothing has moved: the server does not answer, and what is at hand will do. */
static int move_for_reader(struct cache_dir *dir, const struct call *call,
	const struct dir_view *view, enum listing_move move, bool *ret_has_moved, struct error *err)
{
	struct error why = { 0 };
	int ret = listing_advance(dir, call, view, move, ret_has_moved, &why);

	if (ret < 0)
		*ret_has_moved = false;
	return ret == 0 && !*ret_has_moved ? 0 : stale_judge_listing(dir, ret, &why, err);
}

int cache_list(struct cache *cache, const struct call *call, struct cache_dir *dir,
	uint64_t after_row, struct store_batch *batch, uint64_t *ret_fresh_ms, bool *ret_is_last,
	struct error *err)
{
	bool has_joined = after_row > 0, has_asked = false, has_moved;
	unsigned n_pages = 0;
	struct dir_view view;
	int ret;

	for (;;) {
		view = dir_get_view(dir);
		has_joined = has_joined || may_join(dir, &view);
		ret = settle_next_row(dir, call, &view, after_row, n_pages, err);
		if (ret < 0)
			return ret;
		if (has_joined && view.state != DIR_UNKNOWN) {
			ret = load_rows(dir, &view, after_row, batch, err);
			if (ret < 0)
				return ret;
			if (batch->n_items > 0 || view.state == DIR_LISTED)
				break;
		}
		ret = move_for_reader(dir, call, &view,
			has_joined && view.state == DIR_LISTING ? LISTING_GO_ON : LISTING_BEGIN,
			&has_moved, err);
		if (ret < 0)
			return ret;
		has_asked = has_asked || has_moved;
		has_joined = has_joined || has_moved;
		n_pages++;
	}
	cache_count(cache, has_asked);
	*ret_is_last = view.state == DIR_LISTED && batch->n_items < STORE_BATCH_MAX;
	if (ret_fresh_ms)
		*ret_fresh_ms = shown_fresh_ms(dir, &view, batch);
	return 0;
}
