#include "tree/locals.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct entry {
	struct local local;
	struct entry *next; /* of a lesser number */
};

struct locals {
	_Atomic size_t n_entries; /* changed with the lock held */
	pthread_mutex_t lock;
	/* From here on guarded by lock. */
	struct entry *first;
	uint64_t last_number;
};

struct locals *locals_new(void)
{
	struct locals *locals = calloc(1, sizeof(*locals));

	if (!locals)
		return NULL;
	pthread_mutex_init(&locals->lock, NULL);
	return locals;
}

void locals_free(struct locals *locals)
{
	struct entry *entry, *next;

	if (!locals)
		return;
	for (entry = locals->first; entry; entry = next) {
		next = entry->next;
		free(entry);
	}
	pthread_mutex_destroy(&locals->lock);
	free(locals);
}

static struct entry **find_locked(
	struct locals *locals, const struct cache_dir *dir, const char *id)
{
	struct entry **link = &locals->first;

	while (*link && !((*link)->local.dir == dir && strcmp((*link)->local.id, id) == 0))
		link = &(*link)->next;
	return link;
}

static int check_locked(struct locals *locals, const struct local *local, struct error *err)
{
	if (*find_locked(locals, local->dir, local->id))
		return -EEXIST;
	if (atomic_load(&locals->n_entries) == LOCALS_MAX)
		return error_set(
			err, ENOSPC, "there are %d new items without a text already", LOCALS_MAX);
	return 0;
}

int locals_add(
	struct locals *locals, const struct local *local, uint64_t *ret_number, struct error *err)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int ret;

	if (!entry)
		return error_set(err, ENOMEM, "out of memory");
	pthread_mutex_lock(&locals->lock);
	ret = check_locked(locals, local, err);
	if (ret == 0) {
		entry->local = *local;
		entry->local.number = ++locals->last_number;
		entry->next = locals->first;
		locals->first = entry;
		atomic_fetch_add(&locals->n_entries, 1);
		*ret_number = entry->local.number;
		entry = NULL;
	}
	pthread_mutex_unlock(&locals->lock);
	free(entry);
	return ret;
}

bool locals_find(
	struct locals *locals, const struct cache_dir *dir, const char *id, struct local *ret_local)
{
	const struct entry *entry;

	/* For each item of a list, of which there are many, and of these none. */
	if (atomic_load(&locals->n_entries) == 0)
		return false;
	pthread_mutex_lock(&locals->lock);
	entry = *find_locked(locals, dir, id);
	if (entry && ret_local)
		*ret_local = entry->local;
	pthread_mutex_unlock(&locals->lock);
	return entry;
}

bool locals_get(struct locals *locals, uint64_t number, struct local *ret_local)
{
	const struct entry *entry;

	pthread_mutex_lock(&locals->lock);
	for (entry = locals->first; entry && entry->local.number != number;)
		entry = entry->next;
	if (entry)
		*ret_local = entry->local;
	pthread_mutex_unlock(&locals->lock);
	return entry;
}

bool locals_next(
	struct locals *locals, const struct cache_dir *dir, uint64_t after, struct local *ret_local)
{
	const struct entry *next = NULL;

	pthread_mutex_lock(&locals->lock);
	for (const struct entry *e = locals->first; e && e->local.number > after; e = e->next) {
		if (e->local.dir == dir)
			next = e;
	}
	if (next)
		*ret_local = next->local;
	pthread_mutex_unlock(&locals->lock);
	return next;
}

/* Returns what is to be freed. */
static struct entry *take_locked(struct locals *locals, struct entry **link)
{
	struct entry *entry = *link;

	if (entry) {
		*link = entry->next;
		atomic_fetch_sub(&locals->n_entries, 1);
	}
	return entry;
}

void locals_remove(struct locals *locals, const struct cache_dir *dir, const char *id)
{
	struct entry *entry;

	pthread_mutex_lock(&locals->lock);
	entry = take_locked(locals, find_locked(locals, dir, id));
	pthread_mutex_unlock(&locals->lock);
	free(entry);
}

void locals_drop(struct locals *locals, uint64_t number)
{
	struct entry **link, *entry;

	pthread_mutex_lock(&locals->lock);
	for (link = &locals->first; *link && (*link)->local.number != number;)
		link = &(*link)->next;
	entry = take_locked(locals, link);
	pthread_mutex_unlock(&locals->lock);
	free(entry);
}
