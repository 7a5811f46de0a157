/* The requests that a check of one directory takes. */
#include <errno.h>
#include <stdlib.h>

#include "api/client.h"
#include "api/client_graphql.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache_private.h"
#include "cache/freshness.h"
#include "cache/narrow.h"

static int read_on(struct freshness *f, const struct call *call, struct error *err)
{
	struct cache_dir *dir = f->dir;
	uint64_t asked_ms = dir_asked_ms(dir);
	struct content_page page;
	int ret;

	content_page_init(&page);
	ret = client_fetch_newest(dir->cache->client, call, dir->schema, freshness_skip(f),
		freshness_top(f), &page, err);
	if (ret == 0)
		ret = freshness_take_page(f, &page, asked_ms, err);
	content_page_release(&page);
	return ret;
}

/* One round of totals. *ret_is_of_use: GraphQL told them. */
static int count_ranges(struct freshness *f, struct narrow *narrow, const struct call *call,
	bool *ret_is_of_use, struct error *err)
{
	struct cache_dir *dir = f->dir;
	struct id_range ranges[CLIENT_RANGES_MAX];
	int64_t totals[CLIENT_RANGES_MAX];
	struct error why = { 0 };
	size_t n_before;
	int ret = narrow_split(narrow, dir, err);

	if (ret < 0)
		return ret;
	n_before = narrow->n;
	for (size_t i = 0; i < narrow->n; i++)
		ranges[i] = (struct id_range){ narrow->ranges[i].after_id,
			narrow->ranges[i].last_id };
	ret = client_count_ranges(
		dir->cache->client, call, dir->schema, ranges, narrow->n, totals, &why);
	*ret_is_of_use = ret == 0;
	if (ret == 0)
		narrow_take_totals(narrow, totals);
	else if (ret == -EOPNOTSUPP)
		cache_tell_of_rest(dir->cache, &why);
	log_trace("cache", "items of '%s' are missing in %zu of %zu ranges%s%s", dir->schema->name,
		narrow->n, n_before, why.text[0] ? ": " : "", why.text);
	if (ret < 0 && ret != -EOPNOTSUPP && ret != -EFBIG) {
		if (err)
			*err = why;
		return ret;
	}
	return 0;
}

/* Where to look first. What a failed check has begun is gone on with as it was. */
static int narrow_down(struct freshness *f, const struct call *call, struct error *err)
{
	struct cache_dir *dir = f->dir;
	struct narrow *narrow = calloc(1, sizeof(*narrow));
	bool is_narrow = false, is_of_use = f->row == 0;
	uint64_t n_items;
	int ret;

	if (!narrow)
		return error_set(err, ENOMEM, "out of memory");
	ret = store_count(dir->cache->store, dir->number, &n_items, err);
	if (ret == 0)
		narrow_begin(narrow, n_items);
	while (ret == 0 && is_of_use && narrow_is_worth(narrow)) {
		ret = count_ranges(f, narrow, call, &is_of_use, err);
		is_narrow = is_narrow || is_of_use;
	}
	if (ret == 0 && is_narrow) {
		freshness_set_ranges(f, narrow);
		return 0;
	}
	narrow_release(narrow);
	free(narrow);
	return ret;
}

/* The server lists, but will not answer this: too long for something on the way, or not allowed. */
static bool is_refused(int ret)
{
	return ret == -EINVAL || ret == -EACCES || ret == -EOPNOTSUPP || ret == -EFBIG;
}

static int find_gone(struct freshness *f, const struct call *call, struct error *err)
{
	struct cache_dir *dir = f->dir;
	uint64_t asked_ms = dir_asked_ms(dir);
	struct content_ids known = { 0 }, there = { 0 };
	int ret = freshness_load_known(f, &known, err);

	if (ret == 0 && f->step == FRESHNESS_FIND_GONE) {
		struct error why = { 0 };

		ret = client_fetch_known(dir->cache->client, call, dir->schema, known.ids,
			known.n_ids, &there, &why);
		if (ret == 0) {
			ret = freshness_take_known(f, &known, &there, asked_ms, err);
		} else if (is_refused(ret)) {
			f->step = FRESHNESS_LIST;
			ret = 0;
		} else if (err) {
			*err = why;
		}
	}
	content_ids_release(&there);
	content_ids_release(&known);
	return ret;
}

int freshness_check(
	struct cache_dir *dir, const struct call *call, bool *ret_must_list, struct error *err)
{
	struct freshness f;
	int ret = freshness_begin(&f, dir, err);

	while (ret == 0 && f.step == FRESHNESS_READ_ON)
		ret = read_on(&f, call, err);
	if (ret == 0 && f.step == FRESHNESS_FIND_GONE)
		ret = narrow_down(&f, call, err);
	while (ret == 0 && f.step == FRESHNESS_FIND_GONE)
		ret = find_gone(&f, call, err);
	if (ret == 0 && f.step == FRESHNESS_DONE)
		ret = freshness_finish(&f, err);
	if (ret == 0)
		*ret_must_list = f.step == FRESHNESS_LIST;
	freshness_release(&f);
	return ret;
}
