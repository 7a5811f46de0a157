#include "session.h"

#include "alloc.h"
#include "feed.h"
#include "subscription.h"
#include "websocket.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* The codes of graphql-transport-ws for a client that breaks its rules. */
enum { BAD_MESSAGE = 4400, NOT_INITIALISED = 4401, ID_TAKEN = 4409, INITIALISED_TWICE = 4429 };

struct outgoing {
	struct outgoing *next;
	struct buf frame;
	long long due_ms;
	bool is_last; /* a close */
};

struct listener {
	struct listener *next;
	struct subscription *subscription;
};

struct session {
	struct feed *feed;
	char *app;
	bool may_read;
	bool is_initialised; /* the socket's thread alone */
	int wake;            /* an eventfd */
	pthread_mutex_t lock;
	struct outgoing *queue;     /* in the order of sending; guarded by lock */
	struct listener *listeners; /* guarded by lock */
	enum session_mood mood;     /* guarded by lock */
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

struct session *session_new(struct feed *feed, const char *app, bool may_read)
{
	struct session *session = must_calloc(1, sizeof(*session));

	session->feed = feed;
	session->app = must_strdup(app);
	session->may_read = may_read;
	session->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (session->wake < 0)
		abort();
	pthread_mutex_init(&session->lock, NULL);
	return session;
}

static void free_outgoing(struct outgoing *outgoing)
{
	buf_release(&outgoing->frame);
	free(outgoing);
}

void session_free(struct session *session)
{
	if (session == NULL)
		return;
	feed_leave(session->feed, session);
	while (session->queue != NULL) {
		struct outgoing *next = session->queue->next;

		free_outgoing(session->queue);
		session->queue = next;
	}
	while (session->listeners != NULL) {
		struct listener *next = session->listeners->next;

		subscription_free(session->listeners->subscription);
		free(session->listeners);
		session->listeners = next;
	}
	pthread_mutex_destroy(&session->lock);
	close(session->wake);
	free(session->app);
	free(session);
}

bool session_join(struct session *session)
{
	return feed_join(session->feed, session);
}

void session_count_ping(struct session *session)
{
	feed_count_ping(session->feed);
}

int session_wake_fd(const struct session *session)
{
	return session->wake;
}

void session_woken(struct session *session)
{
	uint64_t count;

	(void)!read(session->wake, &count, sizeof(count));
}

static void wake(struct session *session)
{
	const uint64_t one = 1;

	(void)!write(session->wake, &one, sizeof(one));
}

/* Takes the outgoing. */
static void append_locked(struct session *session, struct outgoing *outgoing)
{
	struct outgoing **end = &session->queue;

	while (*end != NULL)
		end = &(*end)->next;
	*end = outgoing;
	wake(session);
}

static void append(struct session *session, struct outgoing *outgoing)
{
	pthread_mutex_lock(&session->lock);
	append_locked(session, outgoing);
	pthread_mutex_unlock(&session->lock);
}

static void send_text(struct session *session, const char *text, size_t length)
{
	struct outgoing *outgoing = must_calloc(1, sizeof(*outgoing));

	ws_frame(&outgoing->frame, WS_TEXT, text, length);
	append(session, outgoing);
}

static void send_close(struct session *session, unsigned code, const char *reason)
{
	struct outgoing *outgoing = must_calloc(1, sizeof(*outgoing));

	ws_close(&outgoing->frame, code, reason);
	outgoing->is_last = true;
	append(session, outgoing);
}

static void send_errors(struct session *session, const char *id, const struct buf *errors)
{
	struct buf message = { 0 };

	buf_puts(&message, "{\"type\":\"error\",\"id\":");
	buf_json_string(&message, id, JSON_STRICT);
	buf_puts(&message, ",\"payload\":");
	buf_add(&message, errors->bytes, errors->length);
	buf_puts(&message, "}");
	send_text(session, message.bytes, message.length);
	buf_release(&message);
}

static struct listener **find_listener_locked(struct session *session, const char *id)
{
	struct listener **place = &session->listeners;

