#include "net/breaker.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/call.h"
#include "base/error.h"
#include "base/log.h"
#include "net/probe.h"
#include "net/transport.h"
#include "net/url.h"

#define PROBE_FIRST_MS 1000
#define PROBE_LAST_MS 30000

/* What a request says about the server. */
enum verdict { VERDICT_ALIVE, VERDICT_DEAD, VERDICT_NONE };

struct breaker {
	struct transport base;
	struct transport *inner, *probes;
	const struct clock *clock;
	pthread_mutex_t lock;
	/* all below guarded by lock */
	char host[URL_HOST_MAX];
	bool is_away;
	bool is_probing;        /* one request is out to see */
	struct probe *probe;    /* the latest; it has ended unless is_probing */
	unsigned failures;      /* in a row */
	unsigned timeouts;      /* among them, those that used up their call's time */
	uint64_t interval_ms;   /* between the last probe and the next */
	uint64_t next_probe_ms; /* not before */
	int64_t since_s;
	struct error failure; /* the last one */
};

static enum verdict get_verdict(int ret, int status)
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

/* How a request ended. */
struct outcome {
	enum verdict verdict;
	struct error failure; /* of VERDICT_DEAD */
	bool has_run_out;     /* used up its call's time */
	bool is_probe;
};

/* What has changed, for the log, which is not written with the lock held. */
enum change { CHANGE_NONE, CHANGE_AWAY, CHANGE_BACK };

struct news {
	enum change change;
	char host[URL_HOST_MAX];
	struct error failure;
	int64_t away_s;
};

static void log_news(const struct news *news)
{
	if (news->change == CHANGE_AWAY)
		log_line(LOG_WARN, "the server %s is away: %s", news->host, news->failure.text);
	else if (news->change == CHANGE_BACK)
		log_line(LOG_NOTE, "the server %s is back, after %" PRId64 " s", news->host,
			news->away_s);
}

static void turn_locked(struct breaker *breaker, enum change change, struct news *news)
{
	int64_t now_s = clock_wall_s(breaker->clock);

	news->change = change;
	news->away_s = now_s - breaker->since_s;
	news->failure = breaker->failure;
	memcpy(news->host, breaker->host, sizeof(news->host));
	breaker->is_away = change == CHANGE_AWAY;
	breaker->since_s = now_s;
}

static void note_alive_locked(struct breaker *breaker, struct news *news)
{
	if (breaker->is_away)
		turn_locked(breaker, CHANGE_BACK, news);
	breaker->failures = 0;
	breaker->timeouts = 0;
	breaker->failure = (struct error){ 0 };
}

static void note_dead_locked(
	struct breaker *breaker, const struct outcome *outcome, struct news *news)
{
	uint64_t now = clock_now_ms(breaker->clock);

	breaker->failure = outcome->failure;
	breaker->failures++;
	breaker->timeouts += outcome->has_run_out;
	if (outcome->is_probe) {
		breaker->interval_ms *= 2;
		if (breaker->interval_ms > PROBE_LAST_MS)
			breaker->interval_ms = PROBE_LAST_MS;
		breaker->next_probe_ms = now + breaker->interval_ms;
	} else if (!breaker->is_away && (breaker->failures >= BREAKER_FAILURES ||
						breaker->timeouts >= BREAKER_TIMEOUTS)) {
		turn_locked(breaker, CHANGE_AWAY, news);
		breaker->interval_ms = PROBE_FIRST_MS;
		breaker->next_probe_ms = now + breaker->interval_ms;
	}
}

static void leave(struct breaker *breaker, const struct outcome *outcome)
{
	struct news news = { .change = CHANGE_NONE };

	pthread_mutex_lock(&breaker->lock);
	if (outcome->is_probe)
		breaker->is_probing = false;
	if (outcome->verdict == VERDICT_ALIVE)
		note_alive_locked(breaker, &news);
	else if (outcome->verdict == VERDICT_DEAD)
		note_dead_locked(breaker, outcome, &news);
	pthread_mutex_unlock(&breaker->lock);
	log_news(&news);
}

/* An answer can be a failure too. */
static struct outcome judge(int ret, int status, const struct error *failure)
{
	struct outcome outcome = { .verdict = get_verdict(ret, status), .failure = *failure };

