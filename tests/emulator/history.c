#include "history.h"

#include "buf.h"
#include "convert.h"
#include "guid.h"

#include <string.h>

enum { MAX_KEPT = 1000, MAX_LISTED = 100 };

void history_add(struct app *app, const struct event *event)
{
	struct json_object *entry = json_object_new_object();
	struct buf created = { 0 };
	char id[GUID_SIZE];

	guid_new(id);
	buf_time(&created, event->created);
	json_object_object_add(entry, "message", json_object_new_string(event->message));
	json_object_object_add(entry, "eventType", json_object_new_string(event->type));
	json_object_object_add(entry, "actor", json_object_new_string(event->actor));
	json_object_object_add(entry, "eventId", json_object_new_string(id));
	json_object_object_add(entry, "created", json_object_new_string(created.bytes));
	json_object_object_add(entry, "version", json_object_new_int(event->version));
	json_object_object_add(entry, "channel",
		json_object_new_string(event->channel != NULL ? event->channel : ""));
	json_object_array_add(app->events, entry);
	/* Dropping many at once keeps the cost of one event constant. */
	if (json_object_array_length(app->events) > (size_t)2 * MAX_KEPT)
		json_object_array_del_idx(app->events, 0, MAX_KEPT);
	buf_release(&created);
}

/* Newest first; of one second, the higher version first. */
static int newest_first(const void *left, const void *right)
{
	struct json_object *const *a = left;
	struct json_object *const *b = right;
	int order = strcmp(json_text(*b, "created"), json_text(*a, "created"));

	if (order != 0)
		return order;
	return json_object_get_int(json_object_object_get(*b, "version")) -
	       json_object_get_int(json_object_object_get(*a, "version"));
}

static struct json_object *without_channel(struct json_object *entry)
{
	struct json_object *copy = json_object_new_object();

	json_object_object_foreach(entry, key, value)
	{
		if (strcmp(key, "channel") != 0)
			json_object_object_add(copy, key, json_copy(value));
	}
	return copy;
}

struct json_object *history_list(const struct app *app, const char *channel)
{
	struct json_object *list = json_object_new_array();
	size_t count = json_object_array_length(app->events);

	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_array_get_idx(app->events, i);

		if (*channel == '\0' || strcmp(json_text(entry, "channel"), channel) == 0)
			json_object_array_add(list, without_channel(entry));
	}
	json_object_array_sort(list, newest_first);
	count = json_object_array_length(list);
	if (count > MAX_LISTED)
		json_object_array_del_idx(list, MAX_LISTED, count - MAX_LISTED);
	return list;
}
