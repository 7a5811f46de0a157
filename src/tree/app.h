/*
 * An app as the tree sees it: the client's stack of one configured app, put together.
 * main builds them (src/session.h), the tree shows each as /apps/<name>.
 *
 * Plain pointers, borrowed by the tree for its life; immutable once the tree stands.
 */
#ifndef SQUIDEXFS_TREE_APP_H
#define SQUIDEXFS_TREE_APP_H

#include <stddef.h>

struct cache;
struct client;
struct deletes;
struct hidden;
struct http;
struct saver;
struct stack;
struct state;
struct watch;

struct app {
	const char *name;
	const char *url;
	const char *client_id;
	struct stack *stack;
	struct client *client;
	struct cache *cache;
	struct saver *saver;     /* NULL: a view that cannot be written */
	struct state *state;     /* what this machine alone has; NULL as saver */
	struct deletes *deletes; /* NULL: likewise */
	struct hidden *hidden;   /* items that are not shown; NULL: none ever */
	struct watch *watch;     /* NULL: the server is not asked to tell of changes */
};

#endif
