/*
 * The numbers of a mount at one moment, gathered once for whoever shows them: status.c
 * as JSON, metrics.c for Prometheus.
 *
 *	struct figures figures;
 *	if (figures_gather(tree, &figures, err) == 0)
 *		... figures.apps[i].cache.hits ...
 *	figures_release(&figures);
 *
 * Private to tree/; any thread, blocks on the disk and never on the network. Plain values; the apps are
 * the tree's, in its order.
 */
#ifndef SQUIDEXFS_TREE_FIGURES_H
#define SQUIDEXFS_TREE_FIGURES_H

#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"
#include "cache/watch.h"
#include "net/breaker.h"
#include "net/http.h"
#include "net/stack.h"
#include "save/unsaved.h"
#include "tree/kernel.h"

struct app;
struct error;
struct tree;

struct figures_app {
	const struct app *app; /* borrowed */
	struct breaker_status server;
	struct token_status token;
	struct cache_stats cache;
	struct watch_status watch; /* where app->watch is not NULL */
	struct unsaved_count unsaved;
	size_t pending_deletes;
};

struct figures {
	uint64_t uptime_ms;
	int64_t resident_bytes; /* 0 where /proc does not tell */
	uint64_t errors;        /* told to .squidexfs/errors since the mount began */
	struct http_stats requests;
	uint64_t kernel_requests[KERNEL_REQUESTS];
	uint64_t prefilled_texts, prefilled_bytes;
	struct figures_app *apps;
	size_t n_apps;
};

/* On failure there is nothing to release. */
int figures_gather(struct tree *tree, struct figures *ret_figures, struct error *err);
void figures_release(struct figures *figures);

#endif
