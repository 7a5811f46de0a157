/*
 * A cache in memory on a real client on a pretended server and clock, with the schemas
 * "recipes" and "authors".
 *
 *	struct cache_rig rig;
 *	cache_rig_init(&rig);			-- ttl 30 s, negative ttl 5 s
 *	cms_add(rig.cms, "recipes", 'a', 1000);
 *	cache_rig_lookup(&rig, "a000001", &fresh_ms)
 *	cache_rig_release(&rig);
 */
#ifndef TESTS_UNIT_CACHE_RIG_H
#define TESTS_UNIT_CACHE_RIG_H

#include "base/call.h"
#include "base/error.h"
#include "base/pool.h"
#include "cache/cache.h"
#include "support/cms.h"
#include "support/pretended.h"

#define RIG_TTL_MS 30000
#define RIG_NEGATIVE_TTL_MS 5000
#define RIG_POOL_MS 10000

struct cache_rig {
	struct pretended_clock time;
	struct cms *cms;
	struct client *client;
	struct pool *pool; /* NULL: none */
	struct cache *cache;
	const char *schemas;       /* from the next reopening on; borrowed */
	struct cache_dir *recipes; /* that the functions below are about */
	enum cache_stale stale; /* of the next cache that is opened; at first CACHE_STALE_ERROR */
	struct call call;
	struct error err;        /* of the latest failure */
	uint64_t max_text_bytes; /* of the next cache_rig_reopen; 0: no limit */
};

void cache_rig_init(struct cache_rig *rig);
void cache_rig_release(struct cache_rig *rig);

/* Moves our clock and the server's, which counts whole seconds. */
void cache_rig_wait(struct cache_rig *rig, uint64_t ms);

/* As cache_rig_init; directory NULL: in memory. */
void cache_rig_open(struct cache_rig *rig, const char *directory, uint64_t ttl_ms);

/* The cache begins anew, with so many threads to list in advance. */
void cache_rig_use_pool(struct cache_rig *rig, unsigned n_threads);

/* Another mount of the same: what the server has stays, the cache is opened anew. */
void cache_rig_reopen(struct cache_rig *rig, const char *directory, uint64_t ttl_ms);

/* 0 or a negative errno, of the item alone. ret_fresh_ms may be NULL. */
int cache_rig_lookup(struct cache_rig *rig, const char *id, uint64_t *ret_fresh_ms);

/* The version that the cache shows of an item, for nothing. */
int64_t cache_rig_version(struct cache_rig *rig, const char *id);

/* New versions of n items of "recipes", on the server. */
void cache_rig_change(struct cache_rig *rig, char letter, int first, int n);

/* The row of an item that is there. */
uint64_t cache_rig_row(struct cache_rig *rig, const char *id);

/*
 * Reads on from *row, which moves; the items are counted. 1: there are more, 0: the end,
 * or a negative errno. Any thread.
 */
int cache_rig_list(struct cache_rig *rig, uint64_t *row, size_t *n_items, uint64_t *ret_fresh_ms);

/* The whole directory: how many items, or a negative errno. */
int cache_rig_list_all(struct cache_rig *rig);

#endif
