/*
 * One app, put together from its settings: identity, transports, client and cache.
 *
 *	session_new(profile_app, http, clock, &session, err);
 *	session_fetch_app(session, &call, err);		-- 1 token and 1 request
 *	session_fetch_schemas(session, &call, err);	-- 1 request, 2 for some roles
 *	session_open_cache(session, pool, err);
 *	app = session_app(session);			-- for the tree
 *	session_start(session, events, err);		-- what runs by itself; 2 credits with -o watch
 *	session_stop(session);				-- before the mount and the tree
 *	session_free(session);				-- after the tree
 *
 * None of the requests but session_start's costs a credit. Borrows the profile's strings, http and
 * the clock; what session_app gives is borrowed from the session. One thread until the tree stands.
 */
#ifndef SQUIDEXFS_CLI_SESSION_H
#define SQUIDEXFS_CLI_SESSION_H

#include <stdbool.h>
#include <stddef.h>

struct app;
struct call;
struct clock;
struct error;
struct event_log;
struct http;
struct pool;
struct profile_app;
struct session;

int session_new(const struct profile_app *profile, struct http *http, const struct clock *clock,
	struct session **ret_session, struct error *err);
void session_free(struct session *session);

/* Asks for a token and drops it: tells a refused client from a refused app. */
int session_try_token(struct session *session, const struct call *call, struct error *err);
int session_fetch_app(struct session *session, const struct call *call, struct error *err);
int session_fetch_schemas(struct session *session, const struct call *call, struct error *err);

/*
 * Takes the schemas over. pool: lists in advance, and ends before the session; NULL: none.
 * Failure: this machine's disk or memory.
 */
int session_open_cache(struct session *session, struct pool *pool, struct error *err);

/*
 * After the cache; a view that cannot be written has none. Asks for what a killed mount left, which
 * may fail. Failure: this machine's disk.
 */
int session_open_saver(struct session *session, struct error *err);

/* What the server tells of goes into the log, if it is asked to. */
int session_start(struct session *session, struct event_log *events, struct error *err);
void session_stop(struct session *session);

/* After session_fetch_app: the client's role shows it the schemas themselves. */
bool session_can_read_schemas(const struct session *session);

/* After session_fetch_schemas, before session_open_cache. */
size_t session_count_schemas(const struct session *session);

const struct app *session_app(const struct session *session);

#endif
