#include "api/event.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/fields.h"
#include "api/moment.h"
#include "base/error.h"

#define TYPE_DELETED "DELETED"

static const struct {
	const char *type;
	enum event_kind kind;
} kinds[] = {
	{ "connection_ack", EVENT_ACK },
	{ "next", EVENT_NEXT },
	{ "error", EVENT_ENDED },
	{ "complete", EVENT_ENDED },
	{ "ping", EVENT_PING },
	{ "pong", EVENT_PONG },
};

void subscription_event_init(struct subscription_event *event)
{
	*event = (struct subscription_event){ .version = -1 };
}

void subscription_event_release(struct subscription_event *event)
{
	free(event->id);
	free(event->type);
	free(event->status);
	subscription_event_init(event);
}

void event_message_init(struct event_message *message)
{
	*message = (struct event_message){ .kind = EVENT_OTHER };
	subscription_event_init(&message->change);
}

void event_message_release(struct event_message *message)
{
	subscription_event_release(&message->change);
	event_message_init(message);
}

void event_message_move(struct event_message *message, struct subscription_event *ret_event)
{
	subscription_event_release(ret_event);
	*ret_event = message->change;
	subscription_event_init(&message->change);
}

static enum event_kind find_kind(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].kind;
	}
	return EVENT_OTHER;
}

/* An id that we gave: digits alone. */
static size_t parse_number(const char *id)
{
	return *id && strlen(id) < 10 && strspn(id, "0123456789") == strlen(id)
		       ? strtoul(id, NULL, 10)
		       : 0;
}

/* A list of errors, or an object with one: its first message. */
static void copy_why(struct json_object *root, char *why, size_t size)
{
	struct json_object *list = fields_get_array(root, FIELD_PAYLOAD);
	struct json_object *first = fields_get_object(root, FIELD_PAYLOAD);

	if (list && json_object_array_length(list) > 0)
		first = json_object_array_get_idx(list, 0);
	snprintf(why, size, "%s", fields_get_string(first, FIELD_MESSAGE));
}

/* Where the server could not say what has changed, it is an event without an id. */
static int read_change(
	struct json_object *root, struct subscription_event *change, struct error *err)
{
	struct json_object *payload = fields_get_object(root, FIELD_PAYLOAD);
	struct json_object *data = fields_get_object(payload, FIELD_DATA);
	struct json_object *event = fields_get_object(data, FIELD_CONTENT_CHANGES);
	const char *type = fields_get_string(event, FIELD_TYPE);

	change->id = strdup(fields_get_string(event, FIELD_ID));
	change->type = strdup(type);
	change->status = strdup(fields_get_string(event, FIELD_STATUS));
	if (!change->id || !change->type || !change->status)
		return error_set(err, ENOMEM, "out of memory");
	change->version = fields_get_int(event, FIELD_VERSION, -1);
	change->is_deleted = strcmp(type, TYPE_DELETED) == 0;
	if (!moment_parse(fields_get_string(event, FIELD_MODIFIED), &change->modified_s))
		change->modified_s = 0;
	return 0;
}

int event_parse(const char *json, size_t len, struct event_message *ret_message, struct error *err)
{
	struct json_object *root = NULL;
	int ret = document_parse(json, len, "subscriptions", &root, err);

	event_message_release(ret_message);
	if (ret < 0)
		return ret == -ENOMEM
			       ? ret
			       : error_set(err, EPROTO,
					 "subscriptions: the server sent what is no message");
	ret_message->kind = find_kind(fields_get_string(root, FIELD_TYPE));
	ret_message->number = parse_number(fields_get_string(root, FIELD_ID));
	if (ret_message->kind == EVENT_ENDED)
		copy_why(root, ret_message->why, sizeof(ret_message->why));
	if (ret_message->kind == EVENT_NEXT)
		ret = read_change(root, &ret_message->change, err);
	json_object_put(root);
	return ret;
}
