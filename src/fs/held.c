#include "fs/held.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tree/tree.h"

#define PLACES 64
#define BYTES_MAX ((uint64_t)32 << 20)

/* Made nodes: a bit that no node of the tree has, a serial number, and the control file's number. */
#define MADE (UINT64_C(1) << 47)
#define BASE_BITS 16
#define BASE_MASK ((UINT64_C(1) << BASE_BITS) - 1)
#define SERIAL_MASK ((UINT64_C(1) << 31) - 1)

struct place {
	uint64_t node;
	struct tree_file *file; /* NULL: free */
	uint64_t used;          /* when, counted in uses */
};

struct held {
	pthread_mutex_t lock;
	/* From here on guarded by lock. */
	struct place places[PLACES];
	uint64_t n_bytes, n_uses, serial;
};

struct held *held_new(void)
{
	struct held *held = calloc(1, sizeof(*held));

	if (held)
		pthread_mutex_init(&held->lock, NULL);
	return held;
}

void held_free(struct held *held)
{
	if (!held)
		return;
	for (size_t i = 0; i < PLACES; i++)
		tree_file_unref(held->places[i].file);
	pthread_mutex_destroy(&held->lock);
	free(held);
}

static uint64_t count_bytes(const struct tree_file *file)
{
	size_t len;

	tree_file_data(file, &len);
	return len;
}

static struct place *find_locked(struct held *held, uint64_t node)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (held->places[i].file && held->places[i].node == node)
			return &held->places[i];
	}
	return NULL;
}

static void clear_locked(struct held *held, struct place *place)
{
	held->n_bytes -= count_bytes(place->file);
	tree_file_unref(place->file);
	*place = (struct place){ 0 };
}

/* A free one, or the one that was not used for the longest time; NULL: none is in use. */
static struct place *find_oldest_locked(struct held *held, bool must_be_used)
{
	struct place *oldest = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &held->places[i];

		if (must_be_used && !place->file)
			continue;
		if (!oldest || place->used < oldest->used)
			oldest = place;
	}
	return oldest;
}

static void put_locked(struct held *held, uint64_t node, struct tree_file *file)
{
	uint64_t len = count_bytes(file);
	struct place *place = find_locked(held, node);

	if (place)
		clear_locked(held, place);
	while (held->n_bytes > 0 && held->n_bytes + len > BYTES_MAX)
		clear_locked(held, find_oldest_locked(held, true));
	place = find_oldest_locked(held, false);
	if (place->file)
		clear_locked(held, place);
	*place = (struct place){
		.node = node, .file = tree_file_ref(file), .used = ++held->n_uses
	};
	held->n_bytes += len;
}

struct tree_file *held_get(struct held *held, uint64_t node)
{
	struct tree_file *file = NULL;
	struct place *place;

	pthread_mutex_lock(&held->lock);
	place = find_locked(held, node);
	if (place) {
		place->used = ++held->n_uses;
		file = tree_file_ref(place->file);
	}
	pthread_mutex_unlock(&held->lock);
	return file;
}

void held_put(struct held *held, uint64_t node, struct tree_file *file)
{
	pthread_mutex_lock(&held->lock);
	put_locked(held, node, file);
	pthread_mutex_unlock(&held->lock);
}

void held_drop(struct held *held, uint64_t node)
{
	struct place *place;

	pthread_mutex_lock(&held->lock);
	place = find_locked(held, node);
	if (place)
		clear_locked(held, place);
	pthread_mutex_unlock(&held->lock);
}

uint64_t held_make(struct held *held, uint64_t base, struct tree_file *file)
{
	uint64_t node;

	assert(base <= BASE_MASK);
	pthread_mutex_lock(&held->lock);
	node = MADE | (++held->serial & SERIAL_MASK) << BASE_BITS | base;
	put_locked(held, node, file);
	pthread_mutex_unlock(&held->lock);
	return node;
}

uint64_t held_base(uint64_t node)
{
	return node >> 47 == 1 ? node & BASE_MASK : node;
}
