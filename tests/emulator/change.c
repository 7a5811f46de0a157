#include "change.h"

#include "content.h"
#include "plan.h"

#include <string.h>

/* The longest id that the store can hold, in characters. */
enum { MAX_ID = 255 };

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

bool change_is_referred_to(const struct item *item, const struct item *by)
{
	if (by->now.deleted || !by->refs_indexed)
		return false;
	for (size_t i = 0; i < by->ref_count; i++) {
		if (by->refs[i] == item->name)
			return true;
	}
	return false;
}

/* Makes or revives the item of a plan that is known to be good. */
static void prepare_item(struct plan *plan)
{
	const struct change *change = plan->change;
	struct item *item = plan->item;

	if (item == NULL) {
		plan->item = item_new(change->schema, change->id, change->actor, change->now);
		return;
	}
	item->created = change->now;
	item->created_by = change->actor;
	item->refs_indexed = false;
	item->reborn = item->version + 1;
}

/* item is NULL or deleted.  A new item needs a whole document, even from a patch. */
static int create(const struct change *asked, struct item *item, struct change_result *ret,
	struct failure *failure)
{
	struct change change = *asked;
	struct plan plan = { .change = &change, .item = item, .writes_data = true };

	change.flags = (change.flags | CHANGE_ENRICH) & ~(unsigned)CHANGE_PATCH;
	if (count_characters(change.id) > MAX_ID)
		return failure_set(failure, 409, "OBJECT_CONFLICT",
			"Entity (%s--%s) already exists.", change.schema->app->id, change.id);
	if (plan_check_data(&change, change.data, failure))
		return -1;
	plan.state.status = STATUS_DRAFT;
	plan.state.data = content_write(&change, NULL, NULL);
	plan_content_event(&plan, "ContentCreatedEventV2", "created");
	if (change.status != NULL && plan_status(&plan, failure))
		return -1;
	prepare_item(&plan);
	plan_commit(&plan, ret);
	/* The answer counts from the new birth on (transcripts 135 and 315). */
	ret->version = plan.item->version - plan.item->reborn;
	return 0;
}

int change_create(const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct item *item = NULL;

	if (change->schema->is_singleton && strcmp(change->id, change->schema->id) != 0)
		return failure_set(failure, 400, NULL, "Singleton content cannot be created.");
	if (plan_find_item(change, &item, failure))
		return -1;
	if (item != NULL && !item->now.deleted)
		return failure_set(failure, 409, "OBJECT_CONFLICT",
			"Entity (%s--%s) already exists.", item->app->id, change->id);
	return create(change, item, ret, failure);
}

int change_upsert(const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct plan plan;
	struct item *item = NULL;

	if (plan_find_item(change, &item, failure))
		return -1;
	/* An expected version does not keep a missing item from being made (365). */
	if (item == NULL)
		return change_create(change, ret, failure);
	if (item->now.deleted) {
		if (plan_check_version(change, item, failure))
			return -1;
		return create(change, item, ret, failure);
	}
	if (plan_open(&plan, change, failure) || plan_update(&plan, failure))
		return -1;
	if (change->status != NULL && plan_status(&plan, failure))
		return -1;
	item->refs_indexed |= plan.writes_data && plan.state.draft == NULL;
	return plan_commit(&plan, ret);
}

int change_update(const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct plan plan;

	if (plan_open(&plan, change, failure) || plan_update(&plan, failure))
		return -1;
	plan.item->refs_indexed |= plan.writes_data && plan.state.draft == NULL;
	return plan_commit(&plan, ret);
}

int change_defaults(const struct change *asked, struct change_result *ret, struct failure *failure)
{
	struct change change = *asked;
	struct plan plan;
	int result;

	change.flags |= CHANGE_PATCH | CHANGE_ENRICH | CHANGE_NO_VALIDATION;
	change.data = json_object_new_object();
	result = plan_open(&plan, &change, failure);
	if (result == 0)
		result = plan_update(&plan, failure);
	if (result == 0)
		plan_commit(&plan, ret);
	json_object_put(change.data);
	return result;
}

