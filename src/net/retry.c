#include "net/retry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"

struct retry {
	struct transport base;
	struct transport *inner;
	const struct clock *clock;
};

static bool may_repeat_answer(const struct retry_outcome *outcome)
{
	switch (outcome->status) {
	case 408:
	case 502:
	case 503:
	case 504:
		return outcome->is_repeatable;
	case 429:
		return outcome->retry_after_ms >= 0;
	default:
		return false;
	}
}

static bool may_repeat_failure(const struct retry_outcome *outcome)
{
	switch (outcome->ret) {
	case -EHOSTUNREACH:
		return true;
	case -ETIMEDOUT:
	case -EIO:
		return outcome->is_repeatable;
	default:
		return false;
	}
}

static long backoff_ms(const struct retry_outcome *outcome)
{
	uint64_t ceiling = (uint64_t)RETRY_FIRST_MS << (outcome->tries - 1);

	if (ceiling > RETRY_LAST_MS)
		ceiling = RETRY_LAST_MS;
	return (long)(ceiling * outcome->random / UINT32_MAX);
}

long retry_next(const struct retry_outcome *outcome)
{
	long wait_ms;

	if (outcome->tries >= RETRY_TRIES_MAX)
		return -1;
	if (outcome->ret == 0 ? !may_repeat_answer(outcome) : !may_repeat_failure(outcome))
		return -1;
	if (outcome->ret == 0 && outcome->retry_after_ms >= 0)
		wait_ms = outcome->retry_after_ms;
	else
		wait_ms = backoff_ms(outcome);
	return (uint64_t)wait_ms < outcome->left_ms ? wait_ms : -1;
}

/* Waits for wait_ms. Returns 0 or -EINTR. */
static int pause_between(const struct retry *retry, const struct call *call, long wait_ms)
{
	struct call nap = *call;
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t never;
	int ret;

	ret = call_cond_init(&never);
	if (ret < 0)
		return ret;
	nap.deadline_ms = clock_now_ms(retry->clock) + (uint64_t)wait_ms;
	pthread_mutex_lock(&mutex);
	do {
		ret = call_wait(&nap, &never, &mutex);
	} while (ret == 0);
	pthread_mutex_unlock(&mutex);
	pthread_cond_destroy(&never);
	pthread_mutex_destroy(&mutex);
	return ret == -ETIMEDOUT ? 0 : ret;
}

static int retry_perform(struct transport *t, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct retry *retry = (struct retry *)t;
	struct retry_outcome outcome = { .is_repeatable = req->is_repeatable };

	for (;;) {
		long wait_ms;
		int ret;

		outcome.ret = transport_perform(retry->inner, call, req, res, err);
		outcome.status = outcome.ret == 0 ? res->status : 0;
		outcome.retry_after_ms = outcome.ret == 0 ? res->retry_after_ms : -1;
		outcome.tries++;
		outcome.left_ms = call_left_ms(call);
		outcome.random = arc4random();
		wait_ms = res->is_final ? -1 : retry_next(&outcome);
		if (wait_ms < 0)
			break;
		http_response_release(res);
		ret = pause_between(retry, call, wait_ms);
		if (ret < 0)
			return error_set(err, -ret, "interrupted before try %u", outcome.tries + 1);
	}
	if (outcome.ret < 0 && outcome.tries > 1 && !res->is_final)
		error_prefix(err, "tried %u times", outcome.tries);
	return outcome.ret;
}

static void retry_free(struct transport *t)
{
	free(t);
}

struct transport *retry_new(struct transport *inner, const struct clock *clock)
{
	static const struct transport_ops ops = {
		.name = "retry",
		.perform = retry_perform,
		.free = retry_free,
	};
	struct retry *retry = calloc(1, sizeof(*retry));

	if (!retry)
		return NULL;
	retry->base.ops = &ops;
	retry->inner = inner;
	retry->clock = clock;
	return &retry->base;
}
