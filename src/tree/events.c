#include "tree/events.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/buf.h"
#include "base/clock.h"

struct event_log {
	const struct clock *clock;
	pthread_mutex_t lock;
	/* From here on guarded by lock. */
	struct buf text;
	size_t n_shown;                /* bytes of it */
	size_t n_read;                 /* up to where anybody has read it */
	uint64_t read_ms;              /* when; 0: never */
	int64_t added_s;               /* of the latest line */
	int64_t shown_s;               /* of the latest one that is shown */
	pthread_mutex_t listener_lock; /* held while it is called; before lock */
	void (*on_add)(void *payload); /* guarded by listener_lock, as its payload */
	void *payload;
};

struct event_log *event_log_new(const struct clock *clock)
{
	struct event_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->clock = clock;
	buf_init(&log->text, EVENT_LOG_HARD_MAX);
	pthread_mutex_init(&log->lock, NULL);
	pthread_mutex_init(&log->listener_lock, NULL);
	return log;
}

void event_log_free(struct event_log *log)
{
	if (!log)
		return;
	buf_release(&log->text);
	pthread_mutex_destroy(&log->lock);
	pthread_mutex_destroy(&log->listener_lock);
	free(log);
}

void event_log_listen(struct event_log *log, void (*on_add)(void *payload), void *payload)
{
	pthread_mutex_lock(&log->listener_lock);
	log->on_add = on_add;
	log->payload = payload;
	pthread_mutex_unlock(&log->listener_lock);
}

/* Where the last line before a place ends. */
static size_t line_end_before(const struct event_log *log, size_t place)
{
	while (place > 0 && log->text.data[place - 1] != '\n')
		place--;
	return place;
}

/* How much of its beginning goes before len more bytes come; 0: nothing yet. */
static size_t get_cut_locked(const struct event_log *log, size_t len)
{
	uint64_t now = clock_now_ms(log->clock);
	bool is_followed = log->read_ms > 0 && now < log->read_ms + EVENT_LOG_FOLLOWER_MS;
	bool is_quiet = now >= log->read_ms + EVENT_LOG_QUIET_MS;
	/* What is left must be less than what its reader had: else he does not see that it is cut. */
	bool is_read = log->n_read > log->text.len / 2;

	if (log->text.len + len <= EVENT_LOG_MAX)
		return 0;
	if (is_followed && is_read && is_quiet)
		return line_end_before(log, log->n_read);
	if (is_followed && log->text.len + len <= EVENT_LOG_HARD_MAX)
		return 0;
	return line_end_before(log, is_followed && is_read ? log->n_read : log->text.len / 2);
}

static void make_room_locked(struct event_log *log, size_t len)
{
	size_t n = get_cut_locked(log, len);

	if (n == 0)
		return;
	log->text.len -= n;
	memmove(log->text.data, log->text.data + n, log->text.len + 1);
	log->n_shown = log->n_shown > n ? log->n_shown - n : 0;
	log->n_read = log->n_read > n ? log->n_read - n : 0;
}

static void show_locked(struct event_log *log)
{
	log->n_shown = log->text.len;
	log->shown_s = log->added_s;
}

void event_log_add(struct event_log *log, const struct event_report *report)
{
	struct buf line;

	buf_init(&line, EVENT_LOG_MAX / 4);
	if (report_event_line(&line, report) < 0) {
		buf_release(&line);
		return;
	}
	pthread_mutex_lock(&log->listener_lock);
	pthread_mutex_lock(&log->lock);
	make_room_locked(log, line.len);
	if (buf_add(&log->text, line.data, line.len) == 0)
		log->added_s = report->time_s;
	if (!log->on_add)
		show_locked(log);
	pthread_mutex_unlock(&log->lock);
	if (log->on_add)
		log->on_add(log->payload);
	pthread_mutex_unlock(&log->listener_lock);
	buf_release(&line);
}

void event_log_show(struct event_log *log)
{
	pthread_mutex_lock(&log->lock);
	show_locked(log);
	pthread_mutex_unlock(&log->lock);
}

size_t event_log_size(struct event_log *log, int64_t *ret_modified_s)
{
	size_t size;

	pthread_mutex_lock(&log->lock);
	size = log->n_shown;
	*ret_modified_s = log->shown_s;
	pthread_mutex_unlock(&log->lock);
	return size;
}

size_t event_log_read(struct event_log *log, uint64_t offset, char *data, size_t size)
{
	size_t n = 0;

	pthread_mutex_lock(&log->lock);
	if (offset < log->n_shown) {
		n = log->n_shown - (size_t)offset;
		n = n < size ? n : size;
		memcpy(data, log->text.data + offset, n);
	}
	if (offset + n > log->n_read && offset <= log->n_shown)
		log->n_read = (size_t)offset + n;
	log->read_ms = clock_now_ms(log->clock);
	pthread_mutex_unlock(&log->lock);
	return n;
}
