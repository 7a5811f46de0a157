#include "cli/prefetch_fill.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/call.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache.h"
#include "cli/progress.h"
#include "cli/progress_line.h"
#include "net/http.h"
#include "tree/app.h"

/* Full is a cache with less room left than this part of it: a text that goes has some size. */
#define FULL_PART 16

/* What something cost: from the beginning of a schema or of all. */
struct cost {
	uint64_t begun_ms;
	struct http_stats stats; /* at its beginning */
};

struct total {
	struct cost cost;
	uint64_t n_items;
	size_t n_schemas;
};

static struct cost begin_cost(const struct fill *fill)
{
	struct cost cost = { .begun_ms = clock_now_ms(fill->clock) };

	http_get_stats(fill->apps->http, &cost.stats);
	return cost;
}

/* "51 requests, 51.0 credits, 2.3 s" */
static void render_cost(const struct fill *fill, const struct cost *cost, char *text, size_t size)
{
	uint64_t tenths = (clock_now_ms(fill->clock) - cost->begun_ms + 50) / 100;
	char number[PROGRESS_NUMBER_SIZE];
	struct http_stats now;
	uint64_t n, credits;

	http_get_stats(fill->apps->http, &now);
	n = now.requests - cost->stats.requests;
	credits = (uint64_t)(10 * (now.credits - cost->stats.credits) + 0.5);
	snprintf(text, size, "%s %s, %" PRIu64 ".%" PRIu64 " credits, %" PRIu64 ".%" PRIu64 " s",
		progress_number(n, number), n == 1 ? "request" : "requests", credits / 10,
		credits % 10, tenths / 10, tenths % 10);
}

static struct call begin_call(const struct fill *fill)
{
	struct call call = call_begin(fill->clock, fill->timeout_ms);

	call.is_interrupted = fill->interrupt.is_set;
	call.payload = fill->interrupt.payload;
	return call;
}

/* The next rows. *ret_is_complete: nothing is left to fetch. */
static int list_on(const struct fill *fill, const struct app *app, struct cache_dir *dir,
	struct store_batch *batch, uint64_t *after_row, uint64_t *n_items, bool *ret_is_complete,
	struct error *err)
{
	struct call call = begin_call(fill);
	struct cache_progress progress;
	bool is_last;
	int ret;

	store_batch_init(batch);
	ret = cache_list(app->cache, &call, dir, *after_row, batch, NULL, &is_last, err);
	if (ret == 0 && batch->n_items > 0)
		*after_row = batch->items[batch->n_items - 1].row;
	if (ret == 0)
		*n_items += batch->n_items;
	store_batch_release(batch);
	if (ret < 0)
		return ret;
	cache_get_progress(dir, &progress);
	progress_set(fill->progress, *n_items, progress.n_left);
	*ret_is_complete = is_last || progress.is_complete;
	return 0;
}

static int list_all(const struct fill *fill, const struct app *app, struct cache_dir *dir,
	uint64_t *ret_n_items, struct error *err)
{
	struct store_batch *batch = malloc(sizeof(*batch));
	uint64_t after_row = 0, n_items = 0;
	bool is_complete = false;
	int ret = 0;

	if (!batch)
		return error_set(err, ENOMEM, "out of memory");
	while (ret == 0 && !is_complete)
		ret = list_on(fill, app, dir, batch, &after_row, &n_items, &is_complete, err);
	free(batch);
	return ret == 0 ? cache_count_items(dir, ret_n_items, err) : ret;
}

