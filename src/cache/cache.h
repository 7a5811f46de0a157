/*
 * What we hold of one app, and how fresh it is: the layer between a path's meaning and
 * the server. It answers from the store while that is fresh, and asks the server when not.
 *
 *	cache_new(&conf, clock, client, &schemas, &cache, err);
 *	dir = cache_find_dir(cache, "recipes");
 *	cache_lookup(cache, &call, dir, "demo-draft", &item, err);
 *	cache_read(cache, &call, item.row, &text, &item, err);	-- text_data, text_unref
 *	cache_list(cache, &call, dir, after_row, &batch, &is_last, err);
 *	cache_free(cache);
 *
 * Freshness of a directory (states and transitions stand at the top of cache.c): a
 * complete listing is fresh for ttl_ms, an item fetched alone likewise, and what a running
 * listing brought while its pages keep coming. In that time nothing is asked, and a name that
 * a complete listing lacks does not exist. Otherwise an item is fetched alone (by If-None-Match
 * where a copy is at hand), an absent one is remembered for negative_ttl_ms, and the third
 * miss in a directory lists it, unless that is a very large one.
 *
 * An expired complete listing, also one of an earlier mount, is not made again but checked
 * (freshness.h): one request where nothing has changed.
 *
 * A listing goes in id order and delivers while it runs. The first page is fetched by the reader
 * that begins it, the next ones in advance, by a pool of threads, as far as readers are
 * likely to come; what comes and goes meanwhile leaves no gap (window.h). A reader that waits in
 * vain for a known item to come asks for it alone. A page that fails fails the reader that has come
 * to it, and no earlier row: a listing never ends short, and the next reader goes on behind
 * the last good page. One that lost most of its items is believed when the app answers and a second
 * listing says the same. Several readers of a directory cause one listing, several of an item
 * one request.
 *
 * Where the server does not answer, what is at hand is shown however old it is, unless conf says
 * otherwise: items, and whole directories that were listed completely (cache/stale.h).
 *
 * Threads: any. The lock of a directory's state is never held across the network or the
 * store; lock order: directory, then store. An observer is called with no other lock than its own.
 */
#ifndef SQUIDEXFS_CACHE_CACHE_H
#define SQUIDEXFS_CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/store.h"

struct cache;
struct cache_dir;
struct call;
struct client;
struct clock;
struct content;
struct error;
struct pool;
struct schema;
struct schema_list;
struct text;

/* What is shown where the server does not answer: what is at hand, or the failure. */
enum cache_stale { CACHE_STALE_SERVE, CACHE_STALE_ERROR };
/* How several pages of a listing are asked for. */
enum cache_listing { CACHE_LISTS_BY_GRAPHQL, CACHE_LISTS_BY_REST };

struct cache_conf {
	const char *directory; /* of the store; NULL: in memory */
	const char *client_id; /* part of the store's identity */
	uint64_t ttl_ms;
	uint64_t negative_ttl_ms;
	enum cache_stale stale;
	/* Of texts in the store where that is on disk, and beside it in memory, or in it there. */
	uint64_t max_disk_bytes;   /* 0: no limit */
	uint64_t max_memory_bytes; /* 0: none beside it, no limit in it */
	enum cache_listing listing;
	struct pool *pool; /* borrowed; lists in advance; NULL: page by page, by the readers */
};

/*
 * An item at hand is not what it was: it is gone, or has another text or version, or will have one
 * when it is asked for. Or one that was not at hand may be there now.
 */
struct cache_change {
	struct cache_dir *dir;
	uint64_t row;   /* 0 if it is new */
	const char *id; /* borrowed for the call */
	bool is_removed;
	bool is_new;
};

typedef void (*cache_change_fn)(void *payload, const struct cache_change *change);

struct cache_stats {
	struct store_stats store;
	uint64_t memory_bytes;     /* of texts beside the store that no open file holds */
	uint64_t max_memory_bytes; /* for them */
	uint64_t hits;             /* answered without the server */
	uint64_t misses;           /* asked the server */
	uint64_t stale;            /* answered with what is at hand, as the server did not */
};

/* Takes the schemas over (the list is left empty); borrows the client. */
int cache_new(const struct cache_conf *conf, const struct clock *clock, struct client *client,
	struct schema_list *schemas, struct cache **ret_cache, struct error *err);
void cache_free(struct cache *cache); /* after pool_free */

/*
 * Called for each change once it is stored, whoever found it: an operation, or a thread of the
 * cache's own. New items are told of only where the server told of them (cache_watch_note). What is
 * called must return at once and call nothing of the cache; it is no longer called when
 * cache_set_observer returns. NULL: none.
 */
void cache_set_observer(struct cache *cache, cache_change_fn on_change, void *payload);

/* Directories, by schema name; fixed for the life of the cache. Borrowed. NULL: no such. */
size_t cache_count_dirs(const struct cache *cache);
struct cache_dir *cache_get_dir(struct cache *cache, size_t i);
struct cache_dir *cache_find_dir(struct cache *cache, const char *schema);
const char *cache_dir_name(const struct cache_dir *dir);
const struct schema *cache_dir_schema(const struct cache_dir *dir);

/* The directory that an item lies in. */
struct cache_dir *cache_dir_of(struct cache *cache, const struct store_item *item);

/* Newest lastModified known in it, 0: none known. */
int64_t cache_dir_modified_s(struct cache_dir *dir);

