#include "tree/status.h"

#include "api/report.h"
#include "base/error.h"
#include "tree/figures.h"
#include "tree/node.h"

static int64_t seconds(uint64_t ms)
{
	return (int64_t)(ms / 1000);
}

static void add_server(struct report *r, const struct breaker_status *status)
{
	report_begin_object(r, "server");
	report_add_string(r, "state", status->is_away ? "away" : "up");
	if (status->since_s)
		report_add_time(r, "since", status->since_s);
	if (status->reason[0])
		report_add_string(r, "reason", status->reason);
	report_end(r);
}

static void add_token(struct report *r, const struct token_status *status)
{
	report_begin_object(r, "token");
	if (status->has_token) {
		report_add_int(r, "age_s", seconds(status->age_ms));
		report_add_int(r, "expires_in_s", seconds(status->expires_in_ms));
	}
	report_add_int(r, "fetched", (int64_t)status->fetched);
	if (status->refusal[0])
		report_add_string(r, "refusal", status->refusal);
	if (status->blocked_for_ms)
		report_add_int(r, "blocked_for_s", seconds(status->blocked_for_ms + 999));
	report_end(r);
}

static void add_watch(struct report *r, const struct watch_status *status)
{
	static const char *const states[] = {
		[WATCH_CONNECTING] = "connecting",
		[WATCH_CONNECTED] = "connected",
		[WATCH_REFUSED] = "refused",
	};

	report_begin_object(r, "watch");
	report_add_string(r, "state", states[status->state]);
	report_add_time(r, "since", status->since_s);
	if (status->reason[0])
		report_add_string(r, "reason", status->reason);
	report_add_int(r, "connections", (int64_t)status->n_connects);
	report_add_int(r, "events", (int64_t)status->n_events);
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

static void add_cache(struct report *r, const struct cache_stats *stats)
{
	report_begin_object(r, "cache");
	report_add_int(r, "items", (int64_t)stats->store.items);
	report_add_int(r, "bytes", (int64_t)stats->store.bytes);
	report_add_bool(r, "on_disk", stats->store.is_on_disk);
	report_add_int(r, "text_bytes", (int64_t)stats->store.text_bytes);
	report_add_int(r, "text_limit", (int64_t)stats->store.max_text_bytes);
	report_add_int(r, "evicted", (int64_t)stats->store.evicted);
	report_add_int(r, "memory_bytes", (int64_t)stats->memory_bytes);
	report_add_int(r, "memory_limit", (int64_t)stats->max_memory_bytes);
	report_add_int(r, "hits", (int64_t)stats->hits);
	report_add_int(r, "misses", (int64_t)stats->misses);
	report_add_int(r, "stale", (int64_t)stats->stale);
	report_end(r);
}

static void add_unsaved(struct report *r, const struct unsaved_count *count)
{
	report_begin_object(r, "unsaved");
	report_add_int(r, "texts", (int64_t)count->texts);
	report_add_int(r, "bytes", (int64_t)count->bytes);
	report_end(r);
}

static void add_apps(struct report *r, const struct figures *figures)
{
	report_begin_array(r, "apps");
	for (size_t i = 0; i < figures->n_apps; i++) {
		const struct figures_app *app = &figures->apps[i];

		report_begin_object(r, NULL);
		report_add_string(r, "name", app->app->name);
		report_add_string(r, "url", app->app->url);
		report_add_string(r, "client", app->app->client_id);
		add_server(r, &app->server);
		add_token(r, &app->token);
		if (app->app->watch)
			add_watch(r, &app->watch);
		add_schemas(r, app->app);
		add_cache(r, &app->cache);
		add_unsaved(r, &app->unsaved);
		report_add_int(r, "pending_deletes", (int64_t)app->pending_deletes);
		report_end(r);
	}
	report_end(r);
}

static void add_requests(struct report *r, const struct http_stats *stats)
{
	report_begin_object(r, "requests");
	report_add_int(r, "total", (int64_t)stats->requests);
	report_begin_object(r, "by_kind");
	for (size_t i = 0; i < stats->n_kinds; i++)
		report_add_int(r, stats->kinds[i].name, (int64_t)stats->kinds[i].requests);
	report_end(r);
	report_add_amount(r, "credits", stats->credits);
	report_add_int(r, "bytes_received", (int64_t)stats->bytes_received);
	report_end(r);
}

int tree_render_status(struct tree *tree, struct buf *text, struct error *err)
{
	struct figures figures;
	struct report r;
	int ret = figures_gather(tree, &figures, err);

	if (ret < 0)
		return ret;
	report_begin(&r, text);
	report_add_string(&r, "version", SQUIDEXFS_VERSION);
	report_add_string(&r, "mountpoint", tree->conf.mountpoint);
	report_add_time(&r, "mounted", tree->mounted_s);
	report_add_int(&r, "uptime_s", seconds(figures.uptime_ms));
	add_apps(&r, &figures);
	add_requests(&r, &figures.requests);
	report_add_int(&r, "errors", (int64_t)figures.errors);
	report_add_int(&r, "memory_bytes", figures.resident_bytes);
	ret = report_finish(&r);
	figures_release(&figures);
	return ret < 0 ? error_set(err, -ret, "the status does not fit into memory") : 0;
}
