#include "tree/errors.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/report.h"
#include "base/buf.h"
#include "base/error.h"
#include "tree/tree.h"

struct entry {
	int64_t time_s;
	char operation[32];
	char path[TREE_PATH_MAX];
	struct error err;
};

struct error_log {
	pthread_mutex_t lock;
	struct entry entries[ERROR_LOG_MAX]; /* guarded by lock, as the rest; a ring */
	size_t oldest;
	size_t n_entries;
	uint64_t n_added;
};

struct error_log *error_log_new(void)
{
	struct error_log *log = calloc(1, sizeof(*log));

	if (log)
		pthread_mutex_init(&log->lock, NULL);
	return log;
}

void error_log_free(struct error_log *log)
{
	if (!log)
		return;
	pthread_mutex_destroy(&log->lock);
	free(log);
}

static struct entry *take_entry_locked(struct error_log *log)
{
	struct entry *entry = &log->entries[(log->oldest + log->n_entries) % ERROR_LOG_MAX];

	if (log->n_entries < ERROR_LOG_MAX)
		log->n_entries++;
	else
		log->oldest = (log->oldest + 1) % ERROR_LOG_MAX;
	return entry;
}

void error_log_add(struct error_log *log, int64_t time_s, const char *operation, const char *path,
	const struct error *err)
{
	struct entry *entry;

	pthread_mutex_lock(&log->lock);
	entry = take_entry_locked(log);
	entry->time_s = time_s;
	snprintf(entry->operation, sizeof(entry->operation), "%s", operation);
	snprintf(entry->path, sizeof(entry->path), "%s", path);
	entry->err = *err;
	log->n_added++;
	pthread_mutex_unlock(&log->lock);
}

int error_log_render(struct error_log *log, struct buf *text)
{
	int ret = 0;

	pthread_mutex_lock(&log->lock);
	for (size_t i = 0; i < log->n_entries && ret == 0; i++) {
		const struct entry *entry = &log->entries[(log->oldest + i) % ERROR_LOG_MAX];
		const struct error_report line = {
			.time_s = entry->time_s,
			.path = entry->path,
			.operation = entry->operation,
			.err = &entry->err,
		};

		ret = report_error_line(text, &line);
	}
	pthread_mutex_unlock(&log->lock);
	return ret;
}

uint64_t error_log_count(struct error_log *log)
{
	uint64_t n;

	pthread_mutex_lock(&log->lock);
	n = log->n_added;
	pthread_mutex_unlock(&log->lock);
	return n;
}