/*
 * An item by id, by the inode number in a shortened name (which lists the directory if need
 * be), or by row. Replaces *ret_item (an initialised one; release it) and tells, where
 * ret_fresh_ms is not NULL, for how long the answer is good (0: not at all).
 * -ENOENT: not there, by the server's word or a fresh listing's.
 */
int cache_lookup(struct cache *cache, const struct call *call, struct cache_dir *dir,
	const char *id, struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err);
int cache_lookup_ino(struct cache *cache, const struct call *call, struct cache_dir *dir,
	uint64_t ino, struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err);
int cache_get(struct cache *cache, const struct call *call, uint64_t row,
	struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err);

/* As cache_get, perhaps brief: without a disk or its lock where it was looked at of late. */
int cache_get_brief(struct cache *cache, const struct call *call, uint64_t row,
	struct store_item *ret_item, uint64_t *ret_fresh_ms, struct error *err);

/*
 * Rows as the store has them, however old: these never ask the server. -ENOENT without a
 * sentence where an item is not in it; a list ends as store_list's.
 */
int cache_peek(struct cache *cache, uint64_t row, struct store_item *ret_item, struct error *err);
int cache_peek_find(
	struct cache_dir *dir, const char *id, struct store_item *ret_item, struct error *err);
int cache_peek_find_ino(
	struct cache_dir *dir, uint64_t ino, struct store_item *ret_item, struct error *err);
int cache_peek_list(
	struct cache_dir *dir, uint64_t after_row, struct store_batch *batch, struct error *err);

/*
 * The text of a row (texts.h; unref it), whose item is replaced by what the row is now if that
 * has another text. -ENODATA without a sentence: it is not at hand.
 */
int cache_peek_text(
	struct cache_dir *dir, struct store_item *item, struct text **ret_text, struct error *err);

/*
 * From now on nothing that was asked for before is fresh, remembered absences included: the next
 * access asks the server. What is stored stays, and is confirmed by its ETag if it can be.
 */
void cache_forget_dir(struct cache_dir *dir);
void cache_forget_item(struct cache_dir *dir, const char *id);

/*
 * A change of our own: its moment, before it is sent; the item that the server answered then; or
 * that it is no longer there.
 */
uint64_t cache_begin_change(struct cache_dir *dir);
int cache_end_change(
	struct cache_dir *dir, uint64_t begun_ms, const struct content *content, struct error *err);
int cache_end_removal(struct cache_dir *dir, const char *id, struct error *err);

/*
 * As cache_lookup, but the server is asked in any case, and its word alone is an answer: nothing is
 * shown in its place.
 */
int cache_fetch(struct cache *cache, const struct call *call, struct cache_dir *dir, const char *id,
	struct store_item *ret_item, struct error *err);

/*
 * The server tells of what happens to the directory's items, from cache_watch_begin to
 * cache_watch_end. What was asked for in between stays good without a time, but for what was
 * told of; that is asked for, and nothing else, when somebody wants it.
 *
 * cache_watch_note: an event, of which the observer hears too. The store fails it: then
 * nothing was noted. cache_watch_doubt: of what the server told of is not known; what was
 * asked for so far has to be checked.
 */
struct cache_event {
	const char *id;
	int64_t version;    /* -1: not known */
	int64_t modified_s; /* 0: not known */
	bool is_deleted;
};

void cache_watch_begin(struct cache_dir *dir);
void cache_watch_end(struct cache_dir *dir);
int cache_watch_note(struct cache_dir *dir, const struct cache_event *event, struct error *err);
void cache_watch_doubt(struct cache_dir *dir);

/* The text of a row (texts.h; unref it) and the row, both of one version. */
int cache_read(struct cache *cache, const struct call *call, uint64_t row, struct text **ret_text,
	struct store_item *ret_item, struct error *err);
int cache_read_brief(struct cache *cache, const struct call *call, uint64_t row,
	struct text **ret_text, struct store_item *ret_item, struct error *err);

/*
 * The next items behind after_row (0: from the beginning), at least one unless
 * *ret_is_last. Lists the directory if it is not fresh and after_row is 0; a reader behind
 * the beginning goes on with what it began, however old.
 */
int cache_list(struct cache *cache, const struct call *call, struct cache_dir *dir,
	uint64_t after_row, struct store_batch *batch, uint64_t *ret_fresh_ms, bool *ret_is_last,
	struct error *err);

/* How far a directory has come that is listed, by the server's word. */
struct cache_progress {
	bool is_complete;
	int64_t n_left; /* items that a listing has still to bring; -1: not known */
};

void cache_get_progress(struct cache_dir *dir, struct cache_progress *ret_progress);

/* Items that it has at hand. */
int cache_count_items(struct cache_dir *dir, uint64_t *ret_n_items, struct error *err);

/*
 * A number that stays as long as cache_list of the whole directory would show the same items, without
 * asking; 0: it is not complete, or not fresh.
 */
uint64_t cache_list_stamp(struct cache_dir *dir);

/*
 * A number that grows before anybody is told that an item at hand is not what it was, and when
 * something is forgotten: what was listed before it grew may be wrong, however long it was to be
 * good.
 */
uint64_t cache_count_changes(struct cache_dir *dir);

/*
 * For how long yet an item that was just said to be absent stays so, 0: not at all. id NULL: it was
 * looked up by inode number.
 */
uint64_t cache_negative_ms(struct cache *cache, struct cache_dir *dir, const char *id);

int cache_get_stats(struct cache *cache, struct cache_stats *ret_stats, struct error *err);

#endif
