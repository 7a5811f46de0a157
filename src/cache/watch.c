#include "cache/watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/subscription.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/thread.h"
#include "cache/cache.h"

/* Connecting, and being told that it stands. */
#define CONNECT_MS 30000

/* A socket that stood so long did not break at once: the next waits are short again. */
#define STOOD_MS 10000

struct watch {
	struct cache *cache; /* borrowed, as the clock and the payload */
	const struct clock *clock;
	const char *app;
	struct subscription *sub;
	const char **names; /* of the schemas, by the index of their directories */
	size_t n_names;
	watch_event_fn on_event;
	void *payload;
	pthread_t thread;
	bool is_started;

	/* Of the thread. */
	bool *is_lost;        /* of a schema nothing is told by this socket */
	bool *is_lost_logged; /* that is in the log */
	uint64_t stood_ms;    /* since when the socket stands; 0: it does not */
	bool has_stood;       /* ever */
	bool is_loss_logged;

	pthread_mutex_t lock;
	pthread_cond_t stopped;
	/* From here on guarded by lock. */
	bool is_stopping;
	struct watch_status status;
};

uint64_t watch_retry_ms(unsigned n_failures, uint32_t random)
{
	uint64_t ms = WATCH_RETRY_FIRST_MS;

	while (n_failures > 1 && ms < WATCH_RETRY_LAST_MS) {
		ms *= 2;
		n_failures--;
	}
	if (ms > WATCH_RETRY_LAST_MS)
		ms = WATCH_RETRY_LAST_MS;
	return ms / 2 + ms / 2 * random / UINT32_MAX;
}

static int copy_names(struct watch *watch)
{
	size_t n = cache_count_dirs(watch->cache);

	watch->names = calloc(n + 1, sizeof(watch->names[0]));
	watch->is_lost = calloc(n + 1, sizeof(watch->is_lost[0]));
	watch->is_lost_logged = calloc(n + 1, sizeof(watch->is_lost_logged[0]));
	if (!watch->names || !watch->is_lost || !watch->is_lost_logged)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		watch->names[i] = cache_dir_name(cache_get_dir(watch->cache, i));
	watch->n_names = n;
	return 0;
}

int watch_new(const struct subscription_conf *conf, struct cache *cache, const struct clock *clock,
	struct watch **ret_watch, struct error *err)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int ret;

	if (!watch)
		return error_set(err, ENOMEM, "out of memory");
	watch->cache = cache;
	watch->clock = clock;
	watch->app = conf->app;
	watch->status.since_s = clock_wall_s(clock);
	pthread_mutex_init(&watch->lock, NULL);
	call_cond_init(&watch->stopped);
	ret = copy_names(watch);
	if (ret < 0)
		error_set(err, ENOMEM, "out of memory");
	else
		ret = subscription_new(conf, &watch->sub, err);
	if (ret < 0) {
		watch_free(watch);
		return ret;
	}
	*ret_watch = watch;
	return 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	watch_stop(watch);
	subscription_free(watch->sub);
	free(watch->names);
	free(watch->is_lost);
	free(watch->is_lost_logged);
	pthread_cond_destroy(&watch->stopped);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

static bool is_stopping(void *payload)
{
	struct watch *watch = payload;
	bool is_stopping;

	pthread_mutex_lock(&watch->lock);
	is_stopping = watch->is_stopping;
	pthread_mutex_unlock(&watch->lock);
	return is_stopping;
}

static void set_state(struct watch *watch, enum watch_state state, const char *reason)
{
	pthread_mutex_lock(&watch->lock);
	if (watch->status.state != state)
		watch->status.since_s = clock_wall_s(watch->clock);
	watch->status.n_connects += state == WATCH_CONNECTED;
	watch->status.state = state;
	snprintf(watch->status.reason, sizeof(watch->status.reason), "%.*s",
		(int)sizeof(watch->status.reason) - 1, reason);
	pthread_mutex_unlock(&watch->lock);
}

static void begin(struct watch *watch)
{
	for (size_t i = 0; i < watch->n_names; i++) {
		if (!watch->is_lost[i])
			cache_watch_begin(cache_get_dir(watch->cache, i));
	}
	set_state(watch, WATCH_CONNECTED, "");
	if (watch->is_loss_logged || !watch->has_stood)
		log_line(LOG_NOTE, "app '%s': the server tells of changes%s", watch->app,
			watch->has_stood ? " again" : "");
	watch->stood_ms = clock_now_ms(watch->clock);
	watch->has_stood = true;
	watch->is_loss_logged = false;
}

static void end(struct watch *watch, bool is_refused, const struct error *why)
{
	for (size_t i = 0; i < watch->n_names; i++)
		cache_watch_end(cache_get_dir(watch->cache, i));
	set_state(watch, is_refused ? WATCH_REFUSED : WATCH_CONNECTING, why->text);
	if (!watch->is_loss_logged)
		log_line(LOG_WARN,
			"app '%s': the server does not tell of changes, which are looked for by "
			"cache_ttl until it does: %s",
			watch->app, why->text);
	watch->is_loss_logged = true;
}

