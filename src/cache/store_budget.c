/*
 * How many bytes of text the store keeps: which texts go where another one is to come, and the
 * order of use that says so.
 *
 * An item's `used` is the reading of a clock that counts the uses; 0: its text is not kept. The
 * clock is as far as the latest use of a text in the store. A use by reading is noted in memory,
 * and in the store with many others at a time, or before something has to go; and only while the
 * texts come near to their limit: what fits anyway is read without a write.
 */
#include <stdatomic.h>

#include "base/error.h"
#include "cache/store_private.h"

static const char what[] = "cannot keep the texts within their limit";

/* Texts that go at a time while the store is opened. */
#define FIT_TEXTS 256

/* Unused pages of the database (16 KiB) that are not worth giving back. */
#define FREE_PAGES_MIN 64

static int read_one(
	struct store *store, enum store_statement statement, int64_t *ret_value, struct error *err)
{
	struct query q = db_query(store->db, statement);
	int64_t value = 0;
	int ret;

	if (query_next(&q))
		value = query_get_int(&q, 0);
	ret = query_end(&q, err, what);
	if (ret == 0)
		*ret_value = value;
	return ret;
}

static int run_with_row(struct store *store, enum store_statement statement, int64_t row,
	int64_t value, struct error *err)
{
	struct query q = db_query(store->db, statement);

	query_int(&q, row);
	query_int(&q, value);
	return query_run(&q, err, what);
}

static bool is_near_limit(const struct store *store, int64_t bytes)
{
	return store->max_text_bytes > 0 && (uint64_t)bytes > store->max_text_bytes / 4 * 3;
}

static int flush_uses_locked(struct store *store, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < store->n_uses && ret == 0; i++)
		ret = run_with_row(
			store, STORE_ITEM_USE, (int64_t)store->uses[i], (int64_t)++store->use, err);
	store->n_uses = 0;
	return ret;
}

static int write_uses_in_transaction(struct store *store, struct error *err)
{
	int ret = store_run_locked(store, STORE_BEGIN, err, what);

	if (ret < 0)
		return ret;
	ret = flush_uses_locked(store, err);
	if (ret == 0)
		ret = store_run_locked(store, STORE_COMMIT, err, what);
	if (ret < 0)
		store_run_locked(store, STORE_ROLLBACK, NULL, what);
	return ret;
}

/* A use that cannot be written is as one that was not noted. */
void store_write_uses_locked(struct store *store)
{
	if (store->n_uses > 0)
		store_has_moved_locked(store, write_uses_in_transaction(store, NULL));
}

void store_use(struct store *store, uint64_t row)
{
	if (!atomic_load(&store->is_near_limit))
		return;
	pthread_mutex_lock(&store->lock);
	if (store->is_near_limit && (store->n_uses == 0 || store->uses[store->n_uses - 1] != row)) {
		if (store->n_uses == STORE_USES_MAX)
			store_write_uses_locked(store);
		store->uses[store->n_uses++] = row;
	}
	pthread_mutex_unlock(&store->lock);
}

int budget_begin_locked(
	struct budget *budget, struct store *store, uint64_t before, struct error *err)
{
	int ret = flush_uses_locked(store, err);

	*budget = (struct budget){ .store = store, .use = ++store->use };
	budget->before = before ? before : budget->use;
	return ret < 0 ? ret : read_one(store, STORE_KEPT, &budget->bytes, err);
}

static int load_victims_locked(struct budget *budget, struct error *err)
{
	struct query q = db_query(budget->store->db, STORE_VICTIMS);

	budget->n_victims = 0;
	budget->next_victim = 0;
	query_int(&q, (int64_t)budget->before);
	query_int(&q, BUDGET_VICTIMS);
	while (query_next(&q)) {
		budget->victims[budget->n_victims].row = query_get_int(&q, 0);
		budget->victims[budget->n_victims++].size = query_get_int(&q, 1);
	}
	return query_end(&q, err, what);
}

/* One that was used since it was chosen stays. */
static int drop_locked(struct budget *budget, const struct victim *victim, struct error *err)
{
	struct store *store = budget->store;
	int ret = run_with_row(store, STORE_ITEM_EVICT, victim->row, (int64_t)budget->before, err);

	if (ret < 0 || db_count_changed(store->db) == 0)
		return ret;
	budget->bytes -= victim->size;
	budget->n_evicted++;
	struct query q = db_query(store->db, STORE_TEXT_DROP);

	query_int(&q, victim->row);
	return query_run(&q, err, what);
}

/* *ret_has_gone: there was one that could be looked at. */
static int drop_next_locked(
	struct budget *budget, int64_t but_row, bool *ret_has_gone, struct error *err)
{
	int ret = 0;

