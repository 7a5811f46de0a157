#include "cache/freshness.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "api/client_graphql.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache_private.h"

/* Fewer items are read, however few there are in all. */
#define READ_MIN 1000

/* More are not, however many there are: a check has to be done within one call, a listing has not. */
#define READ_MAX 10000

int freshness_begin(struct freshness *f, struct cache_dir *dir, struct error *err)
{
	*f = (struct freshness){
		.dir = dir,
		.step = FRESHNESS_READ_ON,
		.row = dir->gone_row,
		.is_resumed = dir->gone_row > 0,
		.begun_ms = dir_asked_ms(dir),
	};
	pthread_mutex_lock(&dir->lock);
	f->since_s = dir->checked_s;
	pthread_mutex_unlock(&dir->lock);
	return store_count(dir->cache->store, dir->number, &f->n_known, err);
}

void freshness_release(struct freshness *f)
{
	free(f->last_id);
	f->last_id = NULL;
	freshness_set_ranges(f, NULL);
}

uint64_t freshness_skip(const struct freshness *f)
{
	return f->n_read > 0 ? f->n_read - 1 : 0;
}

unsigned freshness_top(const struct freshness *f)
{
	return f->n_read > 0 ? CLIENT_PAGE_MAX : FRESHNESS_FIRST;
}

/* What was read does not fit together: once more, and then another way. */
static void doubt(struct freshness *f)
{
	f->step = f->is_second ? FRESHNESS_LIST : FRESHNESS_READ_ON;
	f->is_second = true;
	f->n_read = 0;
	free(f->last_id);
	f->last_id = NULL;
}

static bool is_joined(const struct freshness *f, const struct content_page *page)
{
	for (size_t i = 0; f->last_id && i < page->n_items; i++) {
		if (strcmp(page->items[i].id, f->last_id) == 0)
			return true;
	}
	return !f->last_id;
}

/* Listing is no dearer, or the loss is to be doubted, which listing does. */
static bool is_too_much(const struct freshness *f, const struct content_page *page)
{
	uint64_t total = (uint64_t)page->total;
	uint64_t n_new = total > f->n_known ? total - f->n_known : 0;
	uint64_t n = n_new > f->n_read ? n_new : f->n_read;

	return is_loss(f->n_known, total) || n >= READ_MAX || (n >= READ_MIN && n > f->n_known / 2);
}

/*
 * An item that is gone for good and made anew may have the same version, but not the same times.
 * What the client may do and see is not in the version: so the size and the mode.
 */
static bool is_same(const struct store_item *known, const struct content *item)
{
	return known->version == item->version && known->created_s == item->created_s &&
	       known->modified_s == item->modified_s && known->size == item->text.len &&
	       known->is_writable == item->is_writable;
}

/* The server's clock was: what changes now is older than what was seen. date_s: 0: there is none. */
static bool is_set_back(const struct freshness *f, int64_t date_s)
{
	return date_s > 0 && date_s + FRESHNESS_MARGIN_S < f->since_s;
}

static int is_known(
	struct freshness *f, const struct content *item, bool *ret_is_known, struct error *err)
{
	struct store_item known;
	int ret;

	store_item_init(&known);
	ret = store_find(f->dir->cache->store, f->dir->number, item->id, &known, err);
	*ret_is_known = ret == 0 && is_same(&known, item);
	store_item_release(&known);
	return ret == -ENOENT ? 0 : ret;
}

/* Stores what is new, which goes to the front. *ret_is_known: the last item was known. */
static int store_news(struct freshness *f, struct content_page *page, uint64_t asked_ms,
	bool *ret_is_known, struct error *err)
{
	struct cache_dir *dir = f->dir;
	size_t n_new = 0;

	*ret_is_known = false;
	for (size_t i = 0; i < page->n_items; i++) {
		struct content item = page->items[i];
		int ret = is_known(f, &item, ret_is_known, err);

		if (ret < 0)
			return ret;
		if (*ret_is_known)
			continue;
		dir_note_modified(dir, item.modified_s);
		page->items[i] = page->items[n_new];
		page->items[n_new++] = item;
	}
	log_trace("cache", "of '%s', %zu of the newest %zu items have changed, total %" PRId64,
		dir->schema->name, n_new, page->n_items, page->total);
	if (n_new == 0)
		return 0;
	return store_put(dir->cache->store, dir->number, 0, asked_ms, page->items, n_new, err);
}

static int add_up(struct freshness *f, int64_t total, struct error *err)
{
	struct cache_dir *dir = f->dir;
	uint64_t n_items;
	int ret = store_count(dir->cache->store, dir->number, &n_items, err);

	if (ret < 0)
		return ret;
	f->n_unseen = total - (int64_t)n_items;
	f->n_missing = f->n_unseen < 0 ? (uint64_t)-f->n_unseen : 0;
	if (f->n_unseen < 0)
		f->step = FRESHNESS_FIND_GONE;
	else if (f->n_unseen == 0 || f->n_unseen == dir->n_unseen)
		f->step = FRESHNESS_DONE;
	else
		doubt(f);
	if (f->step == FRESHNESS_LIST)
		dir->n_unseen = f->n_unseen;
	return 0;
}