static void lose(struct watch *watch, size_t schema)
{
	cache_watch_end(cache_get_dir(watch->cache, schema));
	if (!watch->is_lost_logged[schema])
		log_line(LOG_WARN, "app '%s': the server does not tell of changes in '%s'",
			watch->app, watch->names[schema]);
	watch->is_lost[schema] = true;
	watch->is_lost_logged[schema] = true;
}

static void pass_on(struct watch *watch, const struct subscription_event *event)
{
	struct cache_dir *dir = cache_get_dir(watch->cache, event->schema);
	const struct cache_event told = {
		.id = event->id,
		.version = event->version,
		.modified_s = event->modified_s,
		.is_deleted = event->is_deleted,
	};

	log_trace("cache", "event %s of '%s' in '%s', version %lld", event->type, event->id,
		watch->names[event->schema], (long long)event->version);
	if (!*event->id || cache_watch_note(dir, &told, NULL) < 0)
		cache_watch_doubt(dir);
	pthread_mutex_lock(&watch->lock);
	watch->status.n_events++;
	pthread_mutex_unlock(&watch->lock);
	watch->on_event(watch->payload, watch->names[event->schema], event);
}

/* Until the socket breaks; the error says why. */
static int listen_on(struct watch *watch, struct error *err)
{
	struct subscription_event event;
	int ret = 1;

	subscription_event_init(&event);
	while (ret >= 0) {
		ret = subscription_next(watch->sub, UINT64_MAX, &event, err);
		if (ret <= 0)
			continue;
		switch (event.kind) {
		case SUBSCRIPTION_READY:
			begin(watch);
			break;
		case SUBSCRIPTION_CHANGE:
			pass_on(watch, &event);
			break;
		case SUBSCRIPTION_LOST:
			lose(watch, event.schema);
			break;
		}
	}
	subscription_event_release(&event);
	return ret;
}

/* Patience is for users: who stops the watcher waits for it. */
static struct call begin_call(struct watch *watch)
{
	struct call call = call_begin(watch->clock, CONNECT_MS);

	call.is_interrupted = is_stopping;
	call.payload = watch;
	call.started_ms -= call.started_ms > CALL_PATIENCE_MS ? CALL_PATIENCE_MS : call.started_ms;
	return call;
}

/* One socket, from its making to its end. */
static int connect_and_listen(struct watch *watch, struct error *err)
{
	struct call call = begin_call(watch);
	int ret;

	watch->stood_ms = 0;
	memset(watch->is_lost, 0, watch->n_names * sizeof(watch->is_lost[0]));
	ret = subscription_open(watch->sub, &call, watch->names, watch->n_names, err);
	if (ret == 0)
		ret = listen_on(watch, err);
	subscription_close(watch->sub);
	return ret;
}

static void sleep_for(struct watch *watch, uint64_t ms)
{
	struct call call = call_begin(watch->clock, ms);

	pthread_mutex_lock(&watch->lock);
	while (!watch->is_stopping && call_left_ms(&call) > 0)
		call_wait(&call, &watch->stopped, &watch->lock);
	pthread_mutex_unlock(&watch->lock);
}

static void *run(void *payload)
{
	struct watch *watch = payload;
	unsigned n_failures = 0;

	while (!is_stopping(watch)) {
		struct error err = { 0 };
		int ret = connect_and_listen(watch, &err);
		bool is_refused = subscription_is_refusal(ret);

		if (is_stopping(watch))
			break;
		end(watch, is_refused, &err);
		if (watch->stood_ms > 0 && clock_now_ms(watch->clock) >= watch->stood_ms + STOOD_MS)
			n_failures = 0;
		n_failures++;
		sleep_for(watch,
			is_refused ? WATCH_REFUSED_MS : watch_retry_ms(n_failures, arc4random()));
	}
	return NULL;
}

int watch_start(struct watch *watch, watch_event_fn on_event, void *payload, struct error *err)
{
	int ret;

	/* Nothing can change. */
	if (watch->n_names == 0)
		return 0;
	watch->on_event = on_event;
	watch->payload = payload;
	ret = thread_start(&watch->thread, run, watch);
	if (ret < 0)
		return error_set(err, -ret, "cannot start a thread: %s", strerror(-ret));
	watch->is_started = true;
	return 0;
}

void watch_stop(struct watch *watch)
{
	if (!watch || !watch->is_started)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->is_stopping = true;
	pthread_cond_signal(&watch->stopped);
	pthread_mutex_unlock(&watch->lock);
	subscription_stop(watch->sub);
	pthread_join(watch->thread, NULL);
	watch->is_started = false;
}

void watch_get_status(struct watch *watch, struct watch_status *ret_status)
{
	pthread_mutex_lock(&watch->lock);
	*ret_status = watch->status;
	pthread_mutex_unlock(&watch->lock);
}
