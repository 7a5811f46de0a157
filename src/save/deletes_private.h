/*
 * What waits to be deleted, for the files that it is spread over: deletes.c (its life, the thread),
 * delete_hold.c (names that are created again). Internal to save/.
 */
#ifndef SQUIDEXFS_SAVE_DELETES_PRIVATE_H
#define SQUIDEXFS_SAVE_DELETES_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "save/delete_queue.h"
#include "save/deletes.h"

struct deletes {
	struct deletes_conf conf;

	pthread_mutex_t lock;
	pthread_cond_t
		has_moved; /* something was added, has got its verdict, or the end has come */
	/* From here on guarded by lock. */
	struct delete_queue queue;
	bool has_thread, is_ending;
	uint64_t end_ms; /* of the last requests, when is_ending */
	pthread_t thread;

	pthread_mutex_t observer_lock; /* held while it is called */
	deletes_refused_fn on_refused; /* guarded by observer_lock, as its payload; NULL: none */
	void *observer;
};

/* Takes the deletion over: it waits from now on, or it is freed and the item is shown. */
int deletes_enqueue(
	struct deletes *deletes, struct deletion *deletion, uint64_t delay_ms, struct error *err);

#endif
