/* The table of texts that are being written. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "base/call.h"
#include "base/hash.h"
#include "cache/cache.h"
#include "tree/app.h"
#include "tree/writing_private.h"

struct writings *writings_new(
	const struct clock *clock, struct locals *locals, struct openings *openings)
{
	struct writings *writings = calloc(1, sizeof(*writings));

	if (!writings)
		return NULL;
	writings->clock = clock;
	writings->locals = locals;
	writings->openings = openings;
	pthread_mutex_init(&writings->lock, NULL);
	return writings;
}

void writings_free(struct writings *writings)
{
	if (!writings)
		return;
	pthread_mutex_destroy(&writings->lock);
	free(writings);
}

static uint64_t hash_key(const struct writing_key *key)
{
	const char *const strings[] = { key->app->name, cache_dir_name(key->dir), key->id };

	return hash_strings(strings, 3);
}

static struct writing *find_locked(
	struct writings *writings, const struct writing_key *key, uint64_t hash)
{
	struct writing *w = writings->chains[hash % CHAINS];

	while (w && !(w->hash == hash && w->dir == key->dir && strcmp(w->id, key->id) == 0))
		w = w->next;
	if (w)
		w->references++;
	return w;
}

static bool has_begun(struct writing *w)
{
	bool has;

	pthread_mutex_lock(&w->lock);
	has = w->has_begun;
	pthread_mutex_unlock(&w->lock);
	return has;
}

struct writing *writings_find(struct writings *writings, const struct writing_key *key)
{
	struct writing *w;

	/* Of most directories nothing is written while they are listed. */
	if (atomic_load(&writings->n_texts) == 0)
		return NULL;
	pthread_mutex_lock(&writings->lock);
	w = find_locked(writings, key, hash_key(key));
	if (w && !has_begun(w)) {
		w->references--;
		w = NULL;
	}
	pthread_mutex_unlock(&writings->lock);
	return w;
}

static void release(struct writing *w)
{
	pthread_cond_destroy(&w->is_idle);
	pthread_mutex_destroy(&w->lock);
	buf_release(&w->text);
	free(w->id);
	free(w->name);
	free(w);
}

static struct writing *make(struct writings *writings, const struct writing_key *key, uint64_t hash)
{
	struct writing *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->writings = writings;
	w->app = key->app;
	w->dir = key->dir;
	w->hash = hash;
	w->ino = store_ino(key->app->name, cache_dir_name(key->dir), key->id);
	w->references = 1;
	w->version = -1;
	w->id = strdup(key->id);
	w->name = strdup(key->name);
	buf_init(&w->text, CONTENT_TEXT_MAX);
	pthread_mutex_init(&w->lock, NULL);
	if (call_cond_init(&w->is_idle) < 0 || !w->id || !w->name) {
		release(w);
		return NULL;
	}
	return w;
}

static void list_locked(struct writing *w)
{
	struct writings *writings = w->writings;

	w->next = writings->chains[w->hash % CHAINS];
	writings->chains[w->hash % CHAINS] = w;
	w->is_listed = true;
	atomic_fetch_add(&writings->n_texts, 1);
}

int writings_take(struct writings *writings, const struct writing_key *key,
	struct writing **ret_writing, struct error *err)
{
	uint64_t hash = hash_key(key);
	struct writing *made = make(writings, key, hash);
	struct writing *w;

	if (!made)
		return error_set(err, ENOMEM, "out of memory");
	pthread_mutex_lock(&writings->lock);
	w = find_locked(writings, key, hash);
	if (!w) {
		w = made;
		list_locked(w);
	}
	pthread_mutex_unlock(&writings->lock);
	if (w != made)
		release(made);
	*ret_writing = w;
	return 0;
}

/* How a text that has the name stands to one of a version that is at hand. */
enum relation { RELATION_SAME, RELATION_OLDER, RELATION_OTHER };

static enum relation relate(struct writing *w, int64_t version)
{
	enum relation relation = RELATION_OTHER;

	pthread_mutex_lock(&w->lock);
	if (!w->has_begun || writing_is_pending_locked(w) ||
		(w->n_changes == 0 && w->version == version))
		relation = RELATION_SAME;
	else if (w->n_saved > 0 && w->version > version)
		relation = RELATION_OLDER;
	pthread_mutex_unlock(&w->lock);
	return relation;
}

static void unlink_locked(struct writing *w)
{
	struct writing **link = &w->writings->chains[w->hash % CHAINS];

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	w->is_listed = false;
	atomic_fetch_sub(&w->writings->n_texts, 1);
}

/* The one that has the name and is to be shared, or made in its place; NULL: it is a later one. */
static struct writing *join_locked(struct writings *writings, struct writing *made,
	const struct writing_key *key, int64_t version)
{
	struct writing *w = find_locked(writings, key, made->hash);
	enum relation relation = w ? relate(w, version) : RELATION_OTHER;

	if (relation == RELATION_SAME)
		return w;
	if (w)
		w->references--;
	if (relation == RELATION_OLDER)
		return NULL;
	if (w)
		unlink_locked(w);
	list_locked(made);
	return made;
}

int writings_join(struct writings *writings, const struct writing_key *key, int64_t version,
	struct writing **ret_writing, struct error *err)
{
	struct writing *made = make(writings, key, hash_key(key));
	struct writing *w;

	if (!made)
		return error_set(err, ENOMEM, "out of memory");
	pthread_mutex_lock(&writings->lock);
	w = join_locked(writings, made, key, version);
	pthread_mutex_unlock(&writings->lock);
	if (w != made)
		release(made);
	*ret_writing = w;
	return w ? 0 : -EAGAIN;
}

void writing_unref(struct writing *w)
{
	struct writings *writings;
	bool is_last;

	if (!w)
		return;
	writings = w->writings;
	pthread_mutex_lock(&writings->lock);
	is_last = --w->references == 0;
	if (is_last && w->is_listed)
		unlink_locked(w);
	pthread_mutex_unlock(&writings->lock);
	if (!is_last)
		return;
	writing_leave(w);
	release(w);
}

void writing_leave_name(struct writing *w)
{
	pthread_mutex_lock(&w->writings->lock);
	if (w->is_listed)
		unlink_locked(w);
	pthread_mutex_unlock(&w->writings->lock);
}

void writing_cut_off(struct writing *w)
{
	writing_leave_name(w);
	pthread_mutex_lock(&w->lock);
	w->is_cut_off = true;
	pthread_mutex_unlock(&w->lock);
}
