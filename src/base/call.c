#include "base/call.h"

#include <errno.h>
#include <time.h>

struct call call_begin(const struct clock *clock, uint64_t timeout_ms)
{
	uint64_t now = clock_now_ms(clock);

	return (struct call){
		.clock = clock,
		.started_ms = now,
		.deadline_ms = now + timeout_ms,
	};
}

uint64_t call_left_ms(const struct call *call)
{
	uint64_t now = clock_now_ms(call->clock);

	return now < call->deadline_ms ? call->deadline_ms - now : 0;
}

struct call call_patient(const struct call *call)
{
	struct call patient = *call;

	patient.is_interrupted = NULL;
	return patient;
}

bool call_is_cancelled(const struct call *call)
{
	if (!call->is_interrupted)
		return false;
	if (clock_now_ms(call->clock) < call->started_ms + CALL_PATIENCE_MS)
		return false;
	return call->is_interrupted(call->payload);
}

int call_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int ret;

	ret = pthread_condattr_init(&attr);
	if (ret)
		return -ret;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	ret = pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
	return -ret;
}

int call_wait(const struct call *call, pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	uint64_t left = call_left_ms(call);
	struct timespec until;

	if (left == 0)
		return -ETIMEDOUT;
	if (call_is_cancelled(call))
		return -EINTR;
	if (left > CALL_POLL_MS)
		left = CALL_POLL_MS;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)left * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(cond, mutex, &until);
	return 0;
}
