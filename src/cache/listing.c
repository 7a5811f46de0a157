#include <errno.h>

#include "api/client.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/flight.h"
#include "base/log.h"
#include "cache/cache_private.h"
#include "cache/freshness.h"
#include "cache/pages.h"
#include "cache/survey.h"

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

void dir_set_until_locked(struct cache_dir *dir, uint64_t now)
{
	dir->until_ms = now + cache_left_ms(dir->cache->ttl_ms, dir->idle_ms);
	if (dir_is_outdated_locked(dir, dir->begun_ms))
		dir->until_ms = 0;
}

/*
 * Of one request. A reader waits for all of it, and on a slow line or server no longer than its
 * deadline: so there are no more pages in it than that has seconds.
 */
static size_t max_pages(const struct cache *cache)
{
	uint64_t n;

	if (!cache->has_graphql || !cache->pool)
		return 1;
	n = pool_timeout_ms(cache->pool) / 1000;
	if (n < WINDOW_PAGES_MIN)
		return WINDOW_PAGES_MIN;
	return n < WINDOW_PAGES_MAX ? (size_t)n : WINDOW_PAGES_MAX;
}

/* Why it is listed. */
enum cause { CAUSE_READER, CAUSE_LOSS, CAUSE_CHANGES };

static void begin_locked(struct cache_dir *dir, enum cause cause, uint64_t generation,
	uint64_t begun_ms, uint64_t n_known)
{
	uint64_t now = clock_now_ms(dir->cache->clock);

	window_clear(&dir->window);
	dir->state = DIR_LISTING;
	dir->generation = generation;
	dir->begun_ms = begun_ms;
	dir->page_ms = now;
	dir->idle_ms = 0;
	dir->n_known = n_known;
	dir->n_left = -1;
	dir->read_row = dir->n_read = dir->n_wanted = 0;
	dir->is_troubled = false;
	dir->n_pages_max = max_pages(dir->cache);
	dir->is_loss_known = cause == CAUSE_LOSS;
	dir->is_second = cause == CAUSE_CHANGES;
	dir->checked_s = 0;
	dir->step++;
	dir_set_until_locked(dir, now);
	dir_check_locked(dir);
}

static int begin(
	struct cache_dir *dir, const struct call *call, enum cause cause, struct error *err)
{
	uint64_t begun_ms, generation, n_known;
	int ret = pages_stop(dir, call, err);

	if (ret < 0)
		return ret;
	begun_ms = dir_asked_ms(dir);
	ret = store_begin_listing(dir->cache->store, dir->number, &generation, &n_known, err);
	dir->gone_row = 0;
	pthread_mutex_lock(&dir->lock);
	if (ret == 0)
		begin_locked(dir, cause, generation, begun_ms, n_known);
	pthread_mutex_unlock(&dir->lock);
	pages_resume(dir);
	return ret;
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
	return begin(dir, call, CAUSE_LOSS, err);
}

/* All pages are in the store. *ret_has_moved: items came or went meanwhile. */
static int end(struct cache_dir *dir, bool *ret_has_moved, struct error *err)
{
	int ret = store_end_listing(dir->cache->store, dir->number, dir->generation, err);

	if (ret == 0)
		ret = store_set_checked(dir->cache->store, dir->number, dir->checked_s, err);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&dir->lock);
	*ret_has_moved = dir->window.has_moved;
	window_clear(&dir->window);
	dir->state = DIR_LISTED;
	dir->is_whole = true;
	dir->n_misses = 0;
	dir_drop_forgotten_locked(dir);
	dir->step++;
	dir_set_until_locked(dir, clock_now_ms(dir->cache->clock));
	if (*ret_has_moved)
		dir->until_ms = 0;
	dir_check_locked(dir);
	pthread_cond_broadcast(&dir->moved);
	pthread_mutex_unlock(&dir->lock);
	return 0;
}

