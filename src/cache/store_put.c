#include "cache/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "base/error.h"
#include "base/hash.h"
#include "cache/store_private.h"

static const char what[] = "cannot put items into the store";

/* One store_put. */
struct put {
	struct store *store;
	uint64_t dir;
	bool is_listing;     /* so most items will be new */
	int64_t last_row;    /* that was given to an item */
	uint64_t generation; /* that the rows get: the listing's, or the directory's latest */
	uint64_t asked_ms;
	uint64_t checked_ms; /* that the rows get */
	int64_t modified_s;  /* newest of the items */
	uint64_t before;     /* texts last used before that make room; 0: any */
	struct budget budget;
	char *schema;
	struct changes changes;
};

/* The row that an item has already. */
struct known {
	int64_t row; /* 0: none */
	int64_t version;
	uint64_t checked_ms;
	uint64_t digest, size;
	uint64_t used; /* 0: its text is not kept */
};

static int get_dir_locked(struct put *put, uint64_t generation, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_DIR_GET);
	int ret;

	query_int(&q, (int64_t)put->dir);
	if (query_next(&q)) {
		put->schema = strdup(query_get_text(&q, 0));
		put->is_listing = generation != 0;
		put->generation = generation ? generation : (uint64_t)query_get_int(&q, 1);
		put->before = generation ? (uint64_t)query_get_int(&q, 2) : 0;
	}
	ret = query_end(&q, err, what);
	if (ret == 0 && !put->schema)
		ret = error_set(err, ENOMEM, "out of memory");
	return ret;
}

static int find_known_locked(
	struct put *put, const struct content *item, struct known *ret_known, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_ITEM_KNOWN);

	query_int(&q, (int64_t)put->dir);
	query_text(&q, item->id);
	if (query_next(&q)) {
		ret_known->row = query_get_int(&q, 0);
		ret_known->version = query_get_int(&q, 1);
		if ((uint64_t)query_get_int(&q, 2) == put->store->session)
			ret_known->checked_ms = (uint64_t)query_get_int(&q, 3);
		ret_known->digest = (uint64_t)query_get_int(&q, 4);
		ret_known->size = (uint64_t)query_get_int(&q, 5);
		ret_known->used = (uint64_t)query_get_int(&q, 6);
	}
	return query_end(&q, err, what);
}

static int stamp_locked(struct put *put, int64_t row, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_ITEM_STAMP);

	query_int(&q, row);
	query_int(&q, (int64_t)put->generation);
	return query_run(&q, err, what);
}

/* What both of the statements that write a row begin with. */
static void bind_row(struct query *q, const struct put *put, const struct content *item,
	uint64_t digest, uint64_t used)
{
	query_int(q, item->version);
	query_int(q, item->created_s);
	query_int(q, item->modified_s);
	query_int(q, (int64_t)item->text.len);
	query_int(q, (int64_t)digest);
	query_int(q, (int64_t)used);
	query_int(q, item->is_writable);
	query_int(q, (int64_t)put->generation);
	query_int(q, (int64_t)put->store->session);
	query_int(q, (int64_t)put->checked_ms);
	query_text(q, item->status);
	query_text(q, item->new_status);
	query_text(q, item->created_by);
	query_text(q, item->modified_by);
	query_text(q, item->etag);
}

static int change_row_locked(struct put *put, const struct content *item, uint64_t digest,
	uint64_t used, int64_t row, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_ITEM_CHANGE);

	bind_row(&q, put, item, digest, used);
	query_int(&q, row);
	return query_run(&q, err, what);
}

/* *ret_row: 0 where the item has a row already. */
static int add_row_locked(struct put *put, const struct content *item, uint64_t digest,
	uint64_t used, int64_t *ret_row, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_ITEM_ADD);
	int ret;

	bind_row(&q, put, item, digest, used);
	query_int(&q, put->last_row + 1);
	query_int(&q, (int64_t)put->dir);
	query_text(&q, item->id);
	query_int(&q, (int64_t)store_ino(put->store->app, put->schema, item->id));
	ret = query_run(&q, err, what);
	if (ret < 0)
		return ret;
	*ret_row = 0;
	if (db_count_changed(put->store->db) > 0)
		*ret_row = ++put->last_row;
	return 0;
}

static int put_text_locked(
	struct put *put, const struct content *item, int64_t row, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_TEXT_SET);

	query_int(&q, row);
	query_blob(&q, item->text.data, item->text.len);
	return query_run(&q, err, what);
}

static int drop_text_locked(struct put *put, int64_t row, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_TEXT_DROP);

	query_int(&q, row);
	return query_run(&q, err, what);
}

/* *ret_used: as the row shall say it. An equal text that is kept already costs no write. */
static int claim_locked(struct put *put, const struct content *item, const struct known *known,
	bool is_same, uint64_t *ret_used, struct error *err)
{
	bool is_kept;
	int ret;

	if (is_same && known->used) {
		*ret_used = budget_is_near_limit(&put->budget) ? put->budget.use : known->used;
		return 0;
	}
	if (known->used)
		budget_return(&put->budget, known->size);
	ret = budget_claim_locked(&put->budget, known->row, item->text.len, &is_kept, err);
	*ret_used = is_kept ? put->budget.use : 0;
	return ret;
}