	while (*place != NULL && strcmp(subscription_id((*place)->subscription), id) != 0)
		place = &(*place)->next;
	return place;
}

/* False if the id is taken. */
static bool listen_to(struct session *session, struct subscription *subscription)
{
	struct listener **place;
	bool is_free;

	pthread_mutex_lock(&session->lock);
	place = find_listener_locked(session, subscription_id(subscription));
	is_free = *place == NULL;
	if (is_free) {
		*place = must_calloc(1, sizeof(**place));
		(*place)->subscription = subscription;
	}
	pthread_mutex_unlock(&session->lock);
	return is_free;
}

static void take_subscribe(struct session *session, const char *id, struct json_object *message)
{
	static const char forbidden[] =
		"[{\"message\":\"You do not have the necessary permission.\","
		"\"extensions\":{\"code\":\"DOMAIN_FORBIDDEN\",\"codes\":"
		"[\"DOMAIN_FORBIDDEN\"]}}]";
	struct json_object *payload = NULL;
	struct subscription *subscription = NULL;
	struct buf errors = { 0 };

	json_object_object_get_ex(message, "payload", &payload);
	if (!session->may_read)
		buf_puts(&errors, forbidden);
	else
		subscription = subscription_new(id, payload, &errors);
	if (subscription == NULL) {
		send_errors(session, id, &errors);
	} else if (!listen_to(session, subscription)) {
		subscription_free(subscription);
		send_close(session, ID_TAKEN, "Subscriber already exists");
	}
	buf_release(&errors);
}

static void take_complete(struct session *session, const char *id)
{
	struct listener **place;
	struct listener *found;

	pthread_mutex_lock(&session->lock);
	place = find_listener_locked(session, id);
	found = *place;
	if (found != NULL)
		*place = found->next;
	pthread_mutex_unlock(&session->lock);
	if (found != NULL)
		subscription_free(found->subscription);
	free(found);
}

static void take_init(struct session *session)
{
	static const char ack[] = "{\"type\":\"connection_ack\"}";

	if (session->is_initialised) {
		send_close(session, INITIALISED_TWICE, "Too many initialisation requests");
		return;
	}
	session->is_initialised = true;
	send_text(session, ack, sizeof(ack) - 1);
}

/* The text of a member, or "". */
static const char *text_of(struct json_object *message, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(message, key, &value) ||
		!json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static void take_message(struct session *session, struct json_object *message)
{
	static const char pong[] = "{\"type\":\"pong\"}";
	const char *type = text_of(message, "type");
	const char *id = text_of(message, "id");
	bool is_subscribe = strcmp(type, "subscribe") == 0;

	if (strcmp(type, "connection_init") == 0)
		take_init(session);
	else if (strcmp(type, "ping") == 0)
		send_text(session, pong, sizeof(pong) - 1);
	else if (is_subscribe && !session->is_initialised)
		send_close(session, NOT_INITIALISED, "Unauthorized");
	else if (is_subscribe && *id != '\0')
		take_subscribe(session, id, message);
	else if (strcmp(type, "complete") == 0 && *id != '\0')
		take_complete(session, id);
	else if (strcmp(type, "pong") != 0)
		send_close(session, BAD_MESSAGE, "Unrecognized message");
}

void session_take(struct session *session, const char *text, size_t length)
{
	char *copy = must_strndup(text, length);
	struct json_object *message = json_tokener_parse(copy);

	if (json_object_is_type(message, json_type_object))
		take_message(session, message);
	else
		send_close(session, BAD_MESSAGE, "Invalid message");
	json_object_put(message);
	free(copy);
}

bool session_next(struct session *session, struct buf *out, int *ret_wait_ms)
{
	long long now = now_ms();
	struct outgoing **place = &session->queue;
	bool is_last = false;

	*ret_wait_ms = -1;
	pthread_mutex_lock(&session->lock);
	while (*place != NULL && !is_last) {
		struct outgoing *outgoing = *place;

		if (outgoing->due_ms > now) {
			int left = (int)(outgoing->due_ms - now);

			if (*ret_wait_ms < 0 || left < *ret_wait_ms)
				*ret_wait_ms = left;
			place = &outgoing->next;
			continue;
		}
		*place = outgoing->next;
		is_last = outgoing->is_last;
		buf_add(out, outgoing->frame.bytes, outgoing->frame.length);
		free_outgoing(outgoing);
	}
	pthread_mutex_unlock(&session->lock);
	return !is_last;
}

enum session_mood session_mood(struct session *session)
{
	enum session_mood mood;

	pthread_mutex_lock(&session->lock);
	mood = session->mood;
	pthread_mutex_unlock(&session->lock);
	return mood;
}

long session_tell(struct session *session, const char *type, const struct item *item, long delay_ms)
{
	long told = 0;

	if (strcmp(session->app, item->app->name) != 0)
		return 0;
	pthread_mutex_lock(&session->lock);
	for (struct listener *l = session->listeners; l != NULL; l = l->next) {
		struct outgoing *outgoing;
		struct buf message = { 0 };

		if (!subscription_wants(l->subscription, item))
			continue;
		outgoing = must_calloc(1, sizeof(*outgoing));
		outgoing->due_ms = delay_ms > 0 ? now_ms() + delay_ms : 0;
		subscription_tell(&message, l->subscription, type, item);
		ws_frame(&outgoing->frame, WS_TEXT, message.bytes, message.length);
		buf_release(&message);
		append_locked(session, outgoing);
		told++;
	}
	pthread_mutex_unlock(&session->lock);
	return told;
}

void session_send_raw(struct session *session, const char *bytes, size_t length)
{
	struct outgoing *outgoing = must_calloc(1, sizeof(*outgoing));

	buf_add(&outgoing->frame, bytes, length);
	append(session, outgoing);
}

void session_send_close(struct session *session, unsigned code)
{
	send_close(session, code, "");
}

void session_set_mood(struct session *session, enum session_mood mood)
{
	pthread_mutex_lock(&session->lock);
	session->mood = mood;
	wake(session);
	pthread_mutex_unlock(&session->lock);
}
