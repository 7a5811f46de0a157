#include "tree/figures.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "save/deletes.h"
#include "tree/errors.h"
#include "tree/node.h"

static int64_t get_resident_bytes(void)
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

static int gather_app(const struct app *app, struct figures_app *ret_figures, struct error *err)
{
	int ret;

	ret_figures->app = app;
	ret_figures->pending_deletes = app->deletes ? deletes_count(app->deletes) : 0;
	stack_get_breaker_status(app->stack, &ret_figures->server);
	stack_get_token_status(app->stack, &ret_figures->token);
	if (app->watch)
		watch_get_status(app->watch, &ret_figures->watch);
	ret = cache_get_stats(app->cache, &ret_figures->cache, err);
	if (ret == 0 && app->state)
		ret = unsaved_count(app->state, &ret_figures->unsaved, err);
	return ret;
}

static void gather_kernel(struct tree *tree, struct figures *figures)
{
	for (size_t i = 0; i < KERNEL_REQUESTS; i++)
		figures->kernel_requests[i] = atomic_load(&tree->kernel.requests[i]);
	figures->prefilled_texts = atomic_load(&tree->kernel.prefilled_texts);
	figures->prefilled_bytes = atomic_load(&tree->kernel.prefilled_bytes);
}

int figures_gather(struct tree *tree, struct figures *ret_figures, struct error *err)
{
	struct figures figures = {
		.uptime_ms = clock_now_ms(tree->conf.clock) - tree->started_ms,
		.resident_bytes = get_resident_bytes(),
		.errors = error_log_count(tree->conf.errors),
		.n_apps = tree->conf.n_apps,
	};
	int ret = 0;

	http_get_stats(tree->conf.http, &figures.requests);
	gather_kernel(tree, &figures);
	/* calloc may answer a wish for nothing with NULL. */
	figures.apps = calloc(figures.n_apps + 1, sizeof(figures.apps[0]));
	if (!figures.apps)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < figures.n_apps && ret == 0; i++)
		ret = gather_app(&tree->conf.apps[i], &figures.apps[i], err);
	if (ret < 0) {
		figures_release(&figures);
		return ret;
	}
	*ret_figures = figures;
	return 0;
}

void figures_release(struct figures *figures)
{
	free(figures->apps);
	figures->apps = NULL;
	figures->n_apps = 0;
}
