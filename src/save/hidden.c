#include "save/hidden.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"

/* A directory of some thousand items may be hidden whole, until the server has deleted them. */
#define CHAINS 4096

struct entry {
	const struct cache_dir *dir;
	uint64_t until_ms;
	struct entry *next;
	char id[];
};

struct hidden {
	const struct clock *clock;
	_Atomic size_t n_entries; /* changed with the lock held */
	pthread_mutex_t lock;
	struct entry *chains[CHAINS]; /* guarded by lock */
};

struct hidden *hidden_new(const struct clock *clock)
{
	struct hidden *hidden = calloc(1, sizeof(*hidden));

	if (!hidden)
		return NULL;
	hidden->clock = clock;
	pthread_mutex_init(&hidden->lock, NULL);
	return hidden;
}

void hidden_free(struct hidden *hidden)
{
	struct entry *entry, *next;

	if (!hidden)
		return;
	for (size_t i = 0; i < CHAINS; i++) {
		for (entry = hidden->chains[i]; entry; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	pthread_mutex_destroy(&hidden->lock);
	free(hidden);
}

static struct entry **find_locked(
	struct hidden *hidden, const struct cache_dir *dir, const char *id)
{
	struct entry **link = &hidden->chains[hash_bytes(id, strlen(id)) % CHAINS];

	while (*link && !((*link)->dir == dir && strcmp((*link)->id, id) == 0))
		link = &(*link)->next;
	return link;
}

static void remove_locked(struct hidden *hidden, struct entry **link)
{
	struct entry *entry = *link;

	*link = entry->next;
	free(entry);
	atomic_fetch_sub(&hidden->n_entries, 1);
}

int hidden_add(struct hidden *hidden, const struct cache_dir *dir, const char *id,
	uint64_t until_ms, struct error *err)
{
	size_t size = strlen(id) + 1;
	struct entry *made = malloc(sizeof(*made) + size);
	struct entry **link;

	if (!made)
		return error_set(err, ENOMEM, "out of memory");
	*made = (struct entry){ .dir = dir, .until_ms = until_ms };
	memcpy(made->id, id, size);
	pthread_mutex_lock(&hidden->lock);
	link = find_locked(hidden, dir, id);
	if (!*link) {
		*link = made;
		made = NULL;
		atomic_fetch_add(&hidden->n_entries, 1);
	} else if ((*link)->until_ms < until_ms) {
		(*link)->until_ms = until_ms;
	}
	pthread_mutex_unlock(&hidden->lock);
	free(made);
	return 0;
}

bool hidden_has(struct hidden *hidden, const struct cache_dir *dir, const char *id)
{
	struct entry **link;
	bool is;

	if (!hidden || atomic_load(&hidden->n_entries) == 0)
		return false;
	pthread_mutex_lock(&hidden->lock);
	link = find_locked(hidden, dir, id);
	is = *link && clock_now_ms(hidden->clock) < (*link)->until_ms;
	if (*link && !is)
		remove_locked(hidden, link);
	pthread_mutex_unlock(&hidden->lock);
	return is;
}

bool hidden_remove(struct hidden *hidden, const struct cache_dir *dir, const char *id)
{
	struct entry **link;
	bool is;

	pthread_mutex_lock(&hidden->lock);
	link = find_locked(hidden, dir, id);
	is = *link != NULL;
	if (is)
		remove_locked(hidden, link);
	pthread_mutex_unlock(&hidden->lock);
	return is;
}
