/*
 * A thread that takes no signals: those are for the main thread, and a write to a connection that
 * is closed must not raise SIGPIPE.
 *
 *	ret = thread_start(&thread, run, payload);
 *	pthread_join(thread, NULL);
 *
 * Any thread may call.
 */
#ifndef SQUIDEXFS_BASE_THREAD_H
#define SQUIDEXFS_BASE_THREAD_H

#include <pthread.h>

/* 0 or a negative errno. */
int thread_start(pthread_t *ret_thread, void *(*run)(void *payload), void *payload);

#endif
