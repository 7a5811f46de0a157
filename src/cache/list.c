#include <errno.h>

#include "base/error.h"
#include "cache/cache_private.h"
#include "cache/pages.h"
#include "cache/stale.h"

/* After so many pages that brought a reader no row, it asks for the next row by itself. */
#define PAGES_WITHOUT_ROWS 8

static bool may_show(
	struct cache_dir *dir, const struct dir_view *view, const struct store_item *item)
{
	return item->generation == view->generation || item_fresh_ms(dir, view, item) > 0;
}

/* All rows are shown: they are what there is, or was when the server answered last. */
static bool is_to_end(const struct dir_view *view)
{
	return view->state == DIR_LISTED || view->is_stale;
}

/* The next rows that may be shown: in a listing that runs, those up to the first unseen one. */
static int load_rows(struct cache_dir *dir, const struct dir_view *view, uint64_t after_row,
	struct store_batch *batch, struct error *err)
{
	int ret = store_list(dir->cache->store, dir->number, after_row, batch, err);
	size_t n = 0;

	if (ret < 0 || is_to_end(view))
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

	if (fresh_ms > 0 || !view->is_stale)
		return fresh_ms;
	stale_count(dir);
	return stale_left_ms(dir);
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

/*
 * What the server told of comes into the rows of whoever begins to read them, or they will do
 * without an answer.
 */
static int settle_changes(struct cache_dir *dir, const struct call *call,
	const struct dir_view *view, uint64_t after_row, bool *has_asked, struct error *err)
{
	struct error why = { 0 };
	bool has_settled = false;
	int ret = 0;

	if (after_row > 0 || view->state != DIR_LISTED || view->fresh_ms == 0)
		return 0;
	if (stale_left_ms(dir) == 0)
		ret = dir_settle_changes(dir, call, &has_settled, &why);
	*has_asked = *has_asked || has_settled;
	return ret == 0 && !has_settled ? 0 : stale_judge_listing(dir, ret, &why, err);
}

/* What has to be asked for alone before the rows are loaded. */
static int settle_rows(struct cache_dir *dir, const struct call *call, const struct dir_view *view,
	uint64_t after_row, unsigned n_pages, bool *has_asked, struct error *err)
{
	int ret = settle_changes(dir, call, view, after_row, has_asked, err);

	return ret < 0 ? ret : settle_next_row(dir, call, view, after_row, n_pages, err);
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
		has_joined = has_joined || view.fresh_ms > 0 || view.is_stale;
		ret = settle_rows(dir, call, &view, after_row, n_pages, &has_asked, err);
		if (ret < 0)
			return ret;
		if (has_joined && view.state != DIR_UNKNOWN) {
			ret = load_rows(dir, &view, after_row, batch, err);
			if (ret < 0)
				return ret;
			if (batch->n_items > 0 || is_to_end(&view))
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
	if (!is_to_end(&view))
		pages_note_read(dir, batch);
	*ret_is_last = is_to_end(&view) && batch->n_items < STORE_BATCH_MAX;
	if (ret_fresh_ms)
		*ret_fresh_ms = shown_fresh_ms(dir, &view, batch);
	return 0;
}
