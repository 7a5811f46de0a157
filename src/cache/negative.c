#include "cache/negative.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* 4,096 names, 64 KiB. A name has four places where it can stand. */
#define SETS 1024
#define PLACES 4

struct place {
	uint64_t key;
	uint64_t until_ms; /* 0: never used */
};

struct negative {
	pthread_mutex_t lock;
	struct place places[SETS][PLACES]; /* guarded by lock */
};

struct negative *negative_new(void)
{
	struct negative *table = calloc(1, sizeof(*table));

	if (table)
		pthread_mutex_init(&table->lock, NULL);
	return table;
}

void negative_free(struct negative *table)
{
	if (!table)
		return;
	pthread_mutex_destroy(&table->lock);
	free(table);
}

uint64_t negative_key(const char *schema, const char *id)
{
	const char *const strings[] = { schema, id };

	return hash_strings(strings, 2);
}

void negative_add(struct negative *table, uint64_t key, uint64_t until_ms, uint64_t now_ms)
{
	struct place *set = table->places[key % SETS];
	struct place *best = set;

	if (until_ms <= now_ms)
		return;
	pthread_mutex_lock(&table->lock);
	for (size_t i = 0; i < PLACES; i++) {
		if (set[i].key == key) {
			best = &set[i];
			break;
		}
		/* The one that ends soonest makes room; those that have ended are such. */
		if (set[i].until_ms < best->until_ms)
			best = &set[i];
	}
	*best = (struct place){ .key = key, .until_ms = until_ms };
	pthread_mutex_unlock(&table->lock);
}

void negative_remove(struct negative *table, uint64_t key)
{
	struct place *set = table->places[key % SETS];

	pthread_mutex_lock(&table->lock);
	for (size_t i = 0; i < PLACES; i++) {
		if (set[i].key == key)
			set[i] = (struct place){ 0 };
	}
	pthread_mutex_unlock(&table->lock);
}

void negative_clear(struct negative *table)
{
	pthread_mutex_lock(&table->lock);
	memset(table->places, 0, sizeof(table->places));
	pthread_mutex_unlock(&table->lock);
}

uint64_t negative_left_ms(struct negative *table, uint64_t key, uint64_t now_ms)
{
	const struct place *set = table->places[key % SETS];
	uint64_t left = 0;

	pthread_mutex_lock(&table->lock);
	for (size_t i = 0; i < PLACES; i++) {
		if (set[i].key == key && set[i].until_ms > now_ms)
			left = set[i].until_ms - now_ms;
	}
	pthread_mutex_unlock(&table->lock);
	return left;
}
