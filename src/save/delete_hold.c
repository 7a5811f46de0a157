/* Names that are created again: nothing is deleted until it is known what becomes of them. */
#include <stdlib.h>

#include "base/call.h"
#include "cache/cache.h"
#include "save/deletes_private.h"
#include "save/hidden.h"
#include "save/outbox.h"

int deletes_hold(struct deletes *deletes, const struct call *call, const struct cache_dir *dir,
	const char *id, struct error *err)
{
	struct deletion *deletion;
	uint64_t number = 0;
	bool is_held = false;
	int ret = 0;

	if (!hidden_has(deletes->conf.hidden, dir, id))
		return 0;
	pthread_mutex_lock(&deletes->lock);
	deletion = delete_queue_find(&deletes->queue, dir, id);
	while (deletion && deletion->state == DELETION_SENDING && ret == 0) {
		ret = call_wait(call, &deletes->has_moved, &deletes->lock);
		deletion = delete_queue_find(&deletes->queue, dir, id);
	}
	if (ret == 0 && deletion && deletion->state == DELETION_WAITING) {
		deletion->state = DELETION_HELD;
		number = deletion->number;
		is_held = true;
		deletes->queue.n_deletions--;
	}
	pthread_mutex_unlock(&deletes->lock);
	if (is_held)
		outbox_drop(deletes->conf.outbox, number);
	if (ret < 0)
		return error_set(err, -ret, "%s/%s: it is just being deleted, which takes long",
			cache_dir_name(dir), id);
	return 0;
}

/* Out of those that are held; NULL: it is none of them. */
static struct deletion *take_held(
	struct deletes *deletes, const struct cache_dir *dir, const char *id)
{
	struct deletion *deletion;

	if (!hidden_has(deletes->conf.hidden, dir, id))
		return NULL;
	pthread_mutex_lock(&deletes->lock);
	deletion = delete_queue_find(&deletes->queue, dir, id);
	if (deletion && deletion->state == DELETION_HELD)
		delete_queue_remove(&deletes->queue, deletion);
	else
		deletion = NULL;
	pthread_mutex_unlock(&deletes->lock);
	return deletion;
}

int deletes_resume(struct deletes *deletes, struct cache_dir *dir, const char *id,
	bool *ret_has_resumed, struct error *err)
{
	struct deletion *deletion = take_held(deletes, dir, id);
	int ret = deletion ? deletes_enqueue(deletes, deletion, deletes->conf.delay_ms, err) : 0;

	*ret_has_resumed = deletion && ret == 0;
	return ret;
}

bool deletes_drop(struct deletes *deletes, const struct cache_dir *dir, const char *id)
{
	struct deletion *deletion = take_held(deletes, dir, id);

	if (!deletion)
		return false;
	hidden_remove(deletes->conf.hidden, dir, id);
	free(deletion);
	return true;
}
