#include "net/breaker.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"

#define PROBE_FIRST_MS 1000
#define PROBE_LAST_MS 30000

/* What a request says about the server. */
enum verdict { VERDICT_ALIVE, VERDICT_DEAD, VERDICT_NONE };

struct breaker {
	struct transport base;
	struct transport *inner;
	const struct clock *clock;
	pthread_mutex_t lock;
	/* all below guarded by lock */
	bool is_away;
	bool is_probing;        /* one request is out to see */
	unsigned failures;      /* in a row */
	uint64_t interval_ms;   /* between the last probe and the next */
	uint64_t next_probe_ms; /* not before */
	int64_t since_s;
	struct error failure; /* the last one */
};

static enum verdict judge(int ret, int status)
{
	switch (ret) {
	case 0:
		return status >= 502 && status <= 504 ? VERDICT_DEAD : VERDICT_ALIVE;
	case -EHOSTUNREACH:
	case -ETIMEDOUT:
	case -EPROTO:
	case -EIO:
		return VERDICT_DEAD;
	case -EFBIG:
		return VERDICT_ALIVE;
	default:
		return VERDICT_NONE;
	}
}

static void note_alive_locked(struct breaker *breaker)
{
	if (breaker->is_away)
		breaker->since_s = clock_wall_s(breaker->clock);
	breaker->is_away = false;
	breaker->failures = 0;
	breaker->failure = (struct error){ 0 };
}

static void note_dead_locked(struct breaker *breaker, const struct error *failure, bool is_probe)
{
	uint64_t now = clock_now_ms(breaker->clock);

	breaker->failure = *failure;
	breaker->failures++;
	if (is_probe) {
		breaker->interval_ms *= 2;
		if (breaker->interval_ms > PROBE_LAST_MS)
			breaker->interval_ms = PROBE_LAST_MS;
		breaker->next_probe_ms = now + breaker->interval_ms;
	} else if (!breaker->is_away && breaker->failures >= BREAKER_FAILURES) {
		breaker->is_away = true;
		breaker->since_s = clock_wall_s(breaker->clock);
		breaker->interval_ms = PROBE_FIRST_MS;
		breaker->next_probe_ms = now + breaker->interval_ms;
	}
}

/* 0: go on, as the probe or not; otherwise the failure of a server that is away. */
static int enter(struct breaker *breaker, bool *ret_is_probe, struct error *err)
{
	struct error failure;
	bool is_refused, is_probe;

	pthread_mutex_lock(&breaker->lock);
	is_refused = breaker->is_away &&
		     (breaker->is_probing || clock_now_ms(breaker->clock) < breaker->next_probe_ms);
	is_probe = breaker->is_away && !is_refused;
	if (is_probe)
		breaker->is_probing = true;
	failure = breaker->failure;
	pthread_mutex_unlock(&breaker->lock);
	*ret_is_probe = is_probe;
	if (!is_refused)
		return 0;
	return error_set_http(err, failure.errnum, failure.http_status, failure.trace_id,
		"not asked, as the server is away: %s", failure.text);
}

static void leave(
	struct breaker *breaker, enum verdict verdict, const struct error *failure, bool is_probe)
{
	pthread_mutex_lock(&breaker->lock);
	if (is_probe)
		breaker->is_probing = false;
	if (verdict == VERDICT_ALIVE)
		note_alive_locked(breaker);
	else if (verdict == VERDICT_DEAD)
		note_dead_locked(breaker, failure, is_probe);
	pthread_mutex_unlock(&breaker->lock);
}

static int breaker_perform(struct transport *t, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct breaker *breaker = (struct breaker *)t;
	struct error failure = { 0 };
	bool is_probe;
	int ret;

	ret = enter(breaker, &is_probe, err);
	if (ret < 0)
		return ret;
	ret = transport_perform(breaker->inner, call, req, res, &failure);
	if (ret < 0 && err)
		*err = failure;
	if (ret == 0)
		error_set_http(
			&failure, EIO, res->status, NULL, "the server answers %d", res->status);
	leave(breaker, judge(ret, res->status), &failure, is_probe);
	return ret;
}

static void breaker_free(struct transport *t)
{
	struct breaker *breaker = (struct breaker *)t;

	pthread_mutex_destroy(&breaker->lock);
	free(breaker);
}

struct transport *breaker_new(struct transport *inner, const struct clock *clock)
{
	static const struct transport_ops ops = {
		.name = "breaker",
		.perform = breaker_perform,
		.free = breaker_free,
	};
	struct breaker *breaker = calloc(1, sizeof(*breaker));

	if (!breaker)
		return NULL;
	breaker->base.ops = &ops;
	breaker->inner = inner;
	breaker->clock = clock;
	pthread_mutex_init(&breaker->lock, NULL);
	return &breaker->base;
}

void breaker_get_status(struct transport *t, struct breaker_status *ret_status)
{
	struct breaker *breaker = (struct breaker *)t;

	pthread_mutex_lock(&breaker->lock);
	ret_status->is_away = breaker->is_away;
	ret_status->since_s = breaker->since_s;
	ret_status->failures = breaker->failures;
	snprintf(ret_status->reason, sizeof(ret_status->reason), "%.*s",
		(int)sizeof(ret_status->reason) - 1, breaker->failure.text);
	pthread_mutex_unlock(&breaker->lock);
}