	if (budget->next_victim == budget->n_victims && !budget->is_exhausted) {
		ret = load_victims_locked(budget, err);
		budget->is_exhausted = budget->n_victims < BUDGET_VICTIMS;
	}
	*ret_has_gone = ret == 0 && budget->next_victim < budget->n_victims;
	if (!*ret_has_gone)
		return ret;
	const struct victim *victim = &budget->victims[budget->next_victim++];

	return victim->row == but_row ? 0 : drop_locked(budget, victim, err);
}

int budget_claim_locked(
	struct budget *budget, int64_t row, uint64_t size, bool *ret_is_kept, struct error *err)
{
	uint64_t max = budget->store->max_text_bytes;
	bool has_gone = true;
	int ret = 0;

	while (ret == 0 && max > 0 && size <= max && has_gone &&
		(uint64_t)budget->bytes + size > max)
		ret = drop_next_locked(budget, row, &has_gone, err);
	*ret_is_kept = ret == 0 && (max == 0 || (uint64_t)budget->bytes + size <= max);
	if (*ret_is_kept)
		budget->bytes += (int64_t)size;
	return ret;
}

void budget_return(struct budget *budget, uint64_t size)
{
	budget->bytes -= (int64_t)size;
}

bool budget_is_near_limit(const struct budget *budget)
{
	return is_near_limit(budget->store, budget->bytes);
}

/* Gives back what is free, a little at a time, where it is much. */
static int shrink_locked(struct store *store, bool *ret_has_shrunk, struct error *err)
{
	int64_t n_free = 0, n_pages = 0;
	int ret = read_one(store, STORE_PAGES, &n_pages, err);

	if (ret == 0)
		ret = read_one(store, STORE_FREE_PAGES, &n_free, err);
	*ret_has_shrunk = ret == 0 && n_free > FREE_PAGES_MIN && n_free > n_pages / 4;
	if (*ret_has_shrunk)
		ret = store_run_locked(store, STORE_SHRINK, err, what);
	return ret;
}

int budget_end_locked(struct budget *budget, struct error *err)
{
	struct query q = db_query(budget->store->db, STORE_SET_KEPT);
	bool has_shrunk;
	int ret;

	query_int(&q, budget->bytes);
	ret = query_run(&q, err, what);
	return ret < 0 ? ret : shrink_locked(budget->store, &has_shrunk, err);
}

void budget_commit(const struct budget *budget)
{
	budget->store->is_near_limit = budget_is_near_limit(budget);
	budget->store->n_evicted += budget->n_evicted;
}

/* *ret_fits: the texts are within their limit now. */
static int fit_some_locked(struct store *store, bool *ret_fits, struct error *err)
{
	struct budget budget;
	bool has_gone = true;
	int ret = store_run_locked(store, STORE_BEGIN, err, what);

	if (ret < 0)
		return ret;
	ret = budget_begin_locked(&budget, store, INT64_MAX, err);
	for (int i = 0; ret == 0 && i < FIT_TEXTS && has_gone &&
			(uint64_t)budget.bytes > store->max_text_bytes;
		i++)
		ret = drop_next_locked(&budget, 0, &has_gone, err);
	if (ret == 0)
		ret = budget_end_locked(&budget, err);
	if (ret == 0)
		ret = store_run_locked(store, STORE_COMMIT, err, what);
	if (ret < 0)
		store_run_locked(store, STORE_ROLLBACK, NULL, what);
	else
		budget_commit(&budget);
	*ret_fits = ret == 0 && (!has_gone || (uint64_t)budget.bytes <= store->max_text_bytes);
	return ret;
}

/* All of it, a little at a time. */
static int fit(struct store *store, struct error *err)
{
	bool fits = false, has_shrunk = true;
	int ret = 0;

	while (ret == 0 && !fits) {
		do {
			ret = fit_some_locked(store, &fits, err);
		} while (store_has_moved_locked(store, ret));
	}
	while (ret == 0 && has_shrunk) {
		do {
			ret = shrink_locked(store, &has_shrunk, err);
		} while (store_has_moved_locked(store, ret));
	}
	return ret;
}

int store_begin_uses(struct store *store, struct error *err)
{
	int64_t use = 0, bytes = 0;
	int ret = read_one(store, STORE_LATEST_USE, &use, err);

	if (ret == 0)
		ret = read_one(store, STORE_KEPT, &bytes, err);
	if (ret < 0)
		return ret;
	store->use = (uint64_t)use;
	store->is_near_limit = is_near_limit(store, bytes);
	if (store->max_text_bytes == 0 || (uint64_t)bytes <= store->max_text_bytes)
		return 0;
	return fit(store, err);
}
