#include "net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "base/thread.h"
#include "net/transfer.h"
#include "net/transfer_set.h"
#include "net/url.h"

/* In struct http_conf. */
#define N_TEXTS 4

/*
 * A transfer goes from the queue (QUEUED) to the set of the net thread (FLYING) and back
 * to who waits (LANDED). Who gives up waiting marks it abandoned, and the thread drops
 * it; it is freed by the last of both.
 *
 * libcurl gets at most max_connections transfers at a time, the others wait in our own
 * queue: there they can still be taken back, and no time limit of libcurl runs.
 */
struct http {
	struct transport base;
	const struct clock *clock;
	struct http_conf conf; /* its texts are those of texts */
	char *texts[N_TEXTS];
	pthread_t thread;
	struct transfer_set set; /* of the thread */

	pthread_mutex_t lock;
	/* all below guarded by lock */
	struct transfer *queue;
	struct transfer **queue_end;
	bool is_stopping;
	struct http_stats stats;
};

static void count_request_locked(struct http *http, const char *kind)
{
	struct http_stats *stats = &http->stats;
	size_t i = 0;

	stats->requests++;
	while (i < stats->n_kinds && strcmp(stats->kinds[i].name, kind) != 0)
		i++;
	if (i == HTTP_KINDS_MAX)
		return;
	if (i == stats->n_kinds) {
		stats->kinds[i].name = kind;
		stats->n_kinds++;
	}
	stats->kinds[i].requests++;
}

/* One of the two who hold it lets go. */
static void unref(struct http *http, struct transfer *t)
{
	bool is_last;

	pthread_mutex_lock(&http->lock);
	t->refs--;
	is_last = t->refs == 0;
	pthread_mutex_unlock(&http->lock);
	if (is_last)
		transfer_free(t);
}

/* The result, if there is one, stands in the transfer: gives it to who waits. */
static void land(struct http *http, struct transfer *t)
{
	pthread_mutex_lock(&http->lock);
	http->stats.credits += t->res.cost;
	http->stats.bytes_received += t->received;
	t->state = TRANSFER_LANDED;
	pthread_cond_signal(&t->landed);
	pthread_mutex_unlock(&http->lock);
	unref(http, t);
}

static void land_ended(struct http *http)
{
	struct transfer *t = transfer_set_pop_ended(&http->set);

	while (t) {
		land(http, t);
		t = transfer_set_pop_ended(&http->set);
	}
}

/* Takes the next one out of the queue, NULL if there is none. */
static struct transfer *take_queued(struct http *http)
{
	struct transfer *t;

	pthread_mutex_lock(&http->lock);
	t = http->queue;
	if (t) {
		http->queue = t->next;
		if (!http->queue)
			http->queue_end = &http->queue;
		t->state = TRANSFER_FLYING;
		count_request_locked(http, t->kind);
	}
	pthread_mutex_unlock(&http->lock);
	return t;
}

static void start_queued(struct http *http)
{
	while (transfer_set_has_room(&http->set)) {
		struct transfer *t = take_queued(http);

		if (!t)
			return;
		transfer_set_start(&http->set, t);
	}
}

static bool is_stopping(struct http *http)
{
	bool is_stopping;

	pthread_mutex_lock(&http->lock);
	is_stopping = http->is_stopping;
	pthread_mutex_unlock(&http->lock);
	return is_stopping;
}

static void *run(void *payload)
{
	struct http *http = payload;

	while (!is_stopping(http)) {
		transfer_set_work(&http->set);
		land_ended(http);
		start_queued(http);
		transfer_set_sleep(&http->set);
	}
	transfer_set_end_all(&http->set, "the mount goes away");
	land_ended(http);
	return NULL;
}

static void post(struct http *http, struct transfer *t)
{
	t->refs = 2;
	pthread_mutex_lock(&http->lock);
	*http->queue_end = t;
	http->queue_end = &t->next;
	pthread_mutex_unlock(&http->lock);
	transfer_set_wake(&http->set);
}

static int wait_once_locked(struct http *http, struct transfer *t, const struct call *call)
{
	struct call waiting = *call;

	/* It may have been applied: to come back without knowing is worse than to wait. */
	if (t->state == TRANSFER_FLYING && !t->is_repeatable)
		waiting = call_patient(call);
	return call_wait(&waiting, &t->landed, &http->lock);
}

static int give_up(const struct transfer *t, const struct call *call, int ret, bool is_flying,
	bool *ret_is_doubtful, struct error *err)
{
	double waited_s = (double)(clock_now_ms(call->clock) - call->started_ms) / 1000;

	*ret_is_doubtful = transfer_is_doubtful(t, is_flying);
	if (ret == -EINTR)
		return error_set(err, EINTR, "interrupted while waiting for %s", t->host);
	return error_set(err, ETIMEDOUT, "no answer from %s within %.1f s%s", t->host, waited_s,
		transfer_doubt(t, is_flying));
}

