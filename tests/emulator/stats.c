#include "stats.h"

#include "alloc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LOG_SIZE = 1000 };

struct stats {
	pthread_mutex_t lock;
	struct json_object *requests;      /* label -> count; guarded by lock */
	struct json_object *log[LOG_SIZE]; /* a ring; guarded by lock */
	size_t log_count;                  /* ever added; guarded by lock */
	long pending;                      /* guarded by lock */
	double credits;                    /* guarded by lock */
	long connections;                  /* guarded by lock */
};

struct stats *stats_new(void)
{
	struct stats *stats = must_calloc(1, sizeof(*stats));

	pthread_mutex_init(&stats->lock, NULL);
	stats->requests = json_object_new_object();
	return stats;
}

void stats_free(struct stats *stats)
{
	if (stats == NULL)
		return;
	for (size_t i = 0; i < LOG_SIZE; i++)
		json_object_put(stats->log[i]);
	json_object_put(stats->requests);
	pthread_mutex_destroy(&stats->lock);
	free(stats);
}

/* Whether a test may want to see this header; secrets are not among them. */
static bool is_of_interest(const char *name)
{
	static const char *const names[] = { "If-Match", "If-None-Match", "Content-Type", "Accept",
		"Accept-Encoding", "User-Agent" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(name, names[i]) == 0)
			return true;
	}
	return strncasecmp(name, "X-", 2) == 0;
}

static struct json_object *log_entry(const struct request *request, const struct response *response)
{
	struct json_object *entry = json_object_new_object();
	struct json_object *headers = json_object_new_object();

	for (size_t i = 0; i < request->headers.count; i++) {
		const struct pair *header = &request->headers.pairs[i];

		if (is_of_interest(header->name))
			json_object_object_add(
				headers, header->name, json_object_new_string(header->value));
	}
	json_object_object_add(entry, "method", json_object_new_string(request->method));
	json_object_object_add(entry, "target", json_object_new_string(request->target));
	json_object_object_add(entry, "headers", headers);
	json_object_object_add(
		entry, "bodyBytes", json_object_new_int64((int64_t)request->body.length));
	json_object_object_add(
		entry, "status", response->drop ? NULL : json_object_new_int(response->status));
	json_object_object_add(entry, "costs", json_object_new_double(response->costs));
	return entry;
}

void stats_begin_request(struct stats *stats)
{
	pthread_mutex_lock(&stats->lock);
	stats->pending++;
	pthread_mutex_unlock(&stats->lock);
}

void stats_add_request(struct stats *stats, const char *label, const struct request *request,
	const struct response *response)
{
	struct json_object *entry = log_entry(request, response);
	struct json_object **slot;
	struct json_object *count;

	pthread_mutex_lock(&stats->lock);
	count = json_object_object_get(stats->requests, label);
	if (count != NULL)
		json_object_int_inc(count, 1);
	else
		json_object_object_add(stats->requests, label, json_object_new_int64(1));
	stats->pending--;
	stats->credits += response->costs;
	slot = &stats->log[stats->log_count++ % LOG_SIZE];
	json_object_put(*slot);
	*slot = entry;
	pthread_mutex_unlock(&stats->lock);
}

void stats_add_connection(struct stats *stats)
{
	pthread_mutex_lock(&stats->lock);
	stats->connections++;
	pthread_mutex_unlock(&stats->lock);
}

void stats_write(struct stats *stats, struct buf *out)
{
	pthread_mutex_lock(&stats->lock);
	buf_puts(out, "\"requests\":");
	buf_json(out, stats->requests, JSON_RELAXED);
	buf_printf(out, ",\"pending\":%ld,\"credits\":%.10g,\"connections\":%ld", stats->pending,
		stats->credits, stats->connections);
	pthread_mutex_unlock(&stats->lock);
}

void stats_write_log(struct stats *stats, struct buf *out)
{
	size_t first;

	pthread_mutex_lock(&stats->lock);
	first = stats->log_count > LOG_SIZE ? stats->log_count - LOG_SIZE : 0;
	buf_puts(out, "[");
	for (size_t i = first; i < stats->log_count; i++) {
		if (i > first)
			buf_puts(out, ",");
		buf_json(out, stats->log[i % LOG_SIZE], JSON_RELAXED);
	}
	buf_puts(out, "]");
	pthread_mutex_unlock(&stats->lock);
}

void stats_clear(struct stats *stats)
{
	pthread_mutex_lock(&stats->lock);
	json_object_put(stats->requests);
	stats->requests = json_object_new_object();
	for (size_t i = 0; i < LOG_SIZE; i++) {
		json_object_put(stats->log[i]);
		stats->log[i] = NULL;
	}
	stats->log_count = 0;
	stats->credits = 0;
	stats->connections = 0;
	pthread_mutex_unlock(&stats->lock);
}
