/*
 * An app as the tree knows it, whole but for its server: client, cache in memory, and the
 * transports above a pretended server, all by a pretended clock.
 *
 *	static struct pretended_app shop;
 *	pretended_app_init(&shop, ids, n_ids);
 *	... shop.app, shop.http, shop.server, shop.time ...
 *	pretended_app_release(&shop);
 *
 * A failure to build it fails the test. One thread.
 */
#ifndef TESTS_UNIT_PRETENDED_APP_H
#define TESTS_UNIT_PRETENDED_APP_H

#include <stddef.h>

#include "support/pretended.h"
#include "support/pretended_server.h"
#include "tree/app.h"

#define PRETENDED_TTL_MS 30000
#define PRETENDED_NEGATIVE_MS 5000

struct pretended_app {
	struct pretended_clock time;
	struct pretended_server server;
	struct http *http; /* asks nobody: the server stands in its place */
	struct app app;
};

/* ids: of the schema 'recipes', ascending; borrowed. */
void pretended_app_init(struct pretended_app *shop, const char *const *ids, size_t n_ids);
void pretended_app_release(struct pretended_app *shop);

#endif
