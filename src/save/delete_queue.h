/*
 * The deletions that wait, are being sent, or are held, in the order of their removal. A list for
 * deletes.c and delete_hold.c, which guard it by their lock; nothing here blocks.
 *
 *	delete_queue_init(&queue);
 *	deletion = deletion_new(dir, "x", version);
 *	delete_queue_append(&queue, deletion);
 *	n = delete_queue_take(&queue, now_ms, batch, batch_max);	-- they are DELETION_SENDING
 *	delete_queue_remove(&queue, deletion);			-- and free it
 *
 * Internal to save/.
 */
#ifndef SQUIDEXFS_SAVE_DELETE_QUEUE_H
#define SQUIDEXFS_SAVE_DELETE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct cache_dir;

enum deletion_state {
	DELETION_WAITING,
	DELETION_SENDING,
	DELETION_HELD,
	DELETION_LEFT, /* for the next mount */
};

struct deletion {
	struct cache_dir *dir;
	int64_t version;
	uint64_t number; /* in the outbox */

	/* Of whoever sends it. */
	unsigned n_lost;     /* answers */
	bool is_doubtful;    /* it may be done: read the item first */
	struct error reason; /* of the latest failure */

	/* Guarded by the lock of the queue. */
	enum deletion_state state;
	unsigned n_tries; /* that brought no verdict */
	uint64_t n_gone;  /* how many were, of all, when it was sent */
	uint64_t due_ms;
	struct deletion *next;
	char id[];
};

struct delete_queue {
	struct deletion *first, **end;
	size_t n_deletions; /* but those that are held */
	uint64_t n_gone;    /* that were deleted so far */
};

struct deletion *deletion_new(struct cache_dir *dir, const char *id, int64_t version);

/* The server did not say: later (WAITING), or in the next mount (LEFT). */
void deletion_put_back(struct deletion *deletion, uint64_t now_ms, enum deletion_state state);

void delete_queue_init(struct delete_queue *queue);
struct deletion *delete_queue_find(
	const struct delete_queue *queue, const struct cache_dir *dir, const char *id);
void delete_queue_append(struct delete_queue *queue, struct deletion *deletion);
void delete_queue_remove(struct delete_queue *queue, const struct deletion *deletion);

/*
 * It was refused as others refer to it: true, and it waits, where those may be among what is
 * deleted meanwhile. So a directory whose items refer to each other goes as a whole.
 */
bool delete_queue_may_wait(
	const struct delete_queue *queue, struct deletion *deletion, uint64_t now_ms);

/*
 * When something is to be sent; UINT64_MAX: not yet known. What is removed one after the other goes
 * together: the first waits until the last is due, but no longer than twice the delay.
 */
uint64_t delete_queue_next_ms(const struct delete_queue *queue, uint64_t delay_ms);

/* What waits and is due by then, of one schema. */
size_t delete_queue_take(
	struct delete_queue *queue, uint64_t until_ms, struct deletion **batch, size_t batch_max);

#endif
