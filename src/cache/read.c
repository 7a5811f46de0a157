/* Texts of items: from memory, the store, or, where that has dropped one, the server. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/flight.h"
#include "cache/cache_private.h"
#include "cache/texts.h"

/* The text of an item as it is at hand; *item: that row as it is now. -ENODATA: not at hand. */
static int load_text(
	struct cache *cache, struct store_item *item, struct text **ret_text, struct error *err)
{
	struct text *text = texts_get(cache->texts, item->row, item->digest);
	struct buf bytes;
	int ret;

	if (text) {
		*ret_text = text;
		return 0;
	}
	buf_init(&bytes, CONTENT_TEXT_MAX);
	ret = store_read(cache->store, item->row, &bytes, item, err);
	if (ret == 0) {
		text = texts_add(cache->texts, item->row, item->digest, buf_str(&bytes), bytes.len);
		if (text)
			*ret_text = text;
		else
			ret = error_set(err, ENOMEM, "out of memory");
	}
	buf_release(&bytes);
	return ret;
}

static int read_text(struct cache *cache, const struct call *call, uint64_t row,
	struct store_item *item, struct text **ret_text, bool *has_asked, struct error *err)
{
	uint64_t fresh_ms;
	int ret = item_get(cache, call, row, item, &fresh_ms, has_asked, err);

	if (ret == 0)
		ret = load_text(cache, item, ret_text, err);
	if (ret == -ENOENT)
		ret = error_set(err, ENOENT, "the item is no longer there");
	return ret;
}

int cache_read(struct cache *cache, const struct call *call, uint64_t row, struct text **ret_text,
	struct store_item *ret_item, struct error *err)
{
	struct store_item item;
	bool has_asked = false;
	int ret;

	store_item_init(&item);
	ret = read_text(cache, call, row, &item, ret_text, &has_asked, err);
	cache_count(cache, has_asked);
	if (ret < 0) {
		store_item_release(&item);
		return ret;
	}
	store_item_release(ret_item);
	*ret_item = item;
	return 0;
}

int cache_peek_text(
	struct cache_dir *dir, struct store_item *item, struct text **ret_text, struct error *err)
{
	return load_text(dir->cache, item, ret_text, err);
}
