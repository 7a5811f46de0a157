/*
 * One operation of a user, on its way down the layers: how long it may take and
 * whether its process still wants the answer.
 *
 * Made on the stack by whoever begins the operation, passed down as
 * `const struct call *`, borrowed until the function returns. Whatever blocks asks
 * it: nothing waits past deadline_ms, and an interrupted call ends with -EINTR
 * once it has waited CALL_PATIENCE_MS (an EINTR at once breaks git and Go
 * programs, which get signals all the time).
 */
#ifndef SQUIDEXFS_BASE_CALL_H
#define SQUIDEXFS_BASE_CALL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* An interrupt counts after so long a wait. */
#define CALL_PATIENCE_MS 1000

/* How often a wait looks whether its call was interrupted. */
#define CALL_POLL_MS 50

struct call {
	const struct clock *clock;
	uint64_t started_ms;
	uint64_t deadline_ms;                  /* of the same clock */
	bool (*is_interrupted)(void *payload); /* NULL: cannot be; any thread may call it */
	void *payload;
};

/* A call that nothing interrupts, with timeout_ms from now. */
struct call call_begin(const struct clock *clock, uint64_t timeout_ms);

/* The same call, but for that nothing interrupts it. */
struct call call_patient(const struct call *call);

/* Milliseconds left; 0 once the deadline has passed. */
uint64_t call_left_ms(const struct call *call);

/* Interrupted, and old enough for it to count. */
bool call_is_cancelled(const struct call *call);

/*
 * Waits on cond, with mutex held, until signalled or for CALL_POLL_MS at most.
 * Returns 0 (look at your condition again), -EINTR or -ETIMEDOUT.
 * The condition variable must use CLOCK_MONOTONIC: call_cond_init.
 */
int call_wait(const struct call *call, pthread_cond_t *cond, pthread_mutex_t *mutex);
int call_cond_init(pthread_cond_t *cond);

#endif
