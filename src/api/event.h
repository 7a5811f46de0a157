/*
 * The messages of the protocol graphql-transport-ws, as far as a server sends them, and the
 * change that one tells of (wire/320).
 *
 *	struct event_message message;
 *	event_message_init(&message);
 *	event_parse(json, len, &message, err);
 *	event_message_release(&message);
 *
 * Plain data, owned by the caller. Private to api/.
 */
#ifndef SQUIDEXFS_API_EVENT_H
#define SQUIDEXFS_API_EVENT_H

#include <stddef.h>

#include "api/subscription.h"

struct error;

enum event_kind {
	EVENT_ACK,
	EVENT_NEXT,  /* of a subscription: change */
	EVENT_ENDED, /* of a subscription: by an error, or for good */
	EVENT_PING,
	EVENT_PONG,
	EVENT_OTHER,
};

struct event_message {
	enum event_kind kind;
	size_t number; /* of the subscription; 0: none, or not one of ours */
	char why[256]; /* of EVENT_ENDED: the server's words, "" if none */
	struct subscription_event change;
};

void event_message_init(struct event_message *message);
void event_message_release(struct event_message *message);

/* Replaces *ret_message. -EPROTO: not such a message; -ENOMEM. */
int event_parse(const char *json, size_t len, struct event_message *ret_message, struct error *err);

/* The change becomes the event's, whose former strings are freed. */
void event_message_move(struct event_message *message, struct subscription_event *ret_event);

#endif
