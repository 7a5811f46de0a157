#include "save/own.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"

/* 512 KB; who edits more items at a time is a script, and scripts read before they write. */
#define PLACES 16384

struct chain {
	uint64_t key; /* hash of schema and id; 0: none */
	int64_t first, last;
	uint64_t created; /* hash of what was created as the last one; 0: it is not doubtful */
	bool is_removed;
	bool is_made; /* the first one was created here */
};

struct own {
	pthread_mutex_t lock;
	struct chain chains[PLACES]; /* guarded by lock */
};

struct own *own_new(void)
{
	struct own *own = calloc(1, sizeof(*own));

	if (own)
		pthread_mutex_init(&own->lock, NULL);
	return own;
}

void own_free(struct own *own)
{
	if (!own)
		return;
	pthread_mutex_destroy(&own->lock);
	free(own);
}

static uint64_t key_of(const char *schema, const char *id)
{
	const char *const strings[] = { schema, id };
	uint64_t key = hash_strings(strings, 2);

	return key ? key : 1;
}

void own_note(struct own *own, const char *schema, const char *id, int64_t base, int64_t version)
{
	uint64_t key = key_of(schema, id);
	struct chain *chain = &own->chains[key % PLACES];

	pthread_mutex_lock(&own->lock);
	if (chain->key != key || chain->last != base)
		*chain = (struct chain){ .key = key, .first = base };
	chain->last = version;
	chain->created = 0;
	pthread_mutex_unlock(&own->lock);
}

void own_note_removal(struct own *own, const char *schema, const char *id)
{
	uint64_t key = key_of(schema, id);

	pthread_mutex_lock(&own->lock);
	own->chains[key % PLACES] = (struct chain){
		.key = key, .first = -1, .last = -1, .is_removed = true
	};
	pthread_mutex_unlock(&own->lock);
}

bool own_is_removed(struct own *own, const char *schema, const char *id)
{
	uint64_t key = key_of(schema, id);
	const struct chain *chain = &own->chains[key % PLACES];
	bool is_removed;

	pthread_mutex_lock(&own->lock);
	is_removed = chain->key == key && chain->is_removed;
	pthread_mutex_unlock(&own->lock);
	return is_removed;
}

void own_note_creation(
	struct own *own, const char *schema, const char *id, int64_t version, uint64_t hash)
{
	uint64_t key = key_of(schema, id);

	pthread_mutex_lock(&own->lock);
	own->chains[key % PLACES] = (struct chain){
		.key = key, .first = version, .last = version, .created = hash, .is_made = true
	};
	pthread_mutex_unlock(&own->lock);
}

uint64_t own_creation(struct own *own, const char *schema, const char *id, int64_t version)
{
	uint64_t key = key_of(schema, id);
	const struct chain *chain = &own->chains[key % PLACES];
	uint64_t hash = 0;

	pthread_mutex_lock(&own->lock);
	if (chain->key == key && chain->last == version)
		hash = chain->created;
	pthread_mutex_unlock(&own->lock);
	return hash;
}

int64_t own_made(struct own *own, const char *schema, const char *id)
{
	uint64_t key = key_of(schema, id);
	const struct chain *chain = &own->chains[key % PLACES];
	int64_t version;

	pthread_mutex_lock(&own->lock);
	version = chain->key == key && chain->is_made ? chain->last : -1;
	pthread_mutex_unlock(&own->lock);
	return version;
}

int64_t own_newest(struct own *own, const char *schema, const char *id, int64_t version)
{
	uint64_t key = key_of(schema, id);
	const struct chain *chain = &own->chains[key % PLACES];
	int64_t newest = version;

	pthread_mutex_lock(&own->lock);
	if (chain->key == key && chain->first <= version && version <= chain->last)
		newest = chain->last;
	pthread_mutex_unlock(&own->lock);
	return newest;
}
