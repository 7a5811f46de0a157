#include "support/cache_rig.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"

static void open_cache(struct cache_rig *rig, const char *directory, uint64_t ttl_ms)
{
	const struct cache_conf conf = {
		.directory = directory,
		.client_id = "shop:default",
		.ttl_ms = ttl_ms,
		.negative_ttl_ms = RIG_NEGATIVE_TTL_MS,
		.stale = rig->stale,
		.max_disk_bytes = rig->max_text_bytes,
		.max_memory_bytes = rig->max_text_bytes,
		.listing = CACHE_LISTS_BY_REST,
		.pool = rig->pool,
	};
	struct schema_list schemas = { 0 };
	int ret;

	ck_assert_int_eq(schema_list_parse_names(rig->schemas, &schemas, NULL), 0);
	ret = cache_new(&conf, &rig->time.clock, rig->client, &schemas, &rig->cache, &rig->err);
	ck_assert_msg(ret == 0, "%s", rig->err.text);
	ck_assert_uint_eq(schemas.n_schemas, 0);
	rig->recipes = cache_find_dir(rig->cache, "recipes");
	rig->call = call_begin(&rig->time.clock, (uint64_t)1 << 40);
}

void cache_rig_open(struct cache_rig *rig, const char *directory, uint64_t ttl_ms)
{
	const struct client_conf conf = { .url = CMS_URL, .app = CMS_APP_NAME };
	int ret;

	memset(rig, 0, sizeof(*rig));
	rig->schemas = "recipes:authors";
	rig->stale = CACHE_STALE_ERROR;
	pretended_clock_init(&rig->time);
	rig->cms = cms_new();
	ret = client_new(&conf, cms_transport(rig->cms), &rig->client, &rig->err);
	ck_assert_msg(ret == 0, "%s", rig->err.text);
	open_cache(rig, directory, ttl_ms);
}

void cache_rig_init(struct cache_rig *rig)
{
	cache_rig_open(rig, NULL, RIG_TTL_MS);
}

void cache_rig_reopen(struct cache_rig *rig, const char *directory, uint64_t ttl_ms)
{
	cache_free(rig->cache);
	open_cache(rig, directory, ttl_ms);
}

void cache_rig_use_pool(struct cache_rig *rig, unsigned n_threads)
{
	cache_free(rig->cache);
	ck_assert_int_eq(pool_new(&rig->time.clock, n_threads, RIG_POOL_MS, &rig->pool, NULL), 0);
	open_cache(rig, NULL, RIG_TTL_MS);
}

void cache_rig_release(struct cache_rig *rig)
{
	pool_free(rig->pool);
	cache_free(rig->cache);
	client_free(rig->client);
	cms_free(rig->cms);
}

void cache_rig_wait(struct cache_rig *rig, uint64_t ms)
{
	pretended_clock_advance(&rig->time, ms);
	cms_advance(rig->cms, (int64_t)(ms / 1000));
}

int cache_rig_lookup(struct cache_rig *rig, const char *id, uint64_t *ret_fresh_ms)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = cache_lookup(
		rig->cache, &rig->call, rig->recipes, id, &item, ret_fresh_ms, &rig->err);
	if (ret == 0)
		ck_assert_str_eq(item.id, id);
	store_item_release(&item);
	return ret;
}

int64_t cache_rig_version(struct cache_rig *rig, const char *id)
{
	size_t before = cms_count_all(rig->cms);
	struct store_item item;
	int64_t version;

	store_item_init(&item);
	ck_assert_int_eq(
		cache_lookup(rig->cache, &rig->call, rig->recipes, id, &item, NULL, NULL), 0);
	version = item.version;
	store_item_release(&item);
	ck_assert_uint_eq(cms_count_all(rig->cms), before);
	return version;
}

void cache_rig_change(struct cache_rig *rig, char letter, int first, int n)
{
	char id[16];

	for (int i = first; i < first + n; i++) {
		snprintf(id, sizeof(id), "%c%06d", letter, i);
		cms_change(rig->cms, "recipes", id);
	}
}

uint64_t cache_rig_row(struct cache_rig *rig, const char *id)
{
	struct store_item item;
	uint64_t row;

	store_item_init(&item);
	ck_assert_int_eq(
		cache_lookup(rig->cache, &rig->call, rig->recipes, id, &item, NULL, &rig->err), 0);
	row = item.row;
	store_item_release(&item);
	return row;
}

int cache_rig_list(struct cache_rig *rig, uint64_t *row, size_t *n_items, uint64_t *ret_fresh_ms)
{
	struct store_batch *batch = malloc(sizeof(*batch));
	bool is_last = false;
	int ret;

	ck_assert_ptr_nonnull(batch);
	store_batch_init(batch);
	ret = cache_list(
		rig->cache, &rig->call, rig->recipes, *row, batch, ret_fresh_ms, &is_last, NULL);
	if (ret == 0) {
		ck_assert(batch->n_items > 0 || is_last);
		ret = is_last ? 0 : 1;
		*n_items += batch->n_items;
		for (size_t i = 0; i < batch->n_items; i++) {
			ck_assert_uint_gt(batch->items[i].row, *row);
			*row = batch->items[i].row;
		}
	}
	store_batch_release(batch);
	free(batch);
	return ret;
}

int cache_rig_list_all(struct cache_rig *rig)
{
	uint64_t row = 0;
	size_t n_items = 0;
	int ret;

	do {
		ret = cache_rig_list(rig, &row, &n_items, NULL);
	} while (ret == 1);
	return ret < 0 ? ret : (int)n_items;
}
