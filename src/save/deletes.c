#include "save/deletes.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "cache/cache.h"
#include "save/delete_queue.h"
#include "save/delete_send.h"
#include "save/deletes_private.h"
#include "save/hidden.h"
#include "save/outbox.h"

/* Of one request: the server works on a thousand for seconds. */
#define BATCH_MAX 500

/* A request that nobody waits for. */
#define SEND_MS 30000

/* 0: the end. */
static size_t wait_for_batch_locked(struct deletes *deletes, struct deletion **batch)
{
	const struct clock *clock = deletes->conf.clock;
	uint64_t until_ms;

	for (;;) {
		uint64_t next_ms = delete_queue_next_ms(&deletes->queue, deletes->conf.delay_ms);
		uint64_t now_ms = clock_now_ms(clock);

		if (deletes->is_ending || next_ms <= now_ms)
			break;
		if (next_ms == UINT64_MAX) {
			pthread_cond_wait(&deletes->has_moved, &deletes->lock);
		} else {
			const struct call call = call_begin(clock, next_ms - now_ms);

			(void)call_wait(&call, &deletes->has_moved, &deletes->lock);
		}
	}
	until_ms = deletes->is_ending ? UINT64_MAX : clock_now_ms(clock);
	return delete_queue_take(&deletes->queue, until_ms, batch, BATCH_MAX);
}

static void show_again(struct deletes *deletes, const struct deletion *deletion)
{
	const struct error *reason = &deletion->reason;

	cache_forget_item(deletion->dir, deletion->id);
	hidden_remove(deletes->conf.hidden, deletion->dir, deletion->id);
	log_line(LOG_WARN, "remove %s/%s: it is there again: %s (%s)",
		cache_dir_name(deletion->dir), deletion->id, reason->text,
		error_name(reason->errnum));
	pthread_mutex_lock(&deletes->observer_lock);
	if (deletes->on_refused)
		deletes->on_refused(deletes->observer, deletion->dir, deletion->id, reason);
	pthread_mutex_unlock(&deletes->observer_lock);
}

/* It has its verdict: whoever waits for that finds it carried out here. */
static void end(struct deletes *deletes, struct deletion *deletion, enum verdict verdict)
{
	if (verdict == VERDICT_GONE)
		delete_take_away(&deletes->conf, deletion);
	outbox_drop(deletes->conf.outbox, deletion->number);
	if (verdict == VERDICT_GONE)
		hidden_remove(deletes->conf.hidden, deletion->dir, deletion->id);
	else
		show_again(deletes, deletion);
	pthread_mutex_lock(&deletes->lock);
	delete_queue_remove(&deletes->queue, deletion);
	pthread_cond_broadcast(&deletes->has_moved);
	pthread_mutex_unlock(&deletes->lock);
	free(deletion);
}

/* false: it has its verdict. */
static bool put_back(struct deletes *deletes, struct deletion *deletion, enum verdict verdict)
{
	uint64_t now_ms = clock_now_ms(deletes->conf.clock);
	bool has_waited = false;

	pthread_mutex_lock(&deletes->lock);
	if (verdict == VERDICT_REFERRED)
		has_waited = delete_queue_may_wait(&deletes->queue, deletion, now_ms);
	else if (verdict == VERDICT_LATER)
		deletion_put_back(
			deletion, now_ms, deletes->is_ending ? DELETION_LEFT : DELETION_WAITING);
	pthread_cond_broadcast(&deletes->has_moved);
	pthread_mutex_unlock(&deletes->lock);
	return has_waited || verdict == VERDICT_LATER;
}

/* Once for those that are sent together: nothing else says that they wait. */
static void tell_of_wait(const struct deletion *deletion)
{
	log_line(LOG_WARN, "remove %s/%s: it is hidden, and still to be deleted: %s (%s)",
		cache_dir_name(deletion->dir), deletion->id, deletion->reason.text,
		error_name(deletion->reason.errnum));
}

static struct call begin_call(struct deletes *deletes)
{
	const struct clock *clock = deletes->conf.clock;
	uint64_t now_ms = clock_now_ms(clock);
	uint64_t timeout_ms = SEND_MS;

