#include "save/turns.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "cache/cache.h"

struct turns {
	pthread_mutex_t lock;
	pthread_cond_t has_moved;
	struct turn *first; /* guarded by lock, as the links */
	struct turn **end;
};

struct turns *turns_new(void)
{
	struct turns *turns = calloc(1, sizeof(*turns));

	if (!turns)
		return NULL;
	if (call_cond_init(&turns->has_moved) < 0) {
		free(turns);
		return NULL;
	}
	pthread_mutex_init(&turns->lock, NULL);
	turns->end = &turns->first;
	return turns;
}

void turns_free(struct turns *turns)
{
	if (!turns)
		return;
	pthread_cond_destroy(&turns->has_moved);
	pthread_mutex_destroy(&turns->lock);
	free(turns);
}

static bool has_come_locked(const struct turns *turns, const struct turn *turn)
{
	const struct turn *at = turns->first;

	while (!(at->dir == turn->dir && strcmp(at->id, turn->id) == 0))
		at = at->next;
	return at == turn;
}

static void unlink_locked(struct turns *turns, const struct turn *turn)
{
	struct turn **link = &turns->first;

	while (*link != turn)
		link = &(*link)->next;
	*link = turn->next;
	if (turns->end == &turn->next)
		turns->end = link;
	pthread_cond_broadcast(&turns->has_moved);
}

int turns_take(struct turns *turns, const struct call *call, struct turn *turn, struct error *err)
{
	int ret = 0;

	turn->next = NULL;
	pthread_mutex_lock(&turns->lock);
	*turns->end = turn;
	turns->end = &turn->next;
	while (ret == 0 && !has_come_locked(turns, turn))
		ret = call_wait(call, &turns->has_moved, &turns->lock);
	if (ret < 0)
		unlink_locked(turns, turn);
	pthread_mutex_unlock(&turns->lock);
	if (ret < 0)
		return error_set(err, -ret, "%s/%s: waited in vain for another save of it",
			cache_dir_name(turn->dir), turn->id);
	return 0;
}

void turns_give(struct turns *turns, const struct turn *turn)
{
	pthread_mutex_lock(&turns->lock);
	unlink_locked(turns, turn);
	pthread_mutex_unlock(&turns->lock);
}
