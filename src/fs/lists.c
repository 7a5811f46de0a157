#include "fs/lists.h"

#include <pthread.h>
#include <stdlib.h>

/* While the kernel's list is not known to be good, and may become so. */
#define BRIEF_MS 1000

struct list {
	struct list *next;
	uint64_t dir;
	uint64_t stamp; /* of what the kernel has; 0: it has none that is known */
	uint64_t until_ms;
	uint64_t serial; /* of the reading that fills it */
	bool is_filled;  /* something was read since it was dropped */
	unsigned n_open;
};

struct lists {
	pthread_mutex_t lock;
	struct list *first; /* guarded by lock; one for each directory that was opened */
};

struct lists *lists_new(void)
{
	struct lists *lists = calloc(1, sizeof(*lists));

	if (lists)
		pthread_mutex_init(&lists->lock, NULL);
	return lists;
}

void lists_free(struct lists *lists)
{
	struct list *list;

	if (!lists)
		return;
	list = lists->first;
	while (list) {
		struct list *next = list->next;

		free(list);
		list = next;
	}
	pthread_mutex_destroy(&lists->lock);
	free(lists);
}

static struct list *find_locked(struct lists *lists, uint64_t dir)
{
	struct list *list = lists->first;

	while (list && list->dir != dir)
		list = list->next;
	return list;
}

static struct list *add_locked(struct lists *lists, uint64_t dir)
{
	struct list *list = calloc(1, sizeof(*list));

	if (!list)
		return NULL;
	list->dir = dir;
	list->next = lists->first;
	lists->first = list;
	return list;
}

static bool is_good(const struct list *list, uint64_t stamp, uint64_t now_ms)
{
	return list->stamp && list->stamp == stamp && now_ms < list->until_ms;
}

/* Whoever is reading it does not make it good. */
static void spoil(struct list *list)
{
	list->stamp = 0;
	list->serial++;
}

bool lists_open(struct lists *lists, uint64_t dir, uint64_t stamp, uint64_t now_ms,
	struct list_reading *ret_reading)
{
	bool is_kept = false;
	struct list *list;

	pthread_mutex_lock(&lists->lock);
	list = find_locked(lists, dir);
	if (!list)
		list = add_locked(lists, dir);
	*ret_reading = (struct list_reading){ .list = list };
	if (list) {
		list->n_open++;
		is_kept = is_good(list, stamp, now_ms);
	}
	if (list && !is_kept) {
		spoil(list);
		list->is_filled = false;
	}
	pthread_mutex_unlock(&lists->lock);
	return is_kept;
}

bool lists_begin(struct lists *lists, struct list_reading *reading, uint64_t stamp)
{
	struct list *list = reading->list;
	bool must_drop;

	if (!list)
		return false;
	pthread_mutex_lock(&lists->lock);
	spoil(list);
	reading->stamp = stamp;
	reading->serial = list->serial;
	reading->is_alone = list->n_open == 1;
	must_drop = list->is_filled;
	list->is_filled = true;
	pthread_mutex_unlock(&lists->lock);
	return must_drop;
}

void lists_complete(
	struct lists *lists, const struct list_reading *reading, uint64_t stamp, uint64_t until_ms)
{
	struct list *list = reading->list;

	if (!list || !reading->is_alone || reading->stamp == 0 || reading->stamp != stamp)
		return;
	pthread_mutex_lock(&lists->lock);
	if (list->serial == reading->serial) {
		list->stamp = stamp;
		list->until_ms = until_ms;
	}
	pthread_mutex_unlock(&lists->lock);
}

void lists_close(struct lists *lists, struct list_reading *reading)
{
	if (!reading->list)
		return;
	pthread_mutex_lock(&lists->lock);
	reading->list->n_open--;
	pthread_mutex_unlock(&lists->lock);
	reading->list = NULL;
}

uint64_t lists_attribute_ms(struct lists *lists, uint64_t dir, uint64_t now_ms)
{
	const struct list *list;
	uint64_t ms = BRIEF_MS;

	pthread_mutex_lock(&lists->lock);
	list = find_locked(lists, dir);
	if (list && list->stamp)
		ms = list->until_ms > now_ms ? list->until_ms - now_ms : 0;
	pthread_mutex_unlock(&lists->lock);
	return ms;
}

bool lists_is_outdated(struct lists *lists, uint64_t dir, uint64_t stamp, uint64_t now_ms)
{
	bool is_outdated = false;
	struct list *list;

	pthread_mutex_lock(&lists->lock);
	list = find_locked(lists, dir);
	if (list && list->is_filled && !is_good(list, stamp, now_ms)) {
		is_outdated = true;
		list->is_filled = false;
		spoil(list);
	}
	pthread_mutex_unlock(&lists->lock);
	return is_outdated;
}
