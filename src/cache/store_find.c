#include "cache/store.h"

#include <errno.h>

#include "base/buf.h"
#include "base/error.h"
#include "cache/store_private.h"

static const char what[] = "cannot look up an item in the store";

static int fail_memory(struct error *err)
{
	return error_set(err, ENOMEM, "out of memory");
}

typedef int (*fill_fn)(struct store_item *item, struct query *q, uint64_t session);

/* The one row of a query that has its parameters, and ends it. */
static int finish_one(struct query *q, struct store *store, fill_fn fill,
	struct store_item *ret_item, struct error *err)
{
	int ret = -ENOENT, ended;

	if (query_next(q))
		ret = fill(ret_item, q, store->session);
	ended = query_end(q, err, what);
	if (ended < 0)
		return ended;
	return ret == -ENOMEM ? fail_memory(err) : ret;
}

int store_find(struct store *store, uint64_t dir, const char *id, struct store_item *ret_item,
	struct error *err)
{
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_ITEM_FIND);
	query_int(&q, (int64_t)dir);
	query_text(&q, id);
	ret = finish_one(&q, store, store_item_fill, ret_item, err);
	pthread_mutex_unlock(&store->lock);
	return ret;
}

int store_find_ino(struct store *store, uint64_t dir, uint64_t ino, struct store_item *ret_item,
	struct error *err)
{
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_ITEM_FIND_INO);
	query_int(&q, (int64_t)dir);
	query_int(&q, (int64_t)ino);
	ret = finish_one(&q, store, store_item_fill, ret_item, err);
	pthread_mutex_unlock(&store->lock);
	return ret;
}

int store_get(struct store *store, uint64_t row, struct store_item *ret_item, struct error *err)
{
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_ITEM_GET);
	query_int(&q, (int64_t)row);
	ret = finish_one(&q, store, store_item_fill, ret_item, err);
	pthread_mutex_unlock(&store->lock);
	return ret;
}

int store_get_brief(
	struct store *store, uint64_t row, struct store_item *ret_item, struct error *err)
{
	struct query q;
	int ret;

	if (rows_get(store->rows, row, ret_item))
		return 0;
	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_ITEM_GET_BRIEF);
	query_int(&q, (int64_t)row);
	ret = finish_one(&q, store, store_item_fill_brief, ret_item, err);
	if (ret == 0)
		rows_put(store->rows, ret_item);
	pthread_mutex_unlock(&store->lock);
	return ret;
}

int store_next(struct store *store, uint64_t dir, uint64_t after_row, struct store_item *ret_item,
	struct error *err)
{
	struct query q;
	int ret;

	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_ITEM_LIST);
	query_int(&q, (int64_t)dir);
	query_int(&q, (int64_t)after_row);
	query_int(&q, 1);
	ret = finish_one(&q, store, store_item_fill_brief, ret_item, err);
	pthread_mutex_unlock(&store->lock);
	return ret;
}

static const char what_text[] = "cannot read a text from the store";

/* Of the query's current row. */
static int take_text(struct query *q, int column, struct buf *ret_text)
{
	size_t len;
	const void *data = query_get_blob(q, column, &len);

	buf_clear(ret_text);
	return query_is_null(q, column) ? -ENODATA : buf_add(ret_text, data, len);
}

static int refuse_text(int ret, const char *id, const struct buf *text, struct error *err)
{
	if (ret == -EFBIG)
		return error_set(
			err, EFBIG, "the text of '%s' is larger than %zu bytes", id, text->max);
	return ret == -ENOMEM ? fail_memory(err) : ret;
}

/* One statement reads both, so they are of one version. */
static int read_locked(struct store *store, uint64_t row, struct buf *ret_text,
	struct store_item *ret_item, struct error *err)
{
	struct query q = db_query(store->db, STORE_ITEM_READ);
	int ret = -ENOENT, ended;

	query_int(&q, (int64_t)row);
	if (query_next(&q)) {
		ret = store_item_fill(ret_item, &q, store->session);
		if (ret == 0)
			ret = take_text(&q, STORE_ITEM_COLUMNS, ret_text);
	}
	ended = query_end(&q, err, what_text);
	return ended < 0 ? ended : refuse_text(ret, ret_item->id, ret_text, err);
}

int store_read(struct store *store, uint64_t row, struct buf *ret_text, struct store_item *ret_item,
	struct error *err)
{
	int ret;

	pthread_mutex_lock(&store->lock);
	ret = read_locked(store, row, ret_text, ret_item, err);
	pthread_mutex_unlock(&store->lock);
	return ret;
}

int store_read_text(
	struct store *store, const struct store_item *item, struct buf *ret_text, struct error *err)
{
	int ret = -ENODATA, ended;
	struct query q;

	pthread_mutex_lock(&store->lock);
	q = db_query(store->db, STORE_TEXT_READ);
	query_int(&q, (int64_t)item->row);
	query_int(&q, (int64_t)item->digest);
	if (query_next(&q))
		ret = take_text(&q, 0, ret_text);
	ended = query_end(&q, err, what_text);
	pthread_mutex_unlock(&store->lock);
	return ended < 0 ? ended : refuse_text(ret, item->id, ret_text, err);
}

static int list_locked(struct store *store, uint64_t dir, uint64_t after_row,
	struct store_batch *batch, struct error *err)
{
	struct query q = db_query(store->db, STORE_ITEM_LIST);
	int ret = 0, ended;

	query_int(&q, (int64_t)dir);
	query_int(&q, (int64_t)after_row);
	query_int(&q, STORE_BATCH_MAX);
	while (ret == 0 && query_next(&q)) {
		store_item_init(&batch->items[batch->n_items]);
		ret = store_item_fill_brief(&batch->items[batch->n_items], &q, store->session);
		if (ret == 0)
			batch->n_items++;
	}
	ended = query_end(&q, err, "cannot list a directory of the store");
	if (ended == 0 && ret == 0)
		rows_put_list(store->rows, dir, after_row, batch);
	return ended < 0 ? ended : ret;
}

int store_list(struct store *store, uint64_t dir, uint64_t after_row, struct store_batch *batch,
	struct error *err)
{
	int ret;

	if (rows_list(store->rows, dir, after_row, batch))
		return 0;
	pthread_mutex_lock(&store->lock);
	ret = list_locked(store, dir, after_row, batch, err);
	pthread_mutex_unlock(&store->lock);
	if (ret == 0)
		return 0;
	store_batch_release(batch);
	return ret == -ENOMEM ? fail_memory(err) : ret;
}

static uint64_t count_locked(
	struct store *store, enum store_statement statement, int *ret, struct error *err)
{
	struct query q = db_query(store->db, statement);
	uint64_t n = 0;

	if (query_next(&q))
		n = (uint64_t)query_get_int(&q, 0);
	*ret = query_end(&q, err, "cannot count what is in the store");
	return n;
}

int store_get_stats(struct store *store, struct store_stats *ret_stats, struct error *err)
{
	struct store_stats stats = { 0 };
	int ret;

	pthread_mutex_lock(&store->lock);
	stats.items = count_locked(store, STORE_COUNT, &ret, err);
	if (ret == 0)
		stats.bytes = count_locked(store, STORE_BYTES, &ret, err);
	if (ret == 0)
		stats.text_bytes = count_locked(store, STORE_KEPT, &ret, err);
	stats.max_text_bytes = store->max_text_bytes;
	stats.evicted = store->n_evicted;
	stats.is_on_disk = db_is_on_disk(store->db);
	pthread_mutex_unlock(&store->lock);
	if (ret == 0)
		*ret_stats = stats;
	return ret;
}