/*
 * What came and went while it was listed is found now. If even that will not do, it is listed
 * once more, and no third time, or an app in which much is written would never be listed. A check
 * that fails is left to the next reader.
 */
static int check_changes(struct cache_dir *dir, const struct call *call, struct error *err)
{
	struct error why = { 0 };
	bool must_list = false;
	int ret = freshness_check(dir, call, &must_list, &why);

	if (ret < 0)
		log_trace("cache", "the listing of '%s' is not checked: %s", dir->schema->name,
			why.text);
	if (ret < 0 || !must_list)
		return 0;
	if (!dir->is_second)
		return begin(dir, call, CAUSE_CHANGES, err);
	pthread_mutex_lock(&dir->lock);
	dir_set_until_locked(dir, clock_now_ms(dir->cache->clock));
	pthread_mutex_unlock(&dir->lock);
	return 0;
}

static int finish(struct cache_dir *dir, const struct call *call, struct error *err)
{
	bool has_moved;
	int ret;

	if (is_loss(dir->n_known, dir->window.n_seen) && !dir->is_loss_known)
		return doubt_loss(dir, call, err);
	ret = end(dir, &has_moved, err);
	if (ret == 0 && has_moved)
		ret = check_changes(dir, call, err);
	return ret;
}

static bool is_at_end(struct cache_dir *dir)
{
	bool is;

	pthread_mutex_lock(&dir->lock);
	is = pages_need_reader_locked(dir) && dir->window.is_at_end;
	pthread_mutex_unlock(&dir->lock);
	return is;
}

/* The next page, if nobody else is at it, and then the end, if that was the last. */
static int go_on(struct cache_dir *dir, const struct call *call, struct error *err)
{
	int ret = pages_fetch_next(dir, call, err);

	return ret == 0 && is_at_end(dir) ? finish(dir, call, err) : ret;
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
	struct error *err)
{
	bool must_list = true;
	int ret = 0;

	if (view->state == DIR_LISTED && !view->is_forgotten)
		ret = freshness_check(dir, call, &must_list, err);
	if (ret == 0 && must_list)
		ret = begin(dir, call, CAUSE_READER, err);
	if (ret == 0 && must_list)
		ret = go_on(dir, call, err);
	return ret;
}

/* Until the listing has moved, or only a reader can move it: *ret_is_ours. */
static int wait_for_page(struct cache_dir *dir, const struct call *call,
	const struct dir_view *view, bool *ret_is_ours, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&dir->lock);
	pages_want_more_locked(dir);
	while (ret == 0 && dir->step == view->step && !pages_need_reader_locked(dir))
		ret = call_wait(call, &dir->moved, &dir->lock);
	*ret_is_ours = dir->step == view->step;
	pthread_mutex_unlock(&dir->lock);
	if (ret == 0)
		return 0;
	return error_set(err, -ret, "%s: the next page of '%s' is still on its way",
		ret == -EINTR ? "interrupted" : "no answer in time", dir->schema->name);
}

int listing_advance(struct cache_dir *dir, const struct call *call, const struct dir_view *view,
	enum listing_move move, bool *ret_has_moved, struct error *err)
{
	struct flight *flights = dir->cache->flights;
	bool is_leader = true;
	int ret = 0;

	*ret_has_moved = move == LISTING_GO_ON;
	if (move == LISTING_GO_ON)
		ret = wait_for_page(dir, call, view, &is_leader, err);
	else if (view->state == DIR_LISTED)
		ret = survey_join(dir, call, ret_has_moved, err);
	if (ret < 0 || !is_leader || (move == LISTING_BEGIN && *ret_has_moved))
		return ret;
	ret = flight_join(flights, call, dir->flight_key, &is_leader, err);
	if (ret < 0 || !is_leader)
		return ret;
	/* What has come since is to be shown before anything can fail. */
	if (is_as_seen(dir, view)) {
		*ret_has_moved = true;
		ret = move == LISTING_GO_ON ? go_on(dir, call, err) : move_on(dir, call, view, err);
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