static int fill_dir(
	const struct fill *fill, const struct app *app, struct cache_dir *dir, struct total *total)
{
	struct cost cost = begin_cost(fill);
	char number[PROGRESS_NUMBER_SIZE];
	char name[256], text[128], sentence[512];
	struct error err = { 0 };
	uint64_t n_items = 0;
	int ret;

	snprintf(name, sizeof(name), "%s%s%s", fill->apps->n_apps > 1 ? app->name : "",
		fill->apps->n_apps > 1 ? "/" : "", cache_dir_name(dir));
	progress_begin(fill->progress, name);
	ret = list_all(fill, app, dir, &n_items, &err);
	if (ret < 0) {
		progress_end(fill->progress, NULL);
		if (ret != -EINTR)
			log_line(LOG_ERROR, "cannot prefetch '%s': %s", name, err.text);
		return ret;
	}
	render_cost(fill, &cost, text, sizeof(text));
	snprintf(sentence, sizeof(sentence), "%s: %s %s, %s", name,
		progress_number(n_items, number), n_items == 1 ? "item" : "items", text);
	progress_end(fill->progress, sentence);
	total->n_items += n_items;
	total->n_schemas++;
	return 0;
}

static enum exit_code code_of(int ret)
{
	const struct error err = { .errnum = -ret };

	if (ret == 0)
		return EXIT_GOOD;
	return ret == -EINTR ? EXIT_INTERRUPTED : exit_code_of_request(&err);
}

static bool is_end(enum exit_code code)
{
	return code == EXIT_UNREACHABLE || code == EXIT_INTERRUPTED;
}

/* Notes the first failure in *code, or the one that ends it all. */
static void fill_app(
	const struct fill *fill, const struct app *app, struct total *total, enum exit_code *code)
{
	for (size_t i = 0; i < cache_count_dirs(app->cache) && !is_end(*code); i++) {
		int ret = fill_dir(fill, app, cache_get_dir(app->cache, i), total);
		enum exit_code code_of_dir = code_of(ret);

		if (*code == EXIT_GOOD || is_end(code_of_dir))
			*code = code_of_dir;
	}
}

enum exit_code fill_check(const struct fill *fill)
{
	struct error err = { 0 };

	for (size_t i = 0; i < fill->apps->n_apps; i++) {
		const struct app *app = &fill->apps->apps[i];
		struct cache_stats stats = { 0 };

		if (cache_get_stats(app->cache, &stats, &err) == 0 && stats.store.is_on_disk)
			continue;
		log_line(LOG_ERROR,
			"the cache of app '%s' cannot be filled, as the line above says: what is "
			"prefetched would be lost",
			app->name);
		return EXIT_MOUNT;
	}
	return EXIT_GOOD;
}

/* What has no room is no failure, but whoever counts on it shall know. */
static void tell_of_full_caches(const struct fill *fill)
{
	for (size_t i = 0; i < fill->apps->n_apps; i++) {
		const struct app *app = &fill->apps->apps[i];
		struct cache_stats stats;

		if (cache_get_stats(app->cache, &stats, NULL) < 0 ||
			stats.store.max_text_bytes == 0 ||
			stats.store.text_bytes <
				stats.store.max_text_bytes - stats.store.max_text_bytes / FULL_PART)
			continue;
		log_line(LOG_WARN,
			"the cache of app '%s' is full (cache_size): texts that have no room are "
			"fetched when they are read",
			app->name);
	}
}

enum exit_code fill_run(const struct fill *fill)
{
	struct total total = { .cost = begin_cost(fill) };
	char number[PROGRESS_NUMBER_SIZE], text[128], sentence[512];
	enum exit_code code = EXIT_GOOD;

	for (size_t i = 0; i < fill->apps->n_apps; i++)
		fill_app(fill, &fill->apps->apps[i], &total, &code);
	if (code != EXIT_GOOD)
		return code;
	render_cost(fill, &total.cost, text, sizeof(text));
	snprintf(sentence, sizeof(sentence), "%zu %s ready: %s %s, %s", total.n_schemas,
		total.n_schemas == 1 ? "schema" : "schemas", progress_number(total.n_items, number),
		total.n_items == 1 ? "item" : "items", text);
	progress_end(fill->progress, sentence);
	tell_of_full_caches(fill);
	return fill_check(fill);
}
