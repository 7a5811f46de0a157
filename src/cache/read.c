/* Texts of items: from memory, the store, or, where that has dropped one, the server. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/flight.h"
#include "base/hash.h"
#include "base/log.h"
#include "cache/cache_private.h"
#include "cache/texts.h"

/*
 * The text of an item as it is at hand. *item stays, or is the row as it is now where that has another
 * text. -ENODATA: not at hand.
 */
static int load_text(struct cache *cache, struct store_item *item, enum texts_purpose purpose,
	struct text **ret_text, struct error *err)
{
	struct text *text = texts_get(cache->texts, item->row, item->digest, purpose);
	struct buf bytes;
	int ret;

	if (text) {
		*ret_text = text;
		return 0;
	}
	buf_init(&bytes, CONTENT_TEXT_MAX);
	ret = store_read_text(cache->store, item, &bytes, err);
	if (ret == -ENODATA)
		ret = store_read(cache->store, item->row, &bytes, item, err);
	if (ret == 0) {
		text = texts_add(
			cache->texts, item->row, item->digest, buf_str(&bytes), bytes.len, purpose);
		if (text)
			*ret_text = text;
		else
			ret = error_set(err, ENOMEM, "out of memory");
	}
	buf_release(&bytes);
	return ret;
}

/*
 * The whole item from the server, though the row is fresh. *ret_text stays NULL where another version
 * came into the store meanwhile.
 */
static int fetch_text(struct cache_dir *dir, const struct call *call, const char *id,
	struct store_item *item, struct text **ret_text, struct error *err)
{
	struct cache *cache = dir->cache;
	uint64_t asked_ms = dir_asked_ms(dir);
	enum client_found found;
	struct content content;
	int ret;

	content_init(&content);
	ret = client_fetch_content(
		cache->client, call, dir->schema, id, NULL, &content, &found, err);
	log_trace("cache", "text of item '%s' of '%s', which was dropped: %s", id,
		dir->schema->name, ret < 0 ? error_name(-ret) : "ok");
	if (ret == 0)
		ret = store_put(cache->store, dir->number, 0, asked_ms, &content, 1, err);
	else if (ret == -ENOENT)
		ret = item_note_absent(dir, id, asked_ms, err);
	if (ret == 0) {
		dir_note_modified(dir, content.modified_s);
		ret = store_find(cache->store, dir->number, id, item, err);
	}
	if (ret == 0 && item->digest == hash_bytes(buf_str(&content.text), content.text.len)) {
		*ret_text = texts_add(cache->texts, item->row, item->digest, buf_str(&content.text),
			content.text.len, TEXTS_KEEP);
		if (!*ret_text)
			ret = error_set(err, ENOMEM, "out of memory");
	}
	content_release(&content);
	return ret;
}

/* One thread fetches; the others wait. *ret_text stays NULL where it is to be looked for again. */
static int recover_text(struct cache_dir *dir, const struct call *call, struct store_item *item,
	struct text **ret_text, struct error *err)
{
	struct flight *flights = dir->cache->flights;
	uint64_t row = item->row;
	bool is_leader;
	char *key, *id;
	int ret;

	if (asprintf(&key, "text/%zu/%s", dir->index, item->id) < 0)
		return error_set(err, ENOMEM, "out of memory");
	id = strchr(key + strlen("text/"), '/') + 1;
	ret = flight_join(flights, call, key, &is_leader, err);
	if (ret == 0 && is_leader) {
		/* Whoever flew before may have landed just now. */
		ret = load_text(dir->cache, item, TEXTS_KEEP, ret_text, err);
		if (ret == -ENODATA)
			ret = fetch_text(dir, call, id, item, ret_text, err);
		/* Gone and there again is another item. */
		if (ret == 0 && item->row != row)
			ret = -ENOENT;
		flight_land(flights, key);
	}
	free(key);
	return ret;
}

static int read_text(struct cache *cache, const struct call *call, uint64_t row,
	enum item_detail detail, struct store_item *item, struct text **ret_text, bool *has_asked,
	struct error *err)
{
	struct text *text = NULL;
	uint64_t fresh_ms;
	int ret = item_get(cache, call, row, detail, item, &fresh_ms, has_asked, err);

	while (ret == 0 && !text) {
		ret = load_text(cache, item, TEXTS_KEEP, &text, err);
		if (ret != -ENODATA)
			break;
		*has_asked = true;
		ret = recover_text(cache_dir_of(cache, item), call, item, &text, err);
	}
	if (ret == -ENOENT)
		error_set(err, ENOENT, "the item is no longer there");
	if (ret < 0) {
		text_unref(text);
		return ret;
	}
	store_use(cache->store, row);
	*ret_text = text;
	return 0;
}

static int read_row(struct cache *cache, const struct call *call, uint64_t row,
	enum item_detail detail, struct text **ret_text, struct store_item *ret_item,
	struct error *err)
{
	struct store_item item;
	bool has_asked = false;
	int ret;

	store_item_init(&item);
	ret = read_text(cache, call, row, detail, &item, ret_text, &has_asked, err);
	cache_count(cache, has_asked);
	if (ret < 0) {
		store_item_release(&item);
		return ret;
	}
	store_item_release(ret_item);
	*ret_item = item;
	return 0;
}

int cache_read(struct cache *cache, const struct call *call, uint64_t row, struct text **ret_text,
	struct store_item *ret_item, struct error *err)
{
	return read_row(cache, call, row, ITEM_WHOLE, ret_text, ret_item, err);
}

int cache_read_brief(struct cache *cache, const struct call *call, uint64_t row,
	struct text **ret_text, struct store_item *ret_item, struct error *err)
{
	return read_row(cache, call, row, ITEM_BRIEF, ret_text, ret_item, err);
}

int cache_peek_text(
	struct cache_dir *dir, struct store_item *item, struct text **ret_text, struct error *err)
{
	return load_text(dir->cache, item, TEXTS_PASS, ret_text, err);
}
