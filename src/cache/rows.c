#include "cache/rows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cache/store.h"

/* Directories share the places of their beginnings; an app has some dozens. */
#define BEGINNINGS 256

struct place {
	uint64_t row;  /* 0: nothing is here */
	uint64_t next; /* the row behind it in its directory; 0: not known */
	uint64_t ino, dir, size, digest, generation, checked_ms;
	int64_t version, modified_s;
	bool is_writable, has_text;
	char id[ROWS_ID_MAX];
};

/* Of a directory. */
struct beginning {
	uint64_t dir;
	uint64_t first; /* row; 0: not known */
	uint64_t
		last; /* row behind which there was none when so many rows had come; 0: not known */
	uint64_t n_new;
};

struct rows {
	pthread_mutex_t lock;
	/* From here on guarded by lock. */
	uint64_t n_new; /* rows that have come, in any directory */
	struct beginning beginnings[BEGINNINGS];
	struct place places[ROWS_PLACES];
};

struct rows *rows_new(void)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	if (rows)
		pthread_mutex_init(&rows->lock, NULL);
	return rows;
}

void rows_free(struct rows *rows)
{
	if (!rows)
		return;
	pthread_mutex_destroy(&rows->lock);
	free(rows);
}

static struct place *place_of(struct rows *rows, uint64_t row)
{
	return &rows->places[row % ROWS_PLACES];
}

/* NULL: not at hand. */
static struct place *find_locked(struct rows *rows, uint64_t row)
{
	struct place *place = place_of(rows, row);

	return row > 0 && place->row == row ? place : NULL;
}

static struct beginning *beginning_locked(struct rows *rows, uint64_t dir)
{
	struct beginning *beginning = &rows->beginnings[dir % BEGINNINGS];

	if (beginning->dir != dir)
		*beginning = (struct beginning){ .dir = dir };
	return beginning;
}

/* What is known of the row behind it stays. */
static void put_locked(struct rows *rows, const struct store_item *item)
{
	struct place *place = place_of(rows, item->row);
	uint64_t next = place->row == item->row ? place->next : 0;
	size_t len = strlen(item->id);

	if (len >= ROWS_ID_MAX)
		return;
	place->row = item->row;
	place->next = next;
	place->ino = item->ino;
	place->dir = item->dir;
	place->size = item->size;
	place->digest = item->digest;
	place->generation = item->generation;
	place->checked_ms = item->checked_ms;
	place->version = item->version;
	place->modified_s = item->modified_s;
	place->is_writable = item->is_writable;
	place->has_text = item->has_text;
	memcpy(place->id, item->id, len + 1);
}

void rows_put(struct rows *rows, const struct store_item *item)
{
	pthread_mutex_lock(&rows->lock);
	put_locked(rows, item);
	pthread_mutex_unlock(&rows->lock);
}

/* after_row 0: the directory's beginning. */
static void link_locked(struct rows *rows, uint64_t dir, uint64_t after_row, uint64_t next)
{
	struct place *place = find_locked(rows, after_row);

	if (after_row == 0)
		beginning_locked(rows, dir)->first = next;
	else if (place)
		place->next = next;
}

void rows_put_list(
	struct rows *rows, uint64_t dir, uint64_t after_row, const struct store_batch *batch)
{
	struct beginning *beginning;

	pthread_mutex_lock(&rows->lock);
	for (size_t i = 0; i < batch->n_items; i++) {
		put_locked(rows, &batch->items[i]);
		link_locked(rows, dir, after_row, batch->items[i].row);
		after_row = batch->items[i].row;
	}
	if (batch->n_items < STORE_BATCH_MAX) {
		beginning = beginning_locked(rows, dir);
		beginning->last = after_row;
		beginning->n_new = rows->n_new;
	}
	pthread_mutex_unlock(&rows->lock);
}

void rows_drop(struct rows *rows, uint64_t row, bool is_new)
{
	struct place *place;

	pthread_mutex_lock(&rows->lock);
	place = find_locked(rows, row);
	if (place)
		place->row = 0;
	if (is_new)
		rows->n_new++;
	pthread_mutex_unlock(&rows->lock);
}

/* All but the id. */
static void show(const struct place *place, struct store_item *item)
{
	store_item_init(item);
	item->row = place->row;
	item->ino = place->ino;
	item->dir = place->dir;
	item->size = place->size;
	item->digest = place->digest;
	item->generation = place->generation;
	item->checked_ms = place->checked_ms;
	item->version = place->version;
	item->modified_s = place->modified_s;
	item->is_writable = place->is_writable;
	item->has_text = place->has_text;
}

bool rows_get(struct rows *rows, uint64_t row, struct store_item *ret_item)
{
	char *id = malloc(ROWS_ID_MAX);
	const struct place *place;

	if (!id)
		return false;
	pthread_mutex_lock(&rows->lock);
	place = find_locked(rows, row);
	if (place) {
		store_item_release(ret_item);
		show(place, ret_item);
		memcpy(id, place->id, ROWS_ID_MAX);
		ret_item->id = id;
		ret_item->strings = id;
	}
	pthread_mutex_unlock(&rows->lock);
	if (!place)
		free(id);
	return place;
}

static bool is_last_locked(struct rows *rows, uint64_t dir, uint64_t row)
{
	const struct beginning *beginning = beginning_locked(rows, dir);

	return row > 0 && beginning->last == row && beginning->n_new == rows->n_new;
}

/* The row behind one in its directory; NULL: not at hand, or none. */
static const struct place *next_locked(struct rows *rows, uint64_t dir, uint64_t row)
{
	const struct place *place = find_locked(rows, row);
	uint64_t next = 0;

	if (row == 0)
		next = beginning_locked(rows, dir)->first;
	else if (place && place->dir == dir)
		next = place->next;
	return find_locked(rows, next);
}

/* false: the batch is not all that there is. */
static bool list_locked(
	struct rows *rows, uint64_t dir, uint64_t after_row, struct store_batch *batch)
{
	const struct place *place;

	while (batch->n_items < STORE_BATCH_MAX && (place = next_locked(rows, dir, after_row))) {
		struct store_item *item = &batch->items[batch->n_items];
		char *id = batch->ids + batch->n_items * ROWS_ID_MAX;

		show(place, item);
		memcpy(id, place->id, ROWS_ID_MAX);
		item->id = id;
		batch->n_items++;
		after_row = place->row;
	}
	return batch->n_items == STORE_BATCH_MAX || is_last_locked(rows, dir, after_row);
}

bool rows_list(struct rows *rows, uint64_t dir, uint64_t after_row, struct store_batch *ret_batch)
{
	bool is_whole;

	store_batch_release(ret_batch);
	ret_batch->ids = malloc((size_t)STORE_BATCH_MAX * ROWS_ID_MAX);
	if (!ret_batch->ids)
		return false;
	pthread_mutex_lock(&rows->lock);
	is_whole = list_locked(rows, dir, after_row, ret_batch);
	pthread_mutex_unlock(&rows->lock);
	if (!is_whole)
		store_batch_release(ret_batch);
	return is_whole;
}
