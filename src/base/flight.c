#include "base/flight.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"

struct flight_entry {
	struct flight_entry *next;
	char *key;
	unsigned followers; /* waiting; the last one out frees a landed entry */
	bool has_landed;
};

struct flight {
	pthread_mutex_t lock;
	pthread_cond_t landed;
	struct flight_entry *entries; /* guarded by lock; as many as there are busy threads */
};

struct flight *flight_new(void)
{
	struct flight *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	pthread_mutex_init(&f->lock, NULL);
	if (call_cond_init(&f->landed) < 0) {
		pthread_mutex_destroy(&f->lock);
		free(f);
		return NULL;
	}
	return f;
}

void flight_free(struct flight *f)
{
	if (!f)
		return;
	assert(!f->entries);
	pthread_cond_destroy(&f->landed);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static struct flight_entry *find_flying_locked(struct flight *f, const char *key)
{
	for (struct flight_entry *e = f->entries; e; e = e->next) {
		if (!e->has_landed && strcmp(e->key, key) == 0)
			return e;
	}
	return NULL;
}

static int take_off_locked(struct flight *f, const char *key)
{
	struct flight_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->key = strdup(key);
	if (!e->key) {
		free(e);
		return -ENOMEM;
	}
	e->next = f->entries;
	f->entries = e;
	return 0;
}

static void remove_locked(struct flight *f, struct flight_entry *gone)
{
	struct flight_entry **link = &f->entries;

	while (*link != gone)
		link = &(*link)->next;
	*link = gone->next;
	free(gone->key);
	free(gone);
}

static int follow_locked(struct flight *f, struct flight_entry *e, const struct call *call)
{
	int ret = 0;

	e->followers++;
	while (!e->has_landed && ret == 0)
		ret = call_wait(call, &f->landed, &f->lock);
	e->followers--;
	if (e->has_landed) {
		ret = 0;
		if (e->followers == 0)
			remove_locked(f, e);
	}
	return ret;
}

int flight_join(struct flight *f, const struct call *call, const char *key, bool *ret_is_leader,
	struct error *err)
{
	struct flight_entry *e;
	int ret;

	pthread_mutex_lock(&f->lock);
	e = find_flying_locked(f, key);
	*ret_is_leader = !e;
	ret = e ? follow_locked(f, e, call) : take_off_locked(f, key);
	pthread_mutex_unlock(&f->lock);
	switch (ret) {
	case 0:
		return 0;
	case -EINTR:
		return error_set(err, EINTR,
			"interrupted while waiting for the same request of "
			"another process");
	case -ETIMEDOUT:
		return error_set(err, ETIMEDOUT,
			"no answer in time: the same request of another "
			"process is still waiting");
	default:
		return error_set(err, -ret, "out of memory");
	}
}

int flight_try(struct flight *f, const char *key, bool *ret_is_leader, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&f->lock);
	*ret_is_leader = !find_flying_locked(f, key);
	if (*ret_is_leader)
		ret = take_off_locked(f, key);
	pthread_mutex_unlock(&f->lock);
	return ret < 0 ? error_set(err, -ret, "out of memory") : 0;
}

void flight_land(struct flight *f, const char *key)
{
	struct flight_entry *e;

	pthread_mutex_lock(&f->lock);
	e = find_flying_locked(f, key);
	assert(e);
	e->has_landed = true;
	if (e->followers == 0)
		remove_locked(f, e);
	else
		pthread_cond_broadcast(&f->landed);
	pthread_mutex_unlock(&f->lock);
}
