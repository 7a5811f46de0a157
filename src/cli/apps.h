/*
 * The sessions of all apps of a profile, over one network: what a mount and a prefetch stand on.
 *
 *	code = apps_open(&profile, &interrupt, &apps, err);	-- after any fork
 *	... apps.apps[i], i < apps.n_apps ...
 *	apps_start(&apps, events, err);			-- what runs by itself, when all else stands
 *	apps_stop(&apps);				-- before anything else goes
 *	apps_close(&apps);				-- also after a failure
 *
 * For each app: its token, the app, its schemas, and the cache over them. The profile is borrowed,
 * but for its secrets, which are wiped. One thread; blocks on the network, bounded by the profile's
 * timeout for each app.
 */
#ifndef SQUIDEXFS_CLI_APPS_H
#define SQUIDEXFS_CLI_APPS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/exit.h"

struct app;
struct clock;
struct error;
struct event_log;
struct http;
struct pool;
struct profile;
struct session;

/* Who may end the waiting; as in struct call. */
struct interrupt {
	bool (*is_set)(void *payload);
	void *payload;
};

struct apps {
	struct http *http;
	struct pool *pool; /* lists directories in advance; NULL: one request at a time */
	struct session **sessions;
	struct app *apps; /* for the tree */
	size_t n_apps;
};

/* interrupt: NULL: nobody. */
enum exit_code apps_open(struct profile *profile, const struct clock *clock,
	const struct interrupt *interrupt, struct apps *apps, struct error *err);

/* What saving needs, for a mount that can be written. Failure: this machine's disk. */
int apps_open_savers(struct apps *apps, struct error *err);
void apps_close(struct apps *apps);

/* Does the server tell of changes in any of them? Then they go into the log of events. */
bool apps_are_watched(const struct apps *apps);
int apps_start(struct apps *apps, struct event_log *events, struct error *err);
void apps_stop(struct apps *apps); /* also of what was not started */

#endif
