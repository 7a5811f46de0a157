#include "cache/pages.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/cache_private.h"
#include "cache/page_fetch.h"

/*
 * Items that are asked for beyond those that the foremost reader has: four times as many as it
 * has read, but no fewer than keep the line busy, and no more than it could do without for long.
 */
#define AHEAD_MIN 4000
#define AHEAD_MAX 16000

/* Texts that travel and wait, of all pages together and of one request. */
#define AHEAD_BYTES_MAX ((uint64_t)8 << 20)
#define REQUEST_BYTES_MAX ((uint64_t)6 << 20)

static void want_locked(struct cache_dir *dir, uint64_t n_read)
{
	uint64_t n_ahead = 4 * n_read;

	if (n_ahead < AHEAD_MIN)
		n_ahead = AHEAD_MIN;
	if (n_ahead > AHEAD_MAX)
		n_ahead = AHEAD_MAX;
	if (dir->n_wanted < n_read + n_ahead)
		dir->n_wanted = n_read + n_ahead;
}

static void run_job(struct pool_job *job, const struct call *call);

static void submit_locked(struct cache_dir *dir, struct page_request *request)
{
	request->state = REQUEST_WAITS;
	request->asker = dir;
	request->job = (struct pool_job){ .run = run_job, .owner = dir };
	if (!dir->cache->pool || !pool_submit(dir->cache->pool, &request->job))
		request->state = REQUEST_LEFT;
}

static bool may_plan_locked(const struct cache_dir *dir)
{
	const struct window *w = &dir->window;

	if (!dir->cache->pool || dir->state != DIR_LISTING || !w->last_id)
		return false;
	if (dir->is_stopped || dir->is_troubled)
		return false;
	if (w->n_seen + w->n_hoped >= dir->n_wanted)
		return false;
	/* One is asked for, however large. */
	return w->n_requests == 0 || (w->n_requests <= pool_max_threads(dir->cache->pool) &&
					     w->n_hoped * w->n_bytes < AHEAD_BYTES_MAX * w->n_seen);
}

/* Pages of one request: as many as have texts of REQUEST_BYTES_MAX. */
static size_t count_pages_locked(const struct cache_dir *dir)
{
	const struct window *w = &dir->window;
	uint64_t page_bytes = w->n_seen > 0 ? w->page_size * w->n_bytes / w->n_seen : 0;
	uint64_t n = page_bytes > 0 ? REQUEST_BYTES_MAX / page_bytes : WINDOW_PAGES_MAX;

	return n < dir->n_pages_max ? (size_t)n : dir->n_pages_max;
}

static void plan_locked(struct cache_dir *dir)
{
	while (may_plan_locked(dir)) {
		struct page_request *request = window_plan(&dir->window, count_pages_locked(dir));

		if (!request)
			return;
		submit_locked(dir, request);
		if (request->state == REQUEST_LEFT)
			return;
	}
}

/* Whoever asks for them frees them when they arrive. */
static void drop_locked(struct cache_dir *dir)
{
	struct page_request *request = window_drop(&dir->window);

	while (request) {
		struct page_request *next = request->next;
		bool is_waiting = request->state == REQUEST_WAITS &&
				  pool_withdraw(dir->cache->pool, &request->job);

		if (request->state == REQUEST_TRAVELS ||
			(request->state == REQUEST_WAITS && !is_waiting))
			request->is_dropped = true;
		else
			page_request_free(request);
		request = next;
	}
}

static int put_page(struct cache_dir *dir, uint64_t generation, const struct window_page *page,
	struct error *err)
{
	size_t n_items = page->content->n_items - page->first;
	const struct content *items;

	if (n_items == 0)
		return 0;
	items = page->content->items + page->first;
	for (size_t i = 0; i < n_items; i++)
		dir_note_modified(dir, items[i].modified_s);
	return store_put(dir->cache->store, dir->number, generation, page->request->asked_ms, items,
		n_items, err);
}

static void pass_locked(struct cache_dir *dir, struct window_page *page, int64_t time_s)
{
	struct window *w = &dir->window;

	/* What changes after the first page was made is for the next check to find. */
	if (!w->last_id)
		dir->checked_s = time_s;
	dir->idle_ms += cache_left_ms(page->request->asked_ms, dir->page_ms);
	dir->page_ms = clock_now_ms(dir->cache->clock);
	window_pass(w, page);
	dir->n_left = w->n_left;
	dir->is_troubled = false;
	dir->step++;
	dir_set_until_locked(dir, dir->page_ms);
	dir_check_locked(dir);
	pthread_cond_broadcast(&dir->moved);
}

/* Stores a page that joins, without the lock, which is held again afterwards. */
static int store_page_locked(struct cache_dir *dir, struct window_page *page, struct error *err)
{
	uint64_t generation = dir->generation;
	int64_t time_s;
	int ret;

	pthread_mutex_unlock(&dir->lock);
	time_s = page_time_s(dir->cache, page->content, page->request->asked_ms);
	ret = put_page(dir, generation, page, err);
	pthread_mutex_lock(&dir->lock);
	if (ret < 0)
		window_let_go(page);
	else
		pass_locked(dir, page, time_s);
	return ret;
}

/* What the window says of what has arrived. 1: look again, 0: no more for now. */
static int take_step_locked(struct cache_dir *dir, struct error *err)
{
	struct window_page page;
	int ret;

	switch (window_look(&dir->window, &page)) {
	case WINDOW_PAGE:
		ret = store_page_locked(dir, &page, err);
		plan_locked(dir);
		return ret < 0 ? ret : 1;
	case WINDOW_PATCH:
		submit_locked(dir, dir->window.first);
		return 0;
	case WINDOW_BROKEN:
		drop_locked(dir);
		return 0;
	case WINDOW_WAIT:
		return 0;
	default:
		return error_set(err, ENOMEM, "out of memory");
	}
}

