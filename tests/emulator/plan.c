#include "plan.h"

#include "content.h"
#include "convert.h"
#include "guid.h"
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_event(struct plan *plan, const char *type, const char *message)
{
	plan->state.modified = plan->change->now;
	plan->state.modified_by = plan->change->actor;
	plan->events[plan->count].state = plan->state;
	plan->events[plan->count].type = type;
	snprintf(plan->events[plan->count].message, sizeof(plan->events[0].message), "%s", message);
	plan->count++;
}

void plan_content_event(struct plan *plan, const char *type, const char *verb)
{
	char message[160];

	snprintf(message, sizeof(message), "%s {%s} content.", verb, plan->change->schema->name);
	plan_event(plan, type, message);
}

/* The draft's references stand beside the published ones. */
static void update_refs(struct item *item)
{
	const char *const texts[] = { item->now.data, item->now.draft };
	struct name **names = NULL;
	size_t count = 0;

	for (int i = 0; i < 2 && texts[i] != NULL; i++) {
		struct json_object *data = item_parse(item, texts[i]);

		names = convert_references(item->schema, data, names, &count);
		json_object_put(data);
	}
	item_set_refs(item, names, count);
	free(names);
}

/*
 * What a subscriber hears.  The server names five kinds of events; all others
 * come under the first of its names.
 */
static const char *told_type(const char *event, const struct state *before, const struct state *now)
{
	if (strcmp(event, "ContentUpdatedEvent") == 0)
		return "UPDATED";
	if (strcmp(event, "ContentDeletedEvent") == 0)
		return "DELETED";
	if (strcmp(event, "ContentStatusChangedEventV2") != 0)
		return "CREATED";
	if (state_editing_status(now) == STATUS_PUBLISHED)
		return "PUBLISHED";
	return state_editing_status(before) == STATUS_PUBLISHED ? "UNPUBLISHED" : "STATUS_CHANGED";
}

static void add_history(const struct plan *plan, size_t index)
{
	const struct item *item = plan->item;
	char channel[600];
	struct event event = { .message = plan->events[index].message,
		.type = plan->events[index].type,
		.actor = plan->change->actor,
		.created = plan->change->now,
		/* The history of versions is gone with the item. */
		.version = plan->change->flags & CHANGE_PERMANENT ? 0 : item->version,
		.channel = channel };

	snprintf(channel, sizeof(channel), "schemas.%s.contents.%s", item->schema->id,
		item->name->id);
	history_add(item->app, &event);
}

/* The log counts the end of an item from 0 (transcript 265). */
int plan_erase(struct plan *plan, struct change_result *ret)
{
	plan_content_event(plan, "ContentDeletedEvent", "deleted");
	plan->item->version = 0;
	add_history(plan, 0);
	item_tell(plan->item, "DELETED");
	item_erase(plan->item);
	*ret = (struct change_result){ .version = -1 };
	return 0;
}

int plan_commit(struct plan *plan, struct change_result *ret)
{
	struct item *item = plan->item;

	for (size_t i = 0; i < plan->count; i++) {
		const struct state before = item->now;

		item_commit(item, &plan->events[i].state);
		add_history(plan, i);
		item_tell(item, told_type(plan->events[i].type, &before, &item->now));
	}
	if (plan->writes_data)
		update_refs(item);
	ret->item = item;
	ret->version = item->version;
	return 0;
}

int plan_find_item(const struct change *change, struct item **ret, struct failure *failure)
{
	struct item *item = app_item(change->schema->app, change->id);

	if (item != NULL && item->schema != change->schema)
		return failure_set(failure, 400, NULL, "Invalid command.");
	*ret = item;
	return 0;
}

int plan_check_version(
	const struct change *change, const struct item *item, struct failure *failure)
{
	if (change->expected == ANY_VERSION || change->expected == item->version)
		return 0;
	return failure_set(failure, 412, "OBJECT_VERSION_CONFLICT",
		"Entity (%s--%s) requested version %ld, but found %d.", item->app->id,
		item->name->id, change->expected, item->version);
}

/* A sample gets a text of its own as soon as anyone writes to it. */
static void keep_sample_text(struct item *item)
{
	struct json_object *data;
	struct buf text = { 0 };

	if (item->now.data != NULL)
		return;
	data = item_parse(item, NULL);
	buf_json(&text, data, JSON_RELAXED);
	item->now.data = arena_strdup(&item->app->world->arena, text.bytes);
	buf_release(&text);
	json_object_put(data);
}