static int keep_last(struct freshness *f, const struct content_page *page, int64_t *ret_last_s,
	struct error *err)
{
	const struct content *last;

	*ret_last_s = 0;
	if (page->n_items == 0)
		return 0;
	last = &page->items[page->n_items - 1];
	free(f->last_id);
	f->last_id = strdup(last->id);
	if (!f->last_id)
		return error_set(err, ENOMEM, "out of memory");
	*ret_last_s = last->modified_s;
	return 0;
}

int freshness_take_page(
	struct freshness *f, struct content_page *page, uint64_t asked_ms, struct error *err)
{
	uint64_t n_read = freshness_skip(f) + page->n_items;
	int64_t last_s;
	bool is_last_known;
	int ret;

	if (f->checked_s == 0)
		f->checked_s = page_time_s(f->dir->cache, page, asked_ms);
	if (page->total < 0 || is_set_back(f, page->date_s) || is_too_much(f, page)) {
		f->step = FRESHNESS_LIST;
		return 0;
	}
	if (!is_joined(f, page) || (n_read <= f->n_read && (uint64_t)page->total > n_read)) {
		doubt(f);
		return 0;
	}
	f->n_read = n_read;
	ret = keep_last(f, page, &last_s, err);
	if (ret < 0)
		return ret;
	ret = store_news(f, page, asked_ms, &is_last_known, err);
	if (ret < 0)
		return ret;
	if ((uint64_t)page->total <= n_read ||
		(is_last_known && last_s + FRESHNESS_MARGIN_S <= f->since_s))
		return add_up(f, page->total, err);
	return 0;
}

static int find_stamp(struct freshness *f, const struct content_stamp *stamp, bool *ret_is_known,
	struct error *err)
{
	struct store_item known;
	int ret;

	store_item_init(&known);
	ret = store_find(f->dir->cache->store, f->dir->number, stamp->id, &known, err);
	*ret_is_known = ret == 0 && known.version == stamp->version &&
			known.created_s == stamp->created_s &&
			known.modified_s == stamp->modified_s;
	store_item_release(&known);
	return ret == -ENOENT ? 0 : ret;
}

/* With these its reading would come to an end, if they are known. */
static bool is_enough(const struct freshness *f, const struct schema_look *look)
{
	const struct content_stamp *last;

	if (look->n_stamps == 0 || look->total < 0)
		return false;
	last = &look->stamps[look->n_stamps - 1];
	return (uint64_t)look->total <= look->n_stamps ||
	       last->modified_s + FRESHNESS_MARGIN_S <= f->since_s;
}

int freshness_take_look(struct freshness *f, const struct schema_look *look, int64_t date_s,
	uint64_t asked_ms, struct error *err)
{
	const struct content_page answer = { .date_s = date_s };
	bool is_known = date_s > 0 && !is_set_back(f, date_s) && is_enough(f, look);
	int64_t n_unseen;
	int ret = 0;

	for (size_t i = 0; ret == 0 && is_known && i < look->n_stamps; i++)
		ret = find_stamp(f, &look->stamps[i], &is_known, err);
	n_unseen = look->total - (int64_t)f->n_known;
	if (ret < 0 || !is_known || (n_unseen != 0 && n_unseen != f->dir->n_unseen))
		return ret;
	f->n_unseen = n_unseen;
	f->checked_s = page_time_s(f->dir->cache, &answer, asked_ms);
	f->step = FRESHNESS_DONE;
	return 0;
}

int freshness_finish(struct freshness *f, struct error *err)
{
	struct cache_dir *dir = f->dir;
	int ret = store_set_checked(dir->cache->store, dir->number, f->checked_s, err);

	if (ret < 0)
		return ret;
	dir->n_unseen = f->n_unseen > 0 ? f->n_unseen : 0;
	dir->gone_row = 0;
	pthread_mutex_lock(&dir->lock);
	if (dir->begun_ms == 0)
		atomic_fetch_add(&dir->cache->n_taken_up, 1);
	dir->is_used = false;
	dir->checked_s = f->checked_s;
	/* What was forgotten meanwhile is not believed for having been asked about before. */
	if (!dir_is_outdated_locked(dir, f->begun_ms)) {
		dir->begun_ms = f->begun_ms;
		dir->until_ms = clock_now_ms(dir->cache->clock) + dir->cache->ttl_ms;
		dir_drop_forgotten_locked(dir);
	}
	dir->n_misses = 0;
	dir->step++;
	dir_check_locked(dir);
	pthread_mutex_unlock(&dir->lock);
	return 0;
}