	pthread_mutex_lock(&deletes->lock);
	if (deletes->is_ending)
		timeout_ms = deletes->end_ms > now_ms ? deletes->end_ms - now_ms : 0;
	pthread_mutex_unlock(&deletes->lock);
	return call_begin(clock, timeout_ms);
}

static void carry_out(struct deletes *deletes, struct deletion *const *batch, size_t n)
{
	const struct call call = begin_call(deletes);
	enum verdict verdicts[BATCH_MAX];
	uint64_t n_gone = 0;

	delete_send(&deletes->conf, &call, batch, n, verdicts);
	for (size_t i = 0; i < n; i++)
		n_gone += verdicts[i] == VERDICT_GONE;
	pthread_mutex_lock(&deletes->lock);
	deletes->queue.n_gone += n_gone;
	pthread_mutex_unlock(&deletes->lock);
	if (verdicts[0] == VERDICT_LATER && batch[0]->n_tries == 0)
		tell_of_wait(batch[0]);
	for (size_t i = 0; i < n; i++) {
		if (!put_back(deletes, batch[i], verdicts[i]))
			end(deletes, batch[i], verdicts[i]);
	}
}

static void *run(void *payload)
{
	struct deletes *deletes = payload;
	struct deletion *batch[BATCH_MAX];
	size_t n;

	do {
		pthread_mutex_lock(&deletes->lock);
		n = wait_for_batch_locked(deletes, batch);
		pthread_mutex_unlock(&deletes->lock);
		if (n > 0)
			carry_out(deletes, batch, n);
	} while (n > 0);
	return NULL;
}

static int start_thread_locked(struct deletes *deletes, struct error *err)
{
	int ret;

	if (deletes->has_thread)
		return 0;
	ret = thread_start(&deletes->thread, run, deletes);
	deletes->has_thread = ret == 0;
	return ret < 0 ? error_set(err, -ret, "cannot start a thread: %s", strerror(-ret)) : 0;
}

int deletes_enqueue(
	struct deletes *deletes, struct deletion *deletion, uint64_t delay_ms, struct error *err)
{
	const struct outbox_entry entry = {
		.schema = cache_dir_name(deletion->dir),
		.id = deletion->id,
		.name = "",
		.version = deletion->version,
		.text = "",
	};
	bool is_on_disk;
	int ret = outbox_put(deletes->conf.outbox, &entry, &deletion->number, err);

	is_on_disk = ret == 0;
	if (ret == 0)
		ret = hidden_add(
			deletes->conf.hidden, deletion->dir, deletion->id, HIDDEN_FOREVER, err);
	if (ret == 0) {
		pthread_mutex_lock(&deletes->lock);
		ret = start_thread_locked(deletes, err);
		if (ret == 0) {
			deletion->state = DELETION_WAITING;
			deletion->due_ms = clock_now_ms(deletes->conf.clock) + delay_ms;
			delete_queue_append(&deletes->queue, deletion);
			pthread_cond_broadcast(&deletes->has_moved);
		}
		pthread_mutex_unlock(&deletes->lock);
	}
	if (ret == 0)
		return 0;
	hidden_remove(deletes->conf.hidden, deletion->dir, deletion->id);
	if (is_on_disk)
		outbox_drop(deletes->conf.outbox, deletion->number);
	free(deletion);
	return ret;
}

/* Of a mount that is no more; what is of no schema of this one stays where it is. */
static int take_up(void *payload, const struct outbox_entry *entry)
{
	struct deletes *deletes = payload;
	struct cache_dir *dir = cache_find_dir(deletes->conf.cache, entry->schema);
	struct deletion *deletion = dir ? deletion_new(dir, entry->id, entry->version) : NULL;

	return deletion ? deletes_enqueue(deletes, deletion, 0, NULL) : -ENOENT;
}