int plan_open(struct plan *plan, const struct change *change, struct failure *failure)
{
	struct item *item = NULL;

	*plan = (struct plan){ .change = change };
	if (plan_find_item(change, &item, failure))
		return -1;
	if (item == NULL)
		return failure_set(failure, 404, NULL, "OBJECT_NOTFOUND");
	if (item->now.deleted)
		return failure_set(failure, 410, "OBJECT_DELETED",
			"Entity (%s--%s) has been deleted.", item->app->id, item->name->id);
	if (plan_check_version(change, item, failure))
		return -1;
	keep_sample_text(item);
	plan->item = item;
	plan->state = item->now;
	return 0;
}

int plan_check_data(const struct change *change, struct json_object *data, struct failure *failure)
{
	if (data == NULL)
		return failure_invalid(failure, "data: Data is required.");
	if (change->flags & CHANGE_NO_VALIDATION)
		return 0;
	return content_check(change, data, failure);
}

int plan_update(struct plan *plan, struct failure *failure)
{
	const struct change *change = plan->change;
	const char *old = state_editing_text(&plan->state);
	const char *text;

	if (plan_check_data(change, change->data, failure))
		return -1;
	if (state_editing_status(&plan->state) == STATUS_ARCHIVED &&
		!(change->flags & CHANGE_NO_WORKFLOW))
		return failure_set(failure, 400, NULL,
			"The workflow does not allow updates at status Archived");
	text = content_write(change, plan->item, old);
	if (text == old)
		return 0;
	if (plan->state.draft != NULL)
		plan->state.draft = text;
	else
		plan->state.data = text;
	plan->writes_data = true;
	plan_content_event(plan, "ContentUpdatedEvent", "updated");
	return 0;
}

static bool is_transition(const char *from, const char *to)
{
	if (from == STATUS_ARCHIVED)
		return to == STATUS_DRAFT;
	return to != NULL && to != from;
}

int plan_check_referrers(
	const struct change *change, const struct item *item, struct failure *failure)
{
	if (!(change->flags & CHANGE_CHECK_REFERRERS))
		return 0;
	for (struct schema *schema = item->app->schemas; schema != NULL; schema = schema->next) {
		for (size_t i = 0; i < schema->by_id.count; i++) {
			if (change_is_referred_to(item, schema->by_id.items[i]))
				return failure_set(failure, 400, "OBJECT_REFERENCED",
					"Content is referenced by another content and cannot be "
					"deleted or unpublished.");
		}
	}
	return 0;
}

static void plan_schedule(struct plan *plan, const char *status)
{
	struct arena *arena = &plan->change->schema->app->world->arena;
	struct schedule *schedule = arena_alloc(arena, sizeof(*schedule));
	char id[GUID_SIZE];
	char message[160];

	guid_new(id);
	schedule->id = arena_strdup(arena, id);
	schedule->status = status;
	schedule->due = plan->change->due;
	schedule->by = plan->change->actor;
	plan->state.schedule = schedule;
	snprintf(message, sizeof(message), "scheduled to change status of {%s} content to {%s}.",
		plan->change->schema->name, status);
	plan_event(plan, "ContentStatusScheduledEvent", message);
}

static void set_status(struct state *state, const char *status)
{
	state->schedule = NULL;
	if (state->new_status == NULL) {
		state->status = status;
		return;
	}
	state->new_status = status;
	if (status != STATUS_PUBLISHED)
		return;
	/* Publishing a draft puts it in the place of what was published. */
	state->status = status;
	state->data = state->draft;
	state->draft = NULL;
	state->new_status = NULL;
}

int plan_status(struct plan *plan, struct failure *failure)
{
	const struct change *change = plan->change;
	const char *from = state_editing_status(&plan->state);
	const char *to = status_find(change->status);
	char message[160];

	if (to == from && change->due <= change->now)
		return 0;
	if (!is_transition(from, to) && (to == NULL || !(change->flags & CHANGE_NO_WORKFLOW)))
		return failure_invalid(failure, "status: Cannot change status from %s to %s.", from,
			change->status);
	if (change->schema->is_singleton && to != STATUS_PUBLISHED &&
		plan->state.new_status == NULL && from == STATUS_PUBLISHED)
		return failure_set(failure, 400, NULL, "Singleton content cannot be updated.");
	if (plan->item != NULL && plan->state.status == STATUS_PUBLISHED &&
		to != STATUS_PUBLISHED && plan_check_referrers(change, plan->item, failure))
		return -1;
	if (change->due > change->now) {
		plan_schedule(plan, to);
		return 0;
	}
	set_status(&plan->state, to);
	snprintf(message, sizeof(message), "changed status of {%s} content to {%s}.",
		change->schema->name, to);
	plan_event(plan, "ContentStatusChangedEventV2", message);
	return 0;
}
