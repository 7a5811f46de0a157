#include "tree/metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "tree/app.h"
#include "tree/figures.h"

struct page {
	struct buf *text;
	int ret; /* first failure */
};

static void note(struct page *page, int ret)
{
	if (page->ret == 0)
		page->ret = ret;
}

static void begin_metric(struct page *page, const char *name, const char *type, const char *help)
{
	note(page, buf_addf(page->text, "# HELP squidexfs_%s %s\n# TYPE squidexfs_%s %s\n", name,
			   help, name, type));
}

/* A label's value may hold any UTF-8, with these three escaped. */
static void add_label(struct page *page, const char *label, const char *value)
{
	note(page, buf_addf(page->text, "{%s=\"", label));
	for (const char *p = value; *p; p++) {
		if (*p == '\n')
			note(page, buf_add_str(page->text, "\\n"));
		else if (*p == '"' || *p == '\\')
			note(page, buf_addf(page->text, "\\%c", *p));
		else
			note(page, buf_add(page->text, p, 1));
	}
	note(page, buf_add_str(page->text, "\"}"));
}

/* label: NULL where there is one sample alone. */
static void add_sample(struct page *page, const char *name, const char *label,
	const char *label_value, uint64_t value)
{
	note(page, buf_addf(page->text, "squidexfs_%s", name));
	if (label)
		add_label(page, label, label_value);
	note(page, buf_addf(page->text, " %" PRIu64 "\n", value));
}

static void add_single(
	struct page *page, const char *name, const char *type, const char *help, uint64_t value)
{
	begin_metric(page, name, type, help);
	add_sample(page, name, NULL, NULL, value);
}

static void add_requests(struct page *page, const struct http_stats *stats)
{
	static const char kinds[] = "requests_total";
	static const char credits[] = "credits_total";
	/* Tenths, as integers: the locale's decimal point has no place here. */
	uint64_t tenths = stats->credits > 0 ? (uint64_t)(10 * stats->credits + 0.5) : 0;

	begin_metric(page, kinds, "counter",
		"Requests sent to servers, repeated ones included, by kind.");
	for (size_t i = 0; i < stats->n_kinds; i++)
		add_sample(page, kinds, "kind", stats->kinds[i].name, stats->kinds[i].requests);
	begin_metric(page, credits, "counter", "API credits that the servers charged for them.");
	note(page, buf_addf(page->text, "squidexfs_%s %" PRIu64 ".%" PRIu64 "\n", credits,
			   tenths / 10, tenths % 10));
	add_single(page, "received_bytes_total", "counter", "Bytes received from servers.",
		stats->bytes_received);
}

static void add_kernel(struct page *page, const struct figures *figures)
{
	static const char name[] = "kernel_requests_total";

	begin_metric(page, name, "counter",
		"Requests from the kernel, by operation; what its caches answer is none.");
	for (size_t i = 0; i < KERNEL_REQUESTS; i++)
		add_sample(page, name, "operation", kernel_request_name((enum kernel_request)i),
			figures->kernel_requests[i]);
	add_single(page, "prefilled_texts_total", "counter",
		"Texts put into the kernel's page cache after a listing.",
		figures->prefilled_texts);
	add_single(page, "prefilled_bytes_total", "counter", "Bytes of these texts.",
		figures->prefilled_bytes);
}

static uint64_t get_server_up(const struct figures_app *app)
{
	return app->server.is_away ? 0 : 1;
}

static uint64_t get_token_age(const struct figures_app *app)
{
	return app->token.age_ms / 1000;
}

static uint64_t get_token_expiry(const struct figures_app *app)
{
	return app->token.expires_in_ms / 1000;
}

static uint64_t get_token_fetches(const struct figures_app *app)
{
	return app->token.fetched;
}

static uint64_t get_hits(const struct figures_app *app)
{
	return app->cache.hits;
}

static uint64_t get_misses(const struct figures_app *app)
{
	return app->cache.misses;
}

static uint64_t get_stale(const struct figures_app *app)
{
	return app->cache.stale;
}

static uint64_t get_items(const struct figures_app *app)
{
	return app->cache.store.items;
}

static uint64_t get_bytes(const struct figures_app *app)
{
	return app->cache.store.bytes;
}

static uint64_t get_text_bytes(const struct figures_app *app)
{
	return app->cache.store.text_bytes;
}

static uint64_t get_text_limit(const struct figures_app *app)
{
	return app->cache.store.max_text_bytes;
}

static uint64_t get_evicted(const struct figures_app *app)
{
	return app->cache.store.evicted;
}

static uint64_t get_memory_bytes(const struct figures_app *app)
{
	return app->cache.memory_bytes;
}

static uint64_t get_memory_limit(const struct figures_app *app)
{
	return app->cache.max_memory_bytes;
}

static uint64_t get_unsaved(const struct figures_app *app)
{
	return app->unsaved.texts;
}

static uint64_t get_unsaved_bytes(const struct figures_app *app)
{
	return app->unsaved.bytes;
}

static uint64_t get_pending_deletes(const struct figures_app *app)
{
	return app->pending_deletes;
}

