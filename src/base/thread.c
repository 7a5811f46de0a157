#include "base/thread.h"

#include <signal.h>

int thread_start(pthread_t *ret_thread, void *(*run)(void *payload), void *payload)
{
	sigset_t all, before;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(ret_thread, NULL, run, payload);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -failure;
}
