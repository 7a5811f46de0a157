#include "tree/absences.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* 272 KiB, if ever all are used. A name has four places where it can stand. */
#define SETS 256
#define PLACES 4

struct absence {
	uint64_t dir; /* 0: none */
	uint64_t until_ms;
	char name[NAME_MAX_LEN + 1];
};

struct absences {
	pthread_mutex_t lock;
	struct absence places[SETS * PLACES]; /* guarded by lock */
};

struct absences *absences_new(void)
{
	struct absences *absences = calloc(1, sizeof(*absences));

	if (absences)
		pthread_mutex_init(&absences->lock, NULL);
	return absences;
}

void absences_free(struct absences *absences)
{
	if (!absences)
		return;
	pthread_mutex_destroy(&absences->lock);
	free(absences);
}

static bool is_of(const struct absence *place, uint64_t dir, const char *name)
{
	return place->dir == dir && strcmp(place->name, name) == 0;
}

/* The name's own place, or a free one; NULL: none. */
static struct absence *find_place_locked(
	struct absences *absences, uint64_t dir, const char *name, uint64_t now_ms)
{
	struct absence *set = &absences->places[hash_bytes(name, strlen(name)) % SETS * PLACES];
	struct absence *free_place = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		if (is_of(&set[i], dir, name))
			return &set[i];
		if (set[i].dir == 0 || set[i].until_ms <= now_ms)
			free_place = &set[i];
	}
	return free_place;
}

uint64_t absences_note(
	struct absences *absences, uint64_t dir, const char *name, uint64_t ms, uint64_t now_ms)
{
	struct absence *place;

	if (ms == 0)
		return 0;
	pthread_mutex_lock(&absences->lock);
	place = find_place_locked(absences, dir, name, now_ms);
	if (place) {
		place->dir = dir;
		place->until_ms = now_ms + ms;
		memcpy(place->name, name, strlen(name) + 1);
	}
	pthread_mutex_unlock(&absences->lock);
	return place ? ms : 0;
}

bool absences_take(
	struct absences *absences, uint64_t dir, size_t *place, char ret_name[NAME_MAX_LEN + 1])
{
	bool is_found = false;

	pthread_mutex_lock(&absences->lock);
	while (!is_found && *place < (size_t)SETS * PLACES) {
		struct absence *absence = &absences->places[*place];

		is_found = absence->dir == dir;
		if (is_found) {
			memcpy(ret_name, absence->name, strlen(absence->name) + 1);
			absence->dir = 0;
		}
		(*place)++;
	}
	pthread_mutex_unlock(&absences->lock);
	return is_found;
}
