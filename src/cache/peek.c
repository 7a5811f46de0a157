/* What the store has, however old: nothing here asks the server. */
#include "cache/cache_private.h"

int cache_peek_find(
	struct cache_dir *dir, const char *id, struct store_item *ret_item, struct error *err)
{
	return store_find(dir->cache->store, dir->number, id, ret_item, err);
}

int cache_peek_find_ino(
	struct cache_dir *dir, uint64_t ino, struct store_item *ret_item, struct error *err)
{
	return store_find_ino(dir->cache->store, dir->number, ino, ret_item, err);
}

int cache_peek_list(
	struct cache_dir *dir, uint64_t after_row, struct store_batch *batch, struct error *err)
{
	return store_list(dir->cache->store, dir->number, after_row, batch, err);
}
