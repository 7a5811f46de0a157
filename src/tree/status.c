#include "tree/status.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "api/report.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"
#include "net/breaker.h"
#include "net/http.h"
#include "net/stack.h"
#include "tree/node.h"

static int64_t seconds(uint64_t ms)
{
	return (int64_t)(ms / 1000);
}

static void add_server(struct report *r, const struct app *app)
{
	struct breaker_status status;

	stack_get_breaker_status(app->stack, &status);
	report_begin_object(r, "server");
	report_add_string(r, "state", status.is_away ? "away" : "up");
	if (status.since_s)
		report_add_time(r, "since", status.since_s);
	if (status.reason[0])
		report_add_string(r, "reason", status.reason);
	report_end(r);
}

static void add_token(struct report *r, const struct app *app)
{
	struct token_status status;

	stack_get_token_status(app->stack, &status);
	report_begin_object(r, "token");
	if (status.has_token) {
		report_add_int(r, "age_s", seconds(status.age_ms));
		report_add_int(r, "expires_in_s", seconds(status.expires_in_ms));
	}
	report_add_int(r, "fetched", (int64_t)status.fetched);
	if (status.refusal[0])
		report_add_string(r, "refusal", status.refusal);
	if (status.blocked_for_ms)
		report_add_int(r, "blocked_for_s", seconds(status.blocked_for_ms + 999));
	report_end(r);
}

static void add_schemas(struct report *r, const struct app *app)
{
	report_begin_array(r, "schemas");
	for (size_t i = 0; i < cache_count_dirs(app->cache); i++) {
		struct cache_dir *dir = cache_get_dir(app->cache, i);
		int64_t modified_s = cache_dir_modified_s(dir);

		report_begin_object(r, NULL);
		report_add_string(r, "name", cache_dir_name(dir));
		if (modified_s)
			report_add_time(r, "last_modified", modified_s);
		report_end(r);
	}
	report_end(r);
}

static int add_cache(struct report *r, const struct app *app, struct error *err)
{
	struct cache_stats stats;
	int ret = cache_get_stats(app->cache, &stats, err);

	if (ret < 0)
		return ret;
	report_begin_object(r, "cache");
	report_add_int(r, "items", (int64_t)stats.store.items);
	report_add_int(r, "bytes", (int64_t)stats.store.bytes);
	report_add_bool(r, "on_disk", stats.store.is_on_disk);
	report_add_int(r, "hits", (int64_t)stats.hits);
	report_add_int(r, "misses", (int64_t)stats.misses);
	report_end(r);
	return 0;
}

static int add_apps(struct report *r, const struct tree *tree, struct error *err)
{
	int ret = 0;

	report_begin_array(r, "apps");
	for (size_t i = 0; i < tree->conf.n_apps && ret == 0; i++) {
		const struct app *app = &tree->conf.apps[i];

		report_begin_object(r, NULL);
		report_add_string(r, "name", app->name);
		report_add_string(r, "url", app->url);
		report_add_string(r, "client", app->client_id);
		add_server(r, app);
		add_token(r, app);
		add_schemas(r, app);
		ret = add_cache(r, app, err);
		report_end(r);
	}
	report_end(r);
	return ret;
}

static void add_requests(struct report *r, const struct tree *tree)
{
	struct http_stats stats;

	http_get_stats(tree->conf.http, &stats);
	report_begin_object(r, "requests");
	report_add_int(r, "total", (int64_t)stats.requests);
	report_begin_object(r, "by_kind");
	for (size_t i = 0; i < stats.n_kinds; i++)
		report_add_int(r, stats.kinds[i].name, (int64_t)stats.kinds[i].requests);
	report_end(r);
	report_add_amount(r, "credits", stats.credits);
	report_add_int(r, "bytes_received", (int64_t)stats.bytes_received);
	report_end(r);
}

/* 0 where /proc does not tell. */
static int64_t resident_bytes(void)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	long size, resident;
	int n;

	if (!statm)
		return 0;
	n = fscanf(statm, "%ld %ld", &size, &resident);
	fclose(statm);
	return n == 2 ? (int64_t)resident * sysconf(_SC_PAGESIZE) : 0;
}

int tree_render_status(struct tree *tree, struct buf *text, struct error *err)
{
	uint64_t uptime_ms = clock_now_ms(tree->conf.clock) - tree->started_ms;
	struct report r;
	int ret, added;

	report_begin(&r, text);
	report_add_string(&r, "version", SQUIDEXFS_VERSION);
	report_add_string(&r, "mountpoint", tree->conf.mountpoint);
	report_add_time(&r, "mounted", tree->mounted_s);
	report_add_int(&r, "uptime_s", seconds(uptime_ms));
	added = add_apps(&r, tree, err);
	add_requests(&r, tree);
	report_add_int(&r, "memory_bytes", resident_bytes());
	ret = report_finish(&r);
	if (added < 0)
		return added;
	return ret < 0 ? error_set(err, -ret, "the status does not fit into memory") : 0;
}
