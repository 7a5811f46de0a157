#ifndef EMULATOR_SERVER_H
#define EMULATOR_SERVER_H

/*
 * The server: its parts, and the way of one call through them.
 *
 *	http.c reads a request -> server_handle() -> http.c sends the response
 *
 * server_handle() lets the faults have their say, finds the route (route.c),
 * checks token, app, role and body, takes the lock and runs the route's handler,
 * which fills in the response.
 *
 * Locks: world_lock guards the world (shared to read, exclusive to change);
 * tokens, faults, statistics and the feed have a lock of their own, taken for
 * moments only.  No lock is held while a thread sleeps or sends.
 */

#include "message.h"
#include "world.h"

#include <pthread.h>
#include <stdbool.h>

struct server_conf {
	const char *data_dir;
	int items;       /* generated recipes */
	long lifetime;   /* of a token, seconds */
	long latency_ms; /* before each answer */
	int port;        /* 0: any; then the one that was chosen */
};

struct server {
	struct server_conf conf;
	char base_url[64]; /* "http://127.0.0.1:5000" */
	pthread_rwlock_t world_lock;
	struct world world; /* guarded by world_lock */
	struct token_store *tokens;
	struct fault_list *faults;
	struct stats *stats;
	struct feed *feed; /* the open WebSockets */
};

/* A call while it is being answered. */
struct call {
	struct server *server;
	const struct request *request;
	struct response *response;
	const struct route *route; /* NULL where no route matched */
	const char *params[4];     /* the route's {parameters} in order */
	struct app *app;           /* where the route has one */
	struct schema *schema;     /* where the route has one */
	struct client *client;     /* NULL for anonymous */
	const char *role;          /* NULL without any right */
	struct json_object *body;  /* the JSON body, where the route takes one */
	char trace[64];            /* the trace id of this call */
};

/* Loads the world.  On failure: -1 and a line on stderr. */
int server_init(struct server *server, const struct server_conf *conf);
/* Back to the state of the data directory.  Takes the lock. */
int server_reset(struct server *server);
void server_handle(struct server *server, const struct request *request, struct response *response);
void server_release(struct server *server);

#endif
