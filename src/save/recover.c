#include "save/recover.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "save/outbox.h"
#include "save/save_private.h"
#include "save/unsaved.h"

#define WHAT_SIZE 320

/* A new item is at most published at once: what is later may have lost some of its text again. */
#define NEW_VERSION_MAX 1

struct recovery {
	struct saver *saver;
	const struct call *call;
	struct recovered recovered;
};

/* The status of what is public, or of the draft. */
static bool has_status(const struct store_item *item, const char *wanted)
{
	return !wanted || strcmp(wanted, item->status) == 0 ||
	       strcmp(wanted, item->new_status) == 0;
}

static int compare(struct save *save, bool *ret_has_arrived, struct error *err)
{
	bool is_new = save->request->version < 0 && save->now.version <= NEW_VERSION_MAX;
	int ret;

	save->change.kind = is_new ? CHANGE_CREATE : CHANGE_PATCH;
	save->change.schema = cache_dir_schema(save->request->dir);
	save->change.id = save->request->id;
	ret = save_has_data(save, ret_has_arrived, err);
	if (ret == 0 && *ret_has_arrived)
		*ret_has_arrived = has_status(&save->now, save->edit.status) &&
				   has_status(&save->now, save->edit.new_status);
	if (ret == 0 && !*ret_has_arrived)
		error_set(err, ESTALE, "the server's version %" PRId64 " is not this text",
			save->now.version);
	return ret;
}

/* The sentence says why it is not, or not known to be. */
static int ask(struct save *save, bool *ret_has_arrived, struct error *err)
{
	const struct save_request *request = save->request;
	char what[WHAT_SIZE];
	int ret;

	snprintf(what, sizeof(what), "%s/%s", save->schema, request->id);
	ret = edit_parse(
		request->text, request->len, save->saver->conf.view, what, &save->edit, err);
	if (ret == 0 && call_left_ms(save->call) == 0)
		ret = error_set(err, ETIMEDOUT, "there was no time to ask the server");
	if (ret == 0)
		ret = save_reload(save, err);
	if (ret == 0 && save->now.row == 0)
		ret = error_set(err, ENOENT, "the server has no such item");
	return ret == 0 ? compare(save, ret_has_arrived, err) : ret;
}

static bool has_arrived(
	struct recovery *recovery, const struct outbox_entry *entry, struct error *err)
{
	const struct save_request request = {
		.dir = cache_find_dir(recovery->saver->conf.cache, entry->schema),
		.id = entry->id,
		.name = entry->name,
		.text = entry->text,
		.len = entry->len,
		.version = entry->version,
	};
	struct save save = {
		.saver = recovery->saver,
		.call = recovery->call,
		.request = &request,
		.schema = entry->schema,
	};
	bool has = false;

	if (!request.dir) {
		error_set(err, ENOENT, "the server has no schema '%s'", entry->schema);
		return false;
	}
	edit_init(&save.edit);
	store_item_init(&save.now);
	if (ask(&save, &has, err) < 0)
		has = false;
	text_unref(save.now_text);
	store_item_release(&save.now);
	edit_release(&save.edit);
	return has;
}

static int keep(
	const struct recovery *recovery, const struct outbox_entry *entry, struct error *why)
{
	const struct saver_conf *conf = &recovery->saver->conf;
	const struct unsaved_text text = {
		.schema = entry->schema,
		.name = entry->name,
		.data = entry->text,
		.len = entry->len,
		.reason = why->text,
		.time_s = clock_wall_s(conf->clock),
	};
	struct unsaved_copy copy;
	struct error err = { 0 };

	error_prefix(
		why, "%s/%s: squidexfs ended while it was being saved", entry->schema, entry->id);
	if (unsaved_put(conf->state, &text, &copy, &err) == 0)
		return 0;
	log_line(LOG_ERROR, "the text of '%s/%s' stays in the outbox: %s", entry->schema, entry->id,
		err.text);
	return -err.errnum;
}

static int see(void *payload, const struct outbox_entry *entry)
{
	struct recovery *recovery = payload;
	struct error why = { 0 };
	int ret;

	if (has_arrived(recovery, entry, &why)) {
		recovery->recovered.arrived++;
		return 0;
	}
	ret = keep(recovery, entry, &why);
	if (ret == 0)
		recovery->recovered.unsaved++;
	return ret;
}

int recover_left(struct saver *saver, const struct call *call, struct recovered *ret_recovered,
	struct error *err)
{
	struct recovery recovery = { .saver = saver, .call = call };
	int ret = outbox_visit_left(saver->conf.outbox, see, &recovery, err);

	*ret_recovered = recovery.recovered;
	return ret;
}
