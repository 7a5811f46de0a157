/*
 * Several changes of one schema as one bulk request, and what became of their items by one query
 * after it.
 *
 * Blocks on the network. Any thread. Internal to save/.
 */
#ifndef SQUIDEXFS_SAVE_TOGETHER_H
#define SQUIDEXFS_SAVE_TOGETHER_H

#include <stdbool.h>
#include <stddef.h>

struct call;
struct change;
struct change_result;
struct client;

/*
 * Fills each result (initialised) as client_change does, but contents are read after it, also those of which
 * nobody knows whether they were changed. false: the
 * request was refused as a whole, nothing was made, and no result is filled; *ret_is_barred: because
 * this client, or this server, has no bulks.
 */
bool together_send(struct client *client, const struct call *call,
	const struct change *const *changes, struct change_result *const *results, size_t n,
	bool *ret_is_barred);

#endif
