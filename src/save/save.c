/*
 * The course of a save
 *
 *	note	 the text is in the outbox, before anything that may take long
 *	read	 the text becomes an edit				-EINVAL: not one
 *	plan	 base found, difference made: a change, or none		-ESTALE: a conflict
 *	send	 server, verdict					the server's
 *	settle	 a lost answer: the item is read, to know		done, sent again, or -ESTALE
 *	take	 the answer is in the cache, its version is ours
 *	keep	 of any failure: the text is among the unsaved
 *
 * A save is planned again, from a fresh reading of the item, where SAVE_OVERWRITE is asked for and somebody
 * was quicker; PLANS_MAX times at most.
 */
#include "save/save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/client.h"
#include "api/client_change.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "save/group.h"
#include "save/outbox.h"
#include "save/own.h"
#include "save/save_private.h"
#include "save/unsaved.h"

#define PLANS_MAX 3

#define WHAT_SIZE 320

/* Of the time that is left, what is kept for a look at what became of a change. */
#define LOOK_SHARE 4
#define LOOK_MAX_MS 5000

int saver_new(const struct saver_conf *conf, struct saver **ret_saver, struct error *err)
{
	struct saver *saver = calloc(1, sizeof(*saver));

	if (!saver)
		return error_set(err, ENOMEM, "out of memory");
	saver->conf = *conf;
	saver->own = own_new();
	saver->group = group_new(conf->client);
	if (!saver->own || !saver->group) {
		saver_free(saver);
		return error_set(err, ENOMEM, "out of memory");
	}
	*ret_saver = saver;
	return 0;
}

void saver_free(struct saver *saver)
{
	if (!saver)
		return;
	group_free(saver->group);
	own_free(saver->own);
	free(saver);
}

void saver_note_removal(struct saver *saver, const struct cache_dir *dir, const char *id)
{
	own_note_removal(saver->own, cache_dir_name(dir), id);
}

/* Would an earlier sending of this change, had it succeeded, make this one fail so? */
static bool may_be_our_own(const struct save *save, int ret)
{
	return save->was_lost && (ret == -ESTALE || ret == -EEXIST || ret == -EBUSY);
}

/* The call of a change: it ends early enough to look, should its answer not come. */
static struct call leave_time(const struct call *call)
{
	struct call shorter = *call;
	uint64_t look_ms = call_left_ms(call) / LOOK_SHARE;

	shorter.deadline_ms -= look_ms < LOOK_MAX_MS ? look_ms : LOOK_MAX_MS;
	return shorter;
}

/* Together with others, if there are any; not where that has failed once. */
static int send_once(struct save *save, const struct call *call, struct change_result *result)
{
	if (save->was_lost)
		return client_change(save->saver->conf.client, call, &save->change, result);
	return group_change(save->saver->group, call, &save->change, result);
}

/* Sends the change until it is known what became of it. */
static int send_change(struct save *save, struct error *err)
{
	struct change_result result;
	bool may_resend = true;
	int ret = 0;

	change_result_init(&result);
	while (may_resend) {
		uint64_t begun_ms = cache_begin_change(save->request->dir);
		struct call call = leave_time(save->call);

		may_resend = false;
		ret = send_once(save, &call, &result);
		if (ret == 0) {
			save_take_answer(save, begun_ms, &result);
		} else if (result.is_doubtful || may_be_our_own(save, ret)) {
			bool is_first = !save->was_lost;

			save->was_lost = true;
			ret = save_settle(save, &result, &may_resend, err);
			if (ret == 0 && !may_resend)
				save_learn_version(save, save->now.version);
			else if (ret == 0 && !(is_first && call_left_ms(save->call) > 0)) {
				may_resend = false;
				ret = error_set(
					err, -result.ret, "%s; it was not saved", result.err.text);
			}
		} else if (err) {
			*err = result.err;
		}
	}
	change_result_release(&result);
	return ret;
}

/*
 * Was a draft opened, though the answer was lost? It is the one change that makes the next version
 * and a draft where there was none.
 */
static bool has_draft(struct save *save, int64_t version)
{
	return save_reload(save, NULL) == 0 && save->now.row != 0 &&
	       save->now.version == version + 1 && *save->now.new_status;
}

/* What is published stays as it is: the change goes to a draft beside it. */
static int open_draft(struct save *save, struct error *err)
{
	const struct change open = {
		.kind = CHANGE_OPEN_DRAFT,
		.schema = save->change.schema,
		.id = save->change.id,
		.version = save->change.version,
	};
	uint64_t begun_ms = cache_begin_change(save->request->dir);
	struct call call = leave_time(save->call);
	struct change_result result;
	int ret;

	change_result_init(&result);
	ret = client_change(save->saver->conf.client, &call, &open, &result);
	if (ret == 0) {
		/* Also where the change itself is refused, the draft is there. */
		save_take_answer(save, begun_ms, &result);
	} else if (result.is_doubtful && has_draft(save, open.version)) {
		save_learn_version(save, save->now.version);
		ret = 0;
	} else if (err) {
		*err = result.err;
		error_prefix(err, "no draft could be opened");
	}
	if (ret == 0)
		save->change.version = save->version;
	change_result_release(&result);
	return ret;
}

static int put_in_outbox(struct save *save, struct error *err)
{
	const struct outbox_entry entry = {
		.schema = save->schema,
		.id = save->request->id,
		.name = save->request->name,
		.version = save->request->version,
		.text = save->request->text,
		.len = save->request->len,
	};
	int ret;

	if (save->is_in_outbox)
		return 0;
	ret = outbox_put(save->saver->conf.outbox, &entry, &save->outbox_number, err);
	save->is_in_outbox = ret == 0;
	return ret;
}

