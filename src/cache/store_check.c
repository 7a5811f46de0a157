#include "cache/store.h"

#include "base/error.h"
#include "cache/store_private.h"

static const char what_gone[] = "cannot remove the items that are gone";

int store_get_checked(struct store *store, uint64_t dir, uint64_t *ret_generation,
	int64_t *ret_checked_s, struct error *err)
{
	uint64_t generation = 0;
	int64_t checked_s = 0;
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_DIR_CHECKED);
	query_int(&q, (int64_t)dir);
	if (query_next(&q)) {
		generation = (uint64_t)query_get_int(&q, 0);
		checked_s = query_get_int(&q, 1);
	}
	ret = query_end(&q, err, "cannot find a directory in the store");
	pthread_mutex_unlock(&store->lock);
	if (ret < 0)
		return ret;
	*ret_generation = generation;
	*ret_checked_s = checked_s;
	return 0;
}

int store_set_checked(struct store *store, uint64_t dir, int64_t checked_s, struct error *err)
{
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	do {
		q = db_query(store->db, STORE_DIR_SET_CHECKED);
		query_int(&q, (int64_t)dir);
		query_int(&q, checked_s);
		ret = query_run(&q, err, "cannot mark a directory in the store");
	} while (store_has_moved_locked(store, ret));
	pthread_mutex_unlock(&store->lock);
	return ret;
}

int store_count(struct store *store, uint64_t dir, uint64_t *ret_n_items, struct error *err)
{
	uint64_t n_items = 0;
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_DIR_COUNT);
	query_int(&q, (int64_t)dir);
	if (query_next(&q))
		n_items = (uint64_t)query_get_int(&q, 0);
	ret = query_end(&q, err, "cannot count what is in the store");
	pthread_mutex_unlock(&store->lock);
	if (ret == 0)
		*ret_n_items = n_items;
	return ret;
}

static int remove_gone_locked(
	struct changes *changes, uint64_t dir, uint64_t asked_ms, const char *id, struct error *err)
{
	struct query q = db_query(changes->store->db, STORE_ITEM_REMOVE_GONE);

	query_int(&q, (int64_t)dir);
	query_text(&q, id);
	query_int(&q, (int64_t)changes->store->session);
	query_int(&q, (int64_t)asked_ms);
	return changes_run_removal(changes, &q, dir, err, what_gone);
}

static int remove_all_locked(struct changes *changes, uint64_t dir, uint64_t asked_ms,
	const char *const *ids, size_t n_ids, struct error *err)
{
	struct store *store = changes->store;
	int ret = store_run_locked(store, STORE_BEGIN, err, what_gone);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < n_ids && ret == 0; i++)
		ret = remove_gone_locked(changes, dir, asked_ms, ids[i], err);
	if (ret == 0)
		ret = store_run_locked(store, STORE_COMMIT, err, what_gone);
	/* A full disk may have rolled it back already: then this fails, and nothing is lost. */
	if (ret < 0) {
		store_run_locked(store, STORE_ROLLBACK, NULL, what_gone);
		changes_clear(changes);
	}
	return ret;
}

int store_remove_gone(struct store *store, uint64_t dir, uint64_t asked_ms, const char *const *ids,
	size_t n_ids, struct error *err)
{
	struct changes changes = { .store = store };
	int ret;

	pthread_mutex_lock(&store->lock);
	do {
		ret = remove_all_locked(&changes, dir, asked_ms, ids, n_ids, err);
	} while (store_has_moved_locked(store, ret));
	pthread_mutex_unlock(&store->lock);
	changes_tell(&changes);
	return ret;
}