/* Out of the queue, as if it had never been posted. */
static void take_back_locked(struct http *http, struct transfer *t)
{
	struct transfer **link = &http->queue;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	if (!*link)
		http->queue_end = link;
	t->refs--;
}

/* 0: it has landed. Otherwise it is abandoned: only constant fields may be read. */
static int wait_landed(struct http *http, struct transfer *t, const struct call *call,
	bool *ret_is_doubtful, struct error *err)
{
	bool is_flying;
	int ret = 0;

	pthread_mutex_lock(&http->lock);
	while (t->state != TRANSFER_LANDED && ret == 0)
		ret = wait_once_locked(http, t, call);
	if (t->state == TRANSFER_LANDED)
		ret = 0;
	is_flying = t->state == TRANSFER_FLYING;
	if (t->state == TRANSFER_QUEUED)
		take_back_locked(http, t);
	pthread_mutex_unlock(&http->lock);
	if (ret == 0)
		return 0;
	atomic_store(&t->is_abandoned, true);
	transfer_set_wake(&http->set);
	return give_up(t, call, ret, is_flying, ret_is_doubtful, err);
}

static int http_perform(struct transport *base, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct http *http = (struct http *)base;
	struct transfer *t;
	int ret = http_check_url(http, req->url, err);

	if (ret < 0)
		return ret;
	ret = transfer_new(req, http->clock, &t, err);
	if (ret < 0)
		return ret;
	post(http, t);
	ret = wait_landed(http, t, call, &res->is_doubtful, err);
	if (ret == 0 && t->ret == 0) {
		http_response_release(res);
		*res = t->res;
		http_response_init(&t->res);
	} else if (ret == 0) {
		ret = t->ret;
		res->is_doubtful = transfer_is_doubtful(t, t->is_sent);
		if (err)
			*err = t->err;
	}
	unref(http, t);
	return ret;
}

static void http_transport_free(struct transport *base)
{
	http_free((struct http *)base);
}

/* Makes a text of the configuration our own. */
static int copy_text(const char **text, char **copy)
{
	if (!*text)
		return 0;
	*copy = strdup(*text);
	*text = *copy;
	return *copy ? 0 : -ENOMEM;
}

static int copy_conf(struct http *http, const struct http_conf *conf)
{
	const char **texts[N_TEXTS] = {
		&http->conf.cacert,
		&http->conf.cert,
		&http->conf.key,
		&http->conf.proxy,
	};
	int ret = 0;

	http->conf = *conf;
	for (size_t i = 0; i < N_TEXTS && ret == 0; i++)
		ret = copy_text(texts[i], &http->texts[i]);
	return ret;
}

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Frees all but the thread. */
static void release(struct http *http)
{
	transfer_set_release(&http->set);
	for (size_t i = 0; i < N_TEXTS; i++)
		free(http->texts[i]);
	pthread_mutex_destroy(&http->lock);
	free(http);
}

int http_new(const struct http_conf *conf, const struct clock *clock, struct http **ret_http,
	struct error *err)
{
	static const struct transport_ops ops = {
		.name = "http",
		.perform = http_perform,
		.free = http_transport_free,
	};
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http *http = calloc(1, sizeof(*http));
	int ret;

	if (!http)
		return error_set(err, ENOMEM, "out of memory");
	pthread_once(&once, init_curl);
	pthread_mutex_init(&http->lock, NULL);
	http->base.ops = &ops;
	http->clock = clock;
	http->queue_end = &http->queue;
	if (copy_conf(http, conf) < 0 || transfer_set_init(&http->set, &http->conf, clock) < 0) {
		release(http);
		return error_set(err, ENOMEM, "out of memory");
	}
	ret = thread_start(&http->thread, run, http);
	if (ret < 0) {
		release(http);
		return error_set(err, -ret, "cannot start the network thread");
	}
	*ret_http = http;
	return 0;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	pthread_mutex_lock(&http->lock);
	http->is_stopping = true;
	pthread_mutex_unlock(&http->lock);
	transfer_set_wake(&http->set);
	pthread_join(http->thread, NULL);
	release(http);
}

struct transport *http_transport(struct http *http)
{
	return &http->base;
}

const struct http_conf *http_get_conf(const struct http *http)
{
	return &http->conf;
}

int http_check_url(const struct http *http, const char *url, struct error *err)
{
	if (!http->conf.allow_http && !url_is_https(url) && !url_is_loopback(url))
		return error_set(err, EPROTO, "plain http to another host is not allowed");
	return 0;
}

void http_count(struct http *http, const char *kind, double credits)
{
	pthread_mutex_lock(&http->lock);
	count_request_locked(http, kind);
	http->stats.credits += credits;
	pthread_mutex_unlock(&http->lock);
}

void http_get_stats(struct http *http, struct http_stats *ret_stats)
{
	pthread_mutex_lock(&http->lock);
	*ret_stats = http->stats;
	pthread_mutex_unlock(&http->lock);
}
