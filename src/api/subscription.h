/*
 * Hearing of changes: GraphQL subscriptions of an app over one WebSocket (the protocol
 * graphql-transport-ws; wire/320), one for each schema: an event does not say which it is of.
 *
 *	subscription_new(&conf, &sub, err);
 *	subscription_open(sub, &call, names, n, err);	-- 2 credits
 *	while ((ret = subscription_next(sub, until_ms, &event, err)) >= 0)
 *		... ret 1: an event; 0: none in time ...
 *	subscription_close(sub);			-- may be opened again
 *	subscription_free(sub);
 *
 * The server does not confirm a subscription. So a ping is sent behind them, which is answered
 * when they have been taken: SUBSCRIPTION_READY. Whatever is asked for after that is either in
 * the answer or told of later. Events are not replayed: what happens while no socket stands is
 * never told.
 *
 * The access token goes where the server looks for it (in the address), and is renewed once if it
 * is refused. Borrows what conf points to.
 *
 * Threads: one at a time, but for subscription_stop.
 */
#ifndef SQUIDEXFS_API_SUBSCRIPTION_H
#define SQUIDEXFS_API_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct clock;
struct error;
struct http;
struct subscription;
struct token_manager;

struct subscription_conf {
	struct http *http;
	struct token_manager *tokens;
	const struct clock *clock;
	const char *url; /* of the server, normalised */
	const char *app;
	uint64_t ping_ms, pong_ms; /* net/websocket.h */
	uint64_t ready_ms;         /* a server that answers no ping is taken to be ready then */
};

enum subscription_kind {
	SUBSCRIPTION_READY,  /* from now on nothing is missed; comes once after subscription_open */
	SUBSCRIPTION_CHANGE, /* something has happened to an item */
	SUBSCRIPTION_LOST,   /* of this schema nothing (more) will be told */
};

/* Strings are those of the event; NULL but for SUBSCRIPTION_CHANGE. */
struct subscription_event {
	enum subscription_kind kind;
	size_t schema; /* its place among the names; not of SUBSCRIPTION_READY */

	/* of SUBSCRIPTION_CHANGE */
	char *id;           /* "": the server did not say, so it may be any */
	char *type;         /* in its words: "UPDATED"; of a draft or schedule "CREATED" */
	char *status;       /* "Published" */
	int64_t version;    /* -1: it did not say */
	int64_t modified_s; /* since 1970, 0: it did not say */
	bool is_deleted;
};

void subscription_event_init(struct subscription_event *event);
void subscription_event_release(struct subscription_event *event);

int subscription_new(const struct subscription_conf *conf, struct subscription **ret_subscription,
	struct error *err);
void subscription_free(struct subscription *sub); /* NULL is legal */

/*
 * names: slugs of schemas, borrowed until it is closed. The failures of subscription_is_refusal
 * mean that the server will not have it; others that it cannot be had now.
 */
int subscription_open(struct subscription *sub, const struct call *call, const char *const *names,
	size_t n_names, struct error *err);
void subscription_close(struct subscription *sub);

/* Replaces *ret_event. until_ms: of the clock. Failures: as websocket_receive, and refusals. */
int subscription_next(struct subscription *sub, uint64_t until_ms,
	struct subscription_event *ret_event, struct error *err);

/* Is this the server's no, which will be the same in a minute? */
bool subscription_is_refusal(int ret);

/* Any thread: whatever blocks ends at once with -ECANCELED, and nothing blocks any more. */
void subscription_stop(struct subscription *sub);

#endif