int deletes_new(const struct deletes_conf *conf, struct deletes **ret_deletes, struct error *err)
{
	struct deletes *deletes = calloc(1, sizeof(*deletes));
	int ret;

	if (!deletes)
		return error_set(err, ENOMEM, "out of memory");
	deletes->conf = *conf;
	delete_queue_init(&deletes->queue);
	pthread_mutex_init(&deletes->lock, NULL);
	pthread_mutex_init(&deletes->observer_lock, NULL);
	if (call_cond_init(&deletes->has_moved) < 0) {
		free(deletes);
		return error_set(err, ENOMEM, "out of memory");
	}
	ret = conf->mode == DELETES_OFF ? 0
					: outbox_visit_left(conf->outbox, take_up, deletes, err);
	if (ret < 0)
		deletes_free(deletes);
	else
		*ret_deletes = deletes;
	return ret;
}

static void end_thread(struct deletes *deletes)
{
	bool has_thread;

	pthread_mutex_lock(&deletes->lock);
	deletes->is_ending = true;
	deletes->end_ms = clock_now_ms(deletes->conf.clock) + DELETES_END_MS;
	has_thread = deletes->has_thread;
	pthread_cond_broadcast(&deletes->has_moved);
	pthread_mutex_unlock(&deletes->lock);
	if (has_thread)
		pthread_join(deletes->thread, NULL);
}

void deletes_free(struct deletes *deletes)
{
	struct deletion *deletion, *next;
	size_t n_left = 0;

	if (!deletes)
		return;
	end_thread(deletes);
	for (deletion = deletes->queue.first; deletion; deletion = next) {
		next = deletion->next;
		n_left += deletion->state == DELETION_LEFT;
		free(deletion);
	}
	if (n_left > 0)
		log_line(LOG_WARN,
			"%zu removed items are still to be deleted on the server: "
			"the next mount does it",
			n_left);
	pthread_cond_destroy(&deletes->has_moved);
	pthread_mutex_destroy(&deletes->observer_lock);
	pthread_mutex_destroy(&deletes->lock);
	free(deletes);
}

void deletes_set_observer(struct deletes *deletes, deletes_refused_fn on_refused, void *payload)
{
	pthread_mutex_lock(&deletes->observer_lock);
	deletes->on_refused = on_refused;
	deletes->observer = payload;
	pthread_mutex_unlock(&deletes->observer_lock);
}

/* Its verdict is waited for: takes the deletion over. */
static int send_now(struct deletes *deletes, const struct call *call, struct deletion *deletion,
	struct error *err)
{
	enum verdict verdict;
	bool may_resend;
	int ret = 0;

	do {
		unsigned n_lost = deletion->n_lost;

		delete_send(&deletes->conf, call, &deletion, 1, &verdict);
		may_resend = verdict == VERDICT_LATER && deletion->n_lost > n_lost &&
			     !deletion->is_doubtful && call_left_ms(call) > 0;
	} while (may_resend);
	if (verdict == VERDICT_GONE) {
		delete_take_away(&deletes->conf, deletion);
	} else {
		cache_forget_item(deletion->dir, deletion->id);
		ret = -deletion->reason.errnum;
		if (err)
			*err = deletion->reason;
	}
	free(deletion);
	return ret;
}

int deletes_add(struct deletes *deletes, const struct call *call, struct cache_dir *dir,
	const char *id, int64_t version, struct error *err)
{
	struct deletion *deletion;

	if (deletes->conf.mode == DELETES_OFF)
		return error_set(err, EPERM, "%s/%s: this mount deletes nothing (delete=off)",
			cache_dir_name(dir), id);
	deletion = deletion_new(dir, id, version);
	if (!deletion)
		return error_set(err, ENOMEM, "out of memory");
	if (deletes->conf.delay_ms == 0)
		return send_now(deletes, call, deletion, err);
	return deletes_enqueue(deletes, deletion, deletes->conf.delay_ms, err);
}

size_t deletes_count(struct deletes *deletes)
{
	size_t n;

	pthread_mutex_lock(&deletes->lock);
	n = deletes->queue.n_deletions;
	pthread_mutex_unlock(&deletes->lock);
	return n;
}
