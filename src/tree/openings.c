#include "tree/openings.h"

#include <pthread.h>
#include <stdlib.h>

/* Tools read a file and write it back at once: a few thousand may be in between. */
#define PLACES 8192

struct place {
	uint64_t ino;
	int64_t version;
};

struct openings {
	pthread_mutex_t lock;
	struct place places[PLACES]; /* guarded by lock */
};

struct openings *openings_new(void)
{
	struct openings *openings = calloc(1, sizeof(*openings));

	if (openings)
		pthread_mutex_init(&openings->lock, NULL);
	return openings;
}

void openings_free(struct openings *openings)
{
	if (!openings)
		return;
	pthread_mutex_destroy(&openings->lock);
	free(openings);
}

void openings_note(struct openings *openings, uint64_t ino, int64_t version)
{
	pthread_mutex_lock(&openings->lock);
	openings->places[ino % PLACES] = (struct place){ ino, version };
	pthread_mutex_unlock(&openings->lock);
}

int64_t openings_find(struct openings *openings, uint64_t ino)
{
	const struct place *place = &openings->places[ino % PLACES];
	int64_t version;

	pthread_mutex_lock(&openings->lock);
	version = place->ino == ino ? place->version : -1;
	pthread_mutex_unlock(&openings->lock);
	return version;
}