static const struct {
	const char *name, *type, *help;
	uint64_t (*get)(const struct figures_app *app);
	bool needs_token; /* no sample while the app has none */
} app_metrics[] = {
	{ "server_up", "gauge", "Whether the app's server answers (1) or is away (0).",
		get_server_up, false },
	{ "token_age_seconds", "gauge", "Age of the access token at hand.", get_token_age, true },
	{ "token_expires_in_seconds", "gauge", "Time until the access token at hand expires.",
		get_token_expiry, true },
	{ "token_fetches_total", "counter", "Access tokens fetched.", get_token_fetches, false },
	{ "cache_hits_total", "counter", "Operations answered without the server.", get_hits,
		false },
	{ "cache_misses_total", "counter", "Operations that asked the server.", get_misses, false },
	{ "cache_stale_total", "counter",
		"Operations answered with old content, as no answer came.", get_stale, false },
	{ "cache_items", "gauge", "Items in the cache.", get_items, false },
	{ "cache_bytes", "gauge", "Size of the cache's database.", get_bytes, false },
	{ "cache_text_bytes", "gauge", "Texts of items in the cache.", get_text_bytes, false },
	{ "cache_text_limit_bytes", "gauge", "Most bytes of texts that the cache keeps.",
		get_text_limit, false },
	{ "cache_evictions_total", "counter", "Texts that left the cache to make room for others.",
		get_evicted, false },
	{ "memory_text_bytes", "gauge", "Texts kept in memory beside the cache.", get_memory_bytes,
		false },
	{ "memory_text_limit_bytes", "gauge", "Most bytes of texts kept in memory beside it.",
		get_memory_limit, false },
	{ "unsaved_texts", "gauge", "Texts that the server did not take.", get_unsaved, false },
	{ "unsaved_bytes", "gauge", "Size of the texts that the server did not take.",
		get_unsaved_bytes, false },
	{ "pending_deletes", "gauge", "Removed items that the server has still to delete.",
		get_pending_deletes, false },
};

static void add_apps(struct page *page, const struct figures *figures)
{
	for (size_t i = 0; i < sizeof(app_metrics) / sizeof(app_metrics[0]); i++) {
		begin_metric(page, app_metrics[i].name, app_metrics[i].type, app_metrics[i].help);
		for (size_t j = 0; j < figures->n_apps; j++) {
			const struct figures_app *app = &figures->apps[j];

			if (app_metrics[i].needs_token && !app->token.has_token)
				continue;
			add_sample(page, app_metrics[i].name, "app", app->app->name,
				app_metrics[i].get(app));
		}
	}
}

static uint64_t get_watch_up(const struct figures_app *app)
{
	return app->watch.state == WATCH_CONNECTED;
}

static uint64_t get_watch_connections(const struct figures_app *app)
{
	return app->watch.n_connects;
}

static uint64_t get_watch_events(const struct figures_app *app)
{
	return app->watch.n_events;
}

static const struct {
	const char *name, *type, *help;
	uint64_t (*get)(const struct figures_app *app);
} watch_metrics[] = {
	{ "watch_up", "gauge", "Whether the app's server tells of changes (1) or not (0).",
		get_watch_up },
	{ "watch_connections_total", "counter", "Connections over which it told of them.",
		get_watch_connections },
	{ "watch_events_total", "counter", "Changes that it told of.", get_watch_events },
};

/* Of the apps that are watched; where none is, nothing. */
static void add_watches(struct page *page, const struct figures *figures)
{
	size_t n_watched = 0;

	for (size_t i = 0; i < figures->n_apps; i++)
		n_watched += figures->apps[i].app->watch != NULL;
	if (n_watched == 0)
		return;
	for (size_t i = 0; i < sizeof(watch_metrics) / sizeof(watch_metrics[0]); i++) {
		begin_metric(
			page, watch_metrics[i].name, watch_metrics[i].type, watch_metrics[i].help);
		for (size_t j = 0; j < figures->n_apps; j++) {
			const struct figures_app *app = &figures->apps[j];

			if (app->app->watch)
				add_sample(page, watch_metrics[i].name, "app", app->app->name,
					watch_metrics[i].get(app));
		}
	}
}

int tree_render_metrics(struct tree *tree, struct buf *text, struct error *err)
{
	struct page page = { .text = text };
	struct figures figures;
	int ret = figures_gather(tree, &figures, err);

	if (ret < 0)
		return ret;
	begin_metric(&page, "build_info", "gauge", "The version, as a label of the constant 1.");
	add_sample(&page, "build_info", "version", SQUIDEXFS_VERSION, 1);
	add_single(&page, "uptime_seconds", "gauge", "Time since the mount began.",
		figures.uptime_ms / 1000);
	add_single(&page, "resident_memory_bytes", "gauge", "Memory in use by the program.",
		(uint64_t)figures.resident_bytes);
	add_single(&page, "errors_total", "counter", "Failures told to .squidexfs/errors.",
		figures.errors);
	add_kernel(&page, &figures);
	add_requests(&page, &figures.requests);
	add_apps(&page, &figures);
	add_watches(&page, &figures);
	figures_release(&figures);
	return page.ret < 0 ? error_set(err, -page.ret, "the metrics do not fit into memory") : 0;
}