/* *ret_is_added: it was not there. */
static int add_item_locked(struct put *put, const struct content *item, uint64_t digest,
	bool *ret_is_added, struct error *err)
{
	const struct known none = { 0 };
	int64_t row = 0;
	uint64_t used;
	int ret = claim_locked(put, item, &none, false, &used, err);

	if (ret == 0)
		ret = add_row_locked(put, item, digest, used, &row, err);
	if (ret < 0)
		return ret;
	*ret_is_added = row > 0;
	if (row == 0 && used)
		budget_return(&put->budget, item->text.len);
	if (row > 0 && used)
		ret = put_text_locked(put, item, row, err);
	put->changes.has_other_rows = put->changes.has_other_rows || row > 0;
	return ret;
}

static int change_item_locked(struct put *put, const struct content *item,
	const struct known *known, uint64_t digest, struct error *err)
{
	bool is_same = known->digest == digest;
	uint64_t used;
	int ret = claim_locked(put, item, known, is_same, &used, err);

	if (ret == 0)
		ret = change_row_locked(put, item, digest, used, known->row, err);
	if (ret == 0 && used && !(is_same && known->used))
		ret = put_text_locked(put, item, known->row, err);
	if (ret == 0 && !used && known->used)
		ret = drop_text_locked(put, known->row, err);
	if (ret < 0 || (is_same && known->version == item->version))
		return ret;
	const struct store_change change = {
		.dir = put->dir, .row = (uint64_t)known->row, .id = item->id
	};
	return changes_add(&put->changes, &change, err);
}

static void note_modified(struct put *put, const struct content *item)
{
	if (item->modified_s > put->modified_s)
		put->modified_s = item->modified_s;
}

/*
 * To add what may be there costs less than to look for it first, if it is not; but not where another text
 * would have to go for it.
 */
static bool is_likely_new(const struct put *put)
{
	return put->is_listing && !budget_is_near_limit(&put->budget);
}

static int put_item_locked(struct put *put, const struct content *item, struct error *err)
{
	uint64_t digest = hash_bytes(buf_str(&item->text), item->text.len);
	bool is_likely = is_likely_new(put), is_added = false;
	struct known known = { 0 };
	int ret = is_likely ? add_item_locked(put, item, digest, &is_added, err) : 0;

	if (ret == 0 && !is_added)
		ret = find_known_locked(put, item, &known, err);
	if (ret < 0)
		return ret;
	/* Asked for before the row was last confirmed, and older: it was overtaken on its way. */
	if (known.version > item->version && known.checked_ms >= put->asked_ms)
		return stamp_locked(put, known.row, err);
	note_modified(put, item);
	if (is_added)
		return 0;
	if (known.row)
		return change_item_locked(put, item, &known, digest, err);
	return add_item_locked(put, item, digest, &is_added, err);
}

static int put_modified_locked(struct put *put, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_DIR_MODIFIED);

	query_int(&q, (int64_t)put->dir);
	query_int(&q, put->modified_s);
	return query_run(&q, err, what);
}

static int get_last_row_locked(struct put *put, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_LAST_ROW);

	if (query_next(&q))
		put->last_row = query_get_int(&q, 0);
	return query_end(&q, err, what);
}

static int set_last_row_locked(struct put *put, struct error *err)
{
	struct query q = db_query(put->store->db, STORE_SET_LAST_ROW);

	query_int(&q, put->last_row);
	return query_run(&q, err, what);
}

static int put_all_locked(
	struct put *put, const struct content *items, size_t n_items, struct error *err)
{
	int ret = store_run_locked(put->store, STORE_BEGIN, err, what);

	if (ret < 0)
		return ret;
	ret = budget_begin_locked(&put->budget, put->store, put->before, err);
	if (ret == 0)
		ret = get_last_row_locked(put, err);
	for (size_t i = 0; i < n_items && ret == 0; i++)
		ret = put_item_locked(put, &items[i], err);
	if (ret == 0)
		ret = put_modified_locked(put, err);
	if (ret == 0)
		ret = set_last_row_locked(put, err);
	if (ret == 0)
		ret = budget_end_locked(&put->budget, err);
	if (ret == 0)
		ret = store_run_locked(put->store, STORE_COMMIT, err, what);
	/* A full disk may have rolled it back already: then this fails, and nothing is lost. */
	if (ret < 0) {
		store_run_locked(put->store, STORE_ROLLBACK, NULL, what);
		changes_clear(&put->changes);
	}
	return ret;
}

static int run(struct put *put, uint64_t generation, const struct content *items, size_t n_items,
	struct error *err)
{
	struct store *store = put->store;
	int ret;

	pthread_mutex_lock(&store->lock);
	ret = get_dir_locked(put, generation, err);
	if (ret == 0) {
		do {
			ret = put_all_locked(put, items, n_items, err);
		} while (store_has_moved_locked(store, ret));
	}
	if (ret == 0)
		budget_commit(&put->budget);
	pthread_mutex_unlock(&store->lock);
	changes_tell(&put->changes);
	free(put->schema);
	return ret;
}

int store_put(struct store *store, uint64_t dir, uint64_t generation, uint64_t asked_ms,
	const struct content *items, size_t n_items, struct error *err)
{
	struct put put = {
		.store = store,
		.dir = dir,
		.asked_ms = asked_ms,
		.checked_ms = asked_ms,
		.changes = { .store = store },
	};

	return run(&put, generation, items, n_items, err);
}

int store_put_changed(struct store *store, uint64_t dir, uint64_t begun_ms, uint64_t ended_ms,
	const struct content *item, struct error *err)
{
	struct put put = {
		.store = store,
		.dir = dir,
		.asked_ms = begun_ms,
		.checked_ms = ended_ms,
		.changes = { .store = store },
	};

	return run(&put, 0, item, 1, err);
}