/* All that has arrived and joins, unless another thread is at it. */
static int store_pages_locked(struct cache_dir *dir, struct error *err)
{
	int ret = 1;

	if (dir->is_storing)
		return 0;
	dir->is_storing = true;
	while (ret > 0)
		ret = take_step_locked(dir, err);
	if (ret < 0) {
		drop_locked(dir);
		dir->is_troubled = true;
	}
	if (dir->window.is_at_end)
		drop_locked(dir);
	plan_locked(dir);
	dir->is_storing = false;
	pthread_cond_broadcast(&dir->moved);
	return ret;
}

/* So many pages cannot be had at a time: fewer, in this listing. */
static int split_locked(
	struct cache_dir *dir, struct page_request *request, size_t n_pages, struct error *err)
{
	size_t n_parts = (request->n_pages + n_pages - 1) / n_pages;

	if (dir->n_pages_max > n_pages)
		dir->n_pages_max = n_pages;
	request = window_split(&dir->window, request, n_pages);
	if (!request)
		return error_set(err, ENOMEM, "out of memory");
	for (; n_parts > 0; n_parts--, request = request->next)
		submit_locked(dir, request);
	pthread_cond_broadcast(&dir->moved);
	return 0;
}

/* An answer, or none: ret. A failure is left to the next reader. */
static int arrive_locked(
	struct cache_dir *dir, struct page_request *request, int ret, struct error *err)
{
	if (request->is_dropped) {
		page_request_free(request);
		return 0;
	}
	if (ret == 0) {
		request->state = REQUEST_ARRIVED;
		return store_pages_locked(dir, err);
	}
	if (request->n_pages > 1 && ret == -EOPNOTSUPP)
		ret = split_locked(dir, request, 1, err);
	else if (request->n_pages > 1 && ret == -EFBIG)
		ret = split_locked(dir, request, (request->n_pages + 1) / 2, err);
	if (ret == 0)
		return 0;
	request->state = REQUEST_LEFT;
	dir->is_troubled = dir->is_troubled || ret != -EINTR;
	pthread_cond_broadcast(&dir->moved);
	return ret;
}

/* On a thread of the pool. Who was interrupted made room for others, and comes again. */
static void run_job(struct pool_job *job, const struct call *call)
{
	struct page_request *request = (struct page_request *)((char *)job -
							       offsetof(struct page_request, job));
	struct cache_dir *dir = request->asker;
	int ret = 0;

	pthread_mutex_lock(&dir->lock);
	request->state = REQUEST_TRAVELS;
	if (!request->is_dropped) {
		pthread_mutex_unlock(&dir->lock);
		ret = page_fetch(dir, request, call, NULL);
		pthread_mutex_lock(&dir->lock);
	}
	if (ret == -EINTR && !request->is_dropped)
		submit_locked(dir, request);
	else
		arrive_locked(dir, request, ret, NULL);
	pthread_mutex_unlock(&dir->lock);
}

void pages_want_more_locked(struct cache_dir *dir)
{
	want_locked(dir, dir->window.n_seen);
	plan_locked(dir);
}

void pages_note_read(struct cache_dir *dir, const struct store_batch *batch)
{
	pthread_mutex_lock(&dir->lock);
	for (size_t i = 0; i < batch->n_items; i++) {
		if (batch->items[i].row <= dir->read_row)
			continue;
		dir->read_row = batch->items[i].row;
		dir->n_read++;
	}
	want_locked(dir, dir->n_read);
	plan_locked(dir);
	pthread_mutex_unlock(&dir->lock);
}

bool pages_need_reader_locked(const struct cache_dir *dir)
{
	const struct window *w = &dir->window;

	if (dir->state != DIR_LISTING || dir->is_storing)
		return false;
	return w->is_at_end || !w->first || w->first->state == REQUEST_LEFT;
}

int pages_fetch_next(struct cache_dir *dir, const struct call *call, struct error *err)
{
	struct page_request *request;
	int ret;

	pthread_mutex_lock(&dir->lock);
	if (!pages_need_reader_locked(dir) || dir->window.is_at_end) {
		pthread_mutex_unlock(&dir->lock);
		return 0;
	}
	request = dir->window.first ? dir->window.first : window_plan(&dir->window, 1);
	if (request)
		request->state = REQUEST_TRAVELS;
	pthread_mutex_unlock(&dir->lock);
	if (!request)
		return error_set(err, ENOMEM, "out of memory");
	ret = page_fetch(dir, request, call, err);
	pthread_mutex_lock(&dir->lock);
	ret = arrive_locked(dir, request, ret, err);
	pthread_mutex_unlock(&dir->lock);
	return ret;
}

int pages_stop(struct cache_dir *dir, const struct call *call, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&dir->lock);
	while (dir->is_storing && ret == 0)
		ret = call_wait(call, &dir->moved, &dir->lock);
	if (ret == 0) {
		dir->is_storing = true;
		dir->is_stopped = true;
		drop_locked(dir);
	}
	pthread_mutex_unlock(&dir->lock);
	if (ret == 0)
		return 0;
	return error_set(
		err, -ret, "'%s' is still being listed by another process", dir->schema->name);
}

void pages_resume(struct cache_dir *dir)
{
	pthread_mutex_lock(&dir->lock);
	assert(dir->is_storing && dir->is_stopped);
	dir->is_storing = false;
	dir->is_stopped = false;
	pthread_cond_broadcast(&dir->moved);
	pthread_mutex_unlock(&dir->lock);
}
