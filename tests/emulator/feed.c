#include "feed.h"

#include "alloc.h"
#include "websocket.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct feed {
	pthread_mutex_t lock;
	/* All that follows is guarded by lock. */
	struct session **sessions;
	size_t count;
	long delay_ms;
	bool is_down;
	struct feed_counts counts; /* .open is unused: it is count */
};

/* What a test can have done to every open socket. */
struct command {
	bool drop;
	bool mute;
	bool garbage;
	bool bad_frame;
	long close;    /* a code; 0 for none */
	long delay_ms; /* of events; -1 to leave it */
};

struct feed *feed_new(void)
{
	struct feed *feed = must_calloc(1, sizeof(*feed));

	pthread_mutex_init(&feed->lock, NULL);
	return feed;
}

void feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	pthread_mutex_destroy(&feed->lock);
	free(feed->sessions);
	free(feed);
}

bool feed_join(struct feed *feed, struct session *session)
{
	bool is_down;

	pthread_mutex_lock(&feed->lock);
	is_down = feed->is_down;
	if (!is_down) {
		feed->sessions = must_resize(
			feed->sessions, feed->count + 1, sizeof(struct session *));
		feed->sessions[feed->count++] = session;
		feed->counts.opened++;
	}
	pthread_mutex_unlock(&feed->lock);
	return !is_down;
}

void feed_leave(struct feed *feed, struct session *session)
{
	pthread_mutex_lock(&feed->lock);
	for (size_t i = 0; i < feed->count; i++) {
		if (feed->sessions[i] != session)
			continue;
		feed->sessions[i] = feed->sessions[--feed->count];
		break;
	}
	pthread_mutex_unlock(&feed->lock);
}

void feed_count_ping(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->counts.pings++;
	pthread_mutex_unlock(&feed->lock);
}

void feed_publish(void *payload, const char *type, const struct item *item)
{
	struct feed *feed = payload;

	pthread_mutex_lock(&feed->lock);
	for (size_t i = 0; i < feed->count; i++)
		feed->counts.events += session_tell(feed->sessions[i], type, item, feed->delay_ms);
	pthread_mutex_unlock(&feed->lock);
}

static char *read_key(const char *key, struct json_object *value, struct command *command)
{
	const struct {
		const char *name;
		bool *place;
	} switches[] = { { "drop", &command->drop }, { "mute", &command->mute },
		{ "garbage", &command->garbage }, { "badFrame", &command->bad_frame } };
	const struct {
		const char *name;
		long *place;
	} numbers[] = { { "close", &command->close }, { "delayMs", &command->delay_ms } };

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(switches[i].name, key) != 0)
			continue;
		*switches[i].place = json_object_get_boolean(value);
		return json_object_is_type(value, json_type_boolean)
			       ? NULL
			       : must_format("'%s' must be true or false.", key);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(numbers[i].name, key) != 0)
			continue;
		*numbers[i].place = (long)json_object_get_int64(value);
		return json_object_is_type(value, json_type_int) && *numbers[i].place >= 0
			       ? NULL
			       : must_format("'%s' must be a whole number of at least 0.", key);
	}
	return must_format("There is nothing like '%s' to do to a socket.", key);
}

static void obey(struct session *session, const struct command *command)
{
	static const char no_json[] = "\x81\x12<html>not { JSON \x01";
	/* A frame with reserved bits and no known opcode. */
	static const char no_frame[] = "\xff\x05 frame";

	if (command->garbage)
		session_send_raw(session, no_json, sizeof(no_json) - 1);
	if (command->bad_frame)
		session_send_raw(session, no_frame, sizeof(no_frame) - 1);
	if (command->close > 0)
		session_send_close(session, (unsigned)command->close);
	if (command->mute)
		session_set_mood(session, SESSION_MUTE);
	if (command->drop)
		session_set_mood(session, SESSION_BREAKS);
}

int feed_command(struct feed *feed, struct json_object *json, char **ret_problem)
{
	struct command command = { .delay_ms = -1 };

	*ret_problem = NULL;
	if (!json_object_is_type(json, json_type_object)) {
		*ret_problem = must_format("What is to be done must be an object.");
		return -1;
	}
	json_object_object_foreach(json, key, value)
	{
		*ret_problem = read_key(key, value, &command);
		if (*ret_problem != NULL)
			return -1;
	}
	pthread_mutex_lock(&feed->lock);
	if (command.delay_ms >= 0)
		feed->delay_ms = command.delay_ms;
	for (size_t i = 0; i < feed->count; i++)
		obey(feed->sessions[i], &command);
	pthread_mutex_unlock(&feed->lock);
	return 0;
}

void feed_clear(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->delay_ms = 0;
	pthread_mutex_unlock(&feed->lock);
}

struct feed_counts feed_counts(struct feed *feed)
{
	struct feed_counts counts;

	pthread_mutex_lock(&feed->lock);
	counts = feed->counts;
	counts.open = (long)feed->count;
	pthread_mutex_unlock(&feed->lock);
	return counts;
}

void feed_forget_counts(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->counts = (struct feed_counts){ 0 };
	pthread_mutex_unlock(&feed->lock);
}

void feed_shut_down(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->is_down = true;
	for (size_t i = 0; i < feed->count; i++) {
		session_send_close(feed->sessions[i], WS_GOING_AWAY);
		session_set_mood(feed->sessions[i], SESSION_BREAKS);
	}
	pthread_mutex_unlock(&feed->lock);
}