int change_status(const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct plan plan;

	if (plan_open(&plan, change, failure) || plan_status(&plan, failure))
		return -1;
	return plan_commit(&plan, ret);
}

int change_cancel_schedule(
	const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct plan plan;

	if (plan_open(&plan, change, failure))
		return -1;
	if (plan.state.schedule != NULL) {
		plan.state.schedule = NULL;
		plan_content_event(
			&plan, "ContentSchedulingCancelledEvent", "cancelled the schedule of");
	}
	return plan_commit(&plan, ret);
}

int change_create_draft(
	const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct plan plan;

	if (plan_open(&plan, change, failure))
		return -1;
	if (plan.state.status != STATUS_PUBLISHED || plan.state.new_status != NULL)
		return failure_set(failure, 400, NULL,
			"You can only create a new version when the content is published.");
	plan.state.new_status = STATUS_DRAFT;
	plan.state.draft = plan.state.data;
	plan_event(&plan, "ContentDraftCreatedEvent", "created new draft.");
	return plan_commit(&plan, ret);
}

int change_delete_draft(
	const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct plan plan;

	if (plan_open(&plan, change, failure))
		return -1;
	if (plan.state.new_status == NULL)
		return failure_set(failure, 400, NULL, "There is nothing to delete.");
	plan.state.new_status = NULL;
	plan.state.draft = NULL;
	plan.writes_data = true;
	plan_event(&plan, "ContentDraftDeletedEvent", "deleted draft.");
	return plan_commit(&plan, ret);
}

/* Even an item in the trash can be deleted for good: 1 if that was done. */
static int erase_deleted(
	const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct plan plan = { .change = change };

	if (!(change->flags & CHANGE_PERMANENT))
		return 0;
	if (plan_find_item(change, &plan.item, failure))
		return -1;
	if (plan.item == NULL || !plan.item->now.deleted)
		return 0;
	plan_erase(&plan, ret);
	return 1;
}

int change_delete(const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct plan plan;
	int erased = erase_deleted(change, ret, failure);

	if (erased != 0)
		return erased > 0 ? 0 : -1;
	if (plan_open(&plan, change, failure))
		return -1;
	if (change->schema->is_singleton)
		return failure_set(failure, 400, NULL, "Singleton content cannot be deleted.");
	if (plan_check_referrers(change, plan.item, failure))
		return -1;
	if (change->flags & CHANGE_PERMANENT)
		return plan_erase(&plan, ret);
	plan.state.deleted = true;
	plan.state.schedule = NULL;
	plan_content_event(&plan, "ContentDeletedEvent", "deleted");
	return plan_commit(&plan, ret);
}

int change_validate(const struct change *change, struct change_result *ret, struct failure *failure)
{
	struct json_object *data;
	struct plan plan;
	int result;

	if (plan_open(&plan, change, failure))
		return -1;
	data = item_parse(plan.item, state_editing_text(&plan.state));
	result = content_check(change, data, failure);
	json_object_put(data);
	*ret = (struct change_result){ .item = plan.item, .version = plan.item->version };
	return result;
}

static void run_schedule(struct item *item, long long now)
{
	const struct schedule *schedule = item->now.schedule;
	struct change change = { .schema = item->schema,
		.id = item->name->id,
		.actor = schedule->by,
		.now = now,
		.status = schedule->status,
		.expected = ANY_VERSION };
	struct change_result result;
	struct failure failure = { 0 };

	/* A status that is no longer allowed ends the schedule, as on the server. */
	if (change_status(&change, &result, &failure))
		change_cancel_schedule(&change, &result, &failure);
	failure_release(&failure);
}

void change_run_schedules(struct app *app, long long now)
{
	long long next = 0;

	for (struct schema *schema = app->schemas; schema != NULL; schema = schema->next) {
		for (size_t i = 0; i < schema->by_id.count; i++) {
			struct item *item = schema->by_id.items[i];

			if (item->now.schedule != NULL && item->now.schedule->due <= now)
				run_schedule(item, now);
			if (item->now.schedule != NULL &&
				(next == 0 || item->now.schedule->due < next))
				next = item->now.schedule->due;
		}
	}
	app->next_due = next;
}