	if (ret == 0)
		error_set_http(
			&outcome.failure, EIO, status, NULL, "the server answers %d", status);
	return outcome;
}

static void end_probe(void *payload, int ret, int status, const struct error *err)
{
	struct outcome outcome = judge(ret, status, err);

	outcome.is_probe = true;
	if (ret == -EACCES)
		outcome.verdict = VERDICT_ALIVE;
	leave(payload, &outcome);
}

/* The failure of a server that is away. */
static int refuse(const struct error *failure, int64_t since_s, struct error *err)
{
	char since[32] = "";
	struct tm tm;
	int ret;

	if (gmtime_r(&(time_t){ since_s }, &tm))
		strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &tm);
	ret = error_set_http(err, failure->errnum, failure->http_status, failure->trace_id,
		"not asked, as the server is away since %s: %s", since, failure->text);
	error_mark_told(err);
	return ret;
}

/* The thread of the probe before it has ended, or is about to: *ret_old is to be freed. */
static void start_probe_locked(struct breaker *breaker, const struct call *call,
	const struct http_request *req, struct probe **ret_old)
{
	*ret_old = breaker->probe;
	breaker->is_probing = true;
	breaker->probe = probe_start(breaker->probes, call, req, end_probe, breaker);
	if (breaker->probe)
		return;
	breaker->is_probing = false;
	breaker->next_probe_ms = clock_now_ms(breaker->clock) + breaker->interval_ms;
}

/* 0: go on, as the probe or not; otherwise it is refused. */
static int enter(struct breaker *breaker, const struct call *call, const struct http_request *req,
	bool *ret_is_probe, struct error *err)
{
	struct probe *old = NULL;
	struct error failure;
	bool is_due, is_refused;
	int64_t since_s;

	pthread_mutex_lock(&breaker->lock);
	is_due = breaker->is_away && !breaker->is_probing &&
		 clock_now_ms(breaker->clock) >= breaker->next_probe_ms;
	*ret_is_probe = is_due && !req->is_repeatable;
	if (*ret_is_probe)
		breaker->is_probing = true;
	else if (is_due)
		start_probe_locked(breaker, call, req, &old);
	is_refused = breaker->is_away && !*ret_is_probe;
	if (!breaker->host[0])
		url_get_host(req->url, breaker->host);
	failure = breaker->failure;
	since_s = breaker->since_s;
	pthread_mutex_unlock(&breaker->lock);
	probe_free(old);
	return is_refused ? refuse(&failure, since_s, err) : 0;
}

static int breaker_perform(struct transport *t, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct breaker *breaker = (struct breaker *)t;
	struct error failure = { 0 };
	struct outcome outcome;
	bool is_probe;
	int ret;

	ret = enter(breaker, call, req, &is_probe, err);
	if (ret < 0)
		return ret;
	ret = transport_perform(breaker->inner, call, req, res, &failure);
	if (ret < 0 && err)
		*err = failure;
	outcome = judge(ret, res->status, &failure);
	outcome.has_run_out = ret == -ETIMEDOUT && call_left_ms(call) == 0;
	outcome.is_probe = is_probe;
	leave(breaker, &outcome);
	return ret;
}

static void breaker_free(struct transport *t)
{
	struct breaker *breaker = (struct breaker *)t;

	probe_free(breaker->probe);
	pthread_mutex_destroy(&breaker->lock);
	free(breaker);
}

struct transport *breaker_new(
	struct transport *inner, struct transport *probes, const struct clock *clock)
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
	breaker->probes = probes;
	breaker->clock = clock;
	pthread_mutex_init(&breaker->lock, NULL);
	return &breaker->base;
}

void breaker_get_status(struct transport *t, struct breaker_status *ret_status)
{
	struct breaker *breaker = (struct breaker *)t;

	pthread_mutex_lock(&breaker->lock);
	ret_status->is_away = breaker->is_away;
	ret_status->is_probing = breaker->is_probing;
	ret_status->since_s = breaker->since_s;
	ret_status->failures = breaker->failures;
	snprintf(ret_status->reason, sizeof(ret_status->reason), "%.*s",
		(int)sizeof(ret_status->reason) - 1, breaker->failure.text);
	pthread_mutex_unlock(&breaker->lock);
}
