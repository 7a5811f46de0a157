#include "fs/lists.h"

#include <pthread.h>
#include <stdlib.h>

/* While the kernel's list is not known to be good, and may become so. */
#define BRIEF_MS 1000

/* What the kernel has: nothing; a part, which it does not show; all, or so it may think. */
enum list_state { LIST_EMPTY, LIST_PART, LIST_WHOLE };

struct list {
	struct list *next;
	uint64_t dir;
	uint64_t stamp; /* of what the kernel has; 0: it has none that is known */
	uint64_t until_ms;
	uint64_t serial; /* of the reading that fills it */
	enum list_state state;
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

static enum list_word open_locked(struct list *list, uint64_t stamp, uint64_t now_ms)
{
	list->n_open++;
	if (is_good(list, stamp, now_ms))
		return LIST_KEEP;
	spoil(list);
	if (list->state == LIST_PART)
		return LIST_KEEP;
	list->state = LIST_EMPTY;
	return LIST_DROP;
}

enum list_word lists_open(struct lists *lists, uint64_t dir, uint64_t stamp, uint64_t now_ms,
	struct list_reading *ret_reading)
{
	enum list_word word = LIST_IGNORE;
	struct list *list;

	*ret_reading = (struct list_reading){ 0 };
	if (stamp == 0)
		return LIST_IGNORE;
	pthread_mutex_lock(&lists->lock);
	list = find_locked(lists, dir);
	if (!list)
		list = add_locked(lists, dir);
	if (list) {
		word = open_locked(list, stamp, now_ms);
		ret_reading->list = list;
	}
	pthread_mutex_unlock(&lists->lock);
	return word;
}

void lists_begin(struct lists *lists, struct list_reading *reading, uint64_t stamp)
{
	struct list *list = reading->list;

	if (!list)
		return;
	pthread_mutex_lock(&lists->lock);
	spoil(list);
	reading->stamp = list->state == LIST_EMPTY && list->n_open == 1 ? stamp : 0;
	reading->serial = list->serial;
	list->state = LIST_PART;
	pthread_mutex_unlock(&lists->lock);
}

void lists_end(
	struct lists *lists, const struct list_reading *reading, uint64_t stamp, uint64_t until_ms)
{
	struct list *list = reading->list;

	if (!list)
		return;
	pthread_mutex_lock(&lists->lock);
	list->state = LIST_WHOLE;
	if (stamp && reading->stamp == stamp && reading->serial == list->serial) {
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
	if (list && list->state == LIST_WHOLE && !is_good(list, stamp, now_ms)) {
		is_outdated = true;
		list->state = LIST_EMPTY;
		spoil(list);
	}
	pthread_mutex_unlock(&lists->lock);
	return is_outdated;
}