static void drop_from_outbox(struct save *save)
{
	if (save->is_in_outbox)
		outbox_drop(save->saver->conf.outbox, save->outbox_number);
	save->is_in_outbox = false;
}

static int carry_out(struct save *save, struct error *err)
{
	int ret = put_in_outbox(save, err);

	if (ret == 0 && save->opens_draft)
		ret = open_draft(save, err);
	return ret == 0 ? send_change(save, err) : ret;
}

/* Plans and sends; again, where the later of two saves is to win and lost the race. */
static int run(struct save *save, struct error *err)
{
	bool may_plan_again = save->saver->conf.conflict == SAVE_OVERWRITE;
	int ret = save_load(save, err);

	for (unsigned plans = 1; ret == 0; plans++) {
		struct error why = { 0 };

		ret = save_plan(save, err);
		if (ret < 0 || !save->has_change)
			return ret;
		ret = carry_out(save, &why);
		if (ret == -ESTALE && may_plan_again && plans < PLANS_MAX) {
			ret = save_reload(save, err);
			continue;
		}
		if (ret < 0 && err)
			*err = why;
		return ret;
	}
	return ret;
}

/* Adds to a sentence where the text is, or why it is not. */
static void tell_where(
	struct error *err, const char *words, const char *app, const char *schema, const char *name)
{
	const struct error why = *err;

	error_set_http(err, why.errnum, why.http_status, why.trace_id, "%s; %s%s%s%s%s%s", why.text,
		words, app, *app ? "/" : "", schema, *schema ? "/" : "", name);
}

/* The server did not take it: it is on disk before anybody is told. */
static void keep(struct save *save, int ret, struct save_result *result, struct error *err)
{
	const struct save_request *request = save->request;
	struct unsaved_text text = {
		.schema = save->schema,
		.name = request->name,
		.data = request->text,
		.len = request->len,
		.reason = err->text,
		.time_s = clock_wall_s(save->saver->conf.clock),
	};
	struct error why = { 0 };

	if (ret == -ESTALE && save_reload(save, &why) == 0 && save->now_text)
		text.theirs = text_data(save->now_text, &text.theirs_len);
	ret = unsaved_put(save->saver->conf.state, &text, result->unsaved_name, &why);
	/* Where there is no room for two copies, the one that shows counts. */
	if (ret == -ENOSPC && save->is_in_outbox) {
		drop_from_outbox(save);
		ret = unsaved_put(save->saver->conf.state, &text, result->unsaved_name, &why);
	}
	if (ret == 0) {
		tell_where(err, "the text is in .squidexfs/unsaved/",
			client_app(save->saver->conf.client), save->schema, result->unsaved_name);
		return;
	}
	result->unsaved_name[0] = '\0';
	tell_where(err, "and the text could not be kept: ", "", "", why.text);
}

static void settle_state(struct save *save, int ret, struct save_result *result, struct error *err)
{
	struct error why = { 0 };

	if (ret < 0)
		keep(save, ret, result, err);
	else if (unsaved_forget(save->saver->conf.state, save->schema, save->request->name,
			 save->request->text, save->request->len, &why) < 0)
		log_line(LOG_WARN, "%s", why.text);
	if (ret == 0 || result->unsaved_name[0])
		drop_from_outbox(save);
}

int saver_save(struct saver *saver, const struct call *call, const struct save_request *request,
	struct save_result *ret_result, struct error *err)
{
	struct save save = {
		.saver = saver,
		.call = call,
		.request = request,
		.schema = cache_dir_name(request->dir),
		.version = -1,
	};
	struct error why = { 0 };
	char what[WHAT_SIZE];
	int ret;

	*ret_result = (struct save_result){ .version = -1 };
	edit_init(&save.edit);
	store_item_init(&save.now);
	buf_init(&save.data, CONTENT_TEXT_MAX);
	snprintf(what, sizeof(what), "%s/%s", save.schema, request->id);
	/* Whatever comes, a killed mount leaves it. A full disk counts where something is sent. */
	(void)put_in_outbox(&save, NULL);
	ret = edit_parse(request->text, request->len, saver->conf.view, what, &save.edit, &why);
	if (ret == 0)
		ret = run(&save, &why);
	ret_result->has_changed = ret == 0 && save.has_change;
	ret_result->version = save.has_change ? save.version : save.now.version;
	settle_state(&save, ret, ret_result, &why);
	if (ret < 0 && err)
		*err = why;
	buf_release(&save.data);
	text_unref(save.now_text);
	store_item_release(&save.now);
	edit_release(&save.edit);
	return ret;
}

int saver_keep(struct saver *saver, const struct save_request *request, const char *reason,
	struct error *err)
{
	const struct unsaved_text text = {
		.schema = cache_dir_name(request->dir),
		.name = request->name,
		.data = request->text,
		.len = request->len,
		.reason = reason,
		.time_s = clock_wall_s(saver->conf.clock),
	};
	char name[NAME_MAX + 1];

	return unsaved_put(saver->conf.state, &text, name, err);
}

int saver_forget(struct saver *saver, const struct cache_dir *dir, const char *unsaved_name,
	struct error *err)
{
	return unsaved_remove(saver->conf.state, cache_dir_name(dir), unsaved_name, err);
}
