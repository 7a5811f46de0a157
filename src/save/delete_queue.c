#include "save/delete_queue.h"

#include <stdlib.h>
#include <string.h>

/* The next try, while the server is away: twice as long after each, up to half a minute. */
#define AGAIN_FIRST_MS 1000
#define AGAIN_MAX_MS 30000

void delete_queue_init(struct delete_queue *queue)
{
	*queue = (struct delete_queue){ .end = &queue->first };
}

struct deletion *deletion_new(struct cache_dir *dir, const char *id, int64_t version)
{
	size_t size = strlen(id) + 1;
	struct deletion *deletion = calloc(1, sizeof(*deletion) + size);

	if (!deletion)
		return NULL;
	deletion->dir = dir;
	deletion->version = version;
	memcpy(deletion->id, id, size);
	return deletion;
}

struct deletion *delete_queue_find(
	const struct delete_queue *queue, const struct cache_dir *dir, const char *id)
{
	struct deletion *deletion = queue->first;

	while (deletion && !(deletion->dir == dir && strcmp(deletion->id, id) == 0))
		deletion = deletion->next;
	return deletion;
}

void delete_queue_append(struct delete_queue *queue, struct deletion *deletion)
{
	deletion->next = NULL;
	*queue->end = deletion;
	queue->end = &deletion->next;
	queue->n_deletions++;
}

void delete_queue_remove(struct delete_queue *queue, const struct deletion *deletion)
{
	struct deletion **link = &queue->first;

	while (*link != deletion)
		link = &(*link)->next;
	*link = deletion->next;
	if (queue->end == &deletion->next)
		queue->end = link;
	if (deletion->state != DELETION_HELD)
		queue->n_deletions--;
}

uint64_t delete_queue_next_ms(const struct delete_queue *queue, uint64_t delay_ms)
{
	uint64_t oldest_ms = UINT64_MAX, newest_ms = 0, again_ms = UINT64_MAX;

	for (const struct deletion *deletion = queue->first; deletion; deletion = deletion->next) {
		uint64_t due_ms = deletion->due_ms;

		if (deletion->state != DELETION_WAITING)
			continue;
		if (deletion->n_tries > 0) {
			again_ms = due_ms < again_ms ? due_ms : again_ms;
			continue;
		}
		oldest_ms = due_ms < oldest_ms ? due_ms : oldest_ms;
		newest_ms = due_ms > newest_ms ? due_ms : newest_ms;
	}
	if (oldest_ms == UINT64_MAX)
		return again_ms;
	if (newest_ms > oldest_ms + delay_ms)
		newest_ms = oldest_ms + delay_ms;
	return newest_ms < again_ms ? newest_ms : again_ms;
}

size_t delete_queue_take(
	struct delete_queue *queue, uint64_t until_ms, struct deletion **batch, size_t batch_max)
{
	size_t n = 0;

	for (struct deletion *deletion = queue->first; deletion && n < batch_max;
		deletion = deletion->next) {
		if (deletion->state != DELETION_WAITING || deletion->due_ms > until_ms ||
			(n > 0 && deletion->dir != batch[0]->dir))
			continue;
		deletion->state = DELETION_SENDING;
		deletion->n_gone = queue->n_gone;
		batch[n++] = deletion;
	}
	return n;
}

void deletion_put_back(struct deletion *deletion, uint64_t now_ms, enum deletion_state state)
{
	uint64_t wait_ms = AGAIN_FIRST_MS;

	for (unsigned i = 0; i < deletion->n_tries && wait_ms < AGAIN_MAX_MS; i++)
		wait_ms *= 2;
	if (wait_ms > AGAIN_MAX_MS)
		wait_ms = AGAIN_MAX_MS;
	/* A look at the item has shown that nothing was done: there is nothing to wait for. */
	if (deletion->n_lost > 0 && !deletion->is_doubtful && deletion->n_tries == 0)
		wait_ms = 0;
	deletion->n_tries++;
	deletion->due_ms = now_ms + wait_ms;
	deletion->state = state;
}

/* Each wait has something to wait for: items that were not sent before, or fewer of them. */
bool delete_queue_may_wait(
	const struct delete_queue *queue, struct deletion *deletion, uint64_t now_ms)
{
	const struct deletion *other = NULL;

	for (const struct deletion *at = queue->first; at; at = at->next) {
		if (at->state == DELETION_WAITING && at->n_tries == 0)
			other = at;
	}
	if (!other && deletion->n_gone == queue->n_gone)
		return false;
	deletion->n_tries++;
	deletion->due_ms = other && other->due_ms > now_ms ? other->due_ms : now_ms;
	deletion->state = DELETION_WAITING;
	return true;
}
