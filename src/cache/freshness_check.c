/* The requests that a check of one directory takes. */
#include <errno.h>

#include "api/client.h"
#include "base/error.h"
#include "cache/cache_private.h"
#include "cache/freshness.h"

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
	while (ret == 0 && f.step == FRESHNESS_FIND_GONE)
		ret = find_gone(&f, call, err);
	if (ret == 0 && f.step == FRESHNESS_DONE)
		ret = freshness_finish(&f, err);
	if (ret == 0)
		*ret_must_list = f.step == FRESHNESS_LIST;
	freshness_release(&f);
	return ret;
}
