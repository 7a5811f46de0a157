/*
 * The course of a save
 *
 *	note	 the text is in the outbox, before anything that may take long
 *	read	 the text becomes an edit				-EINVAL: not one
 *	turn	 whoever changes the item already has his verdict
 *	plan	 base found, difference made: a change, or none		-ESTALE: a conflict
 *	send	 server, verdict					the server's
 *	settle	 a lost answer: the item is read, to know		done, sent again, or -ESTALE
 *	take	 the answer is in the cache, its version is ours
 *	keep	 of any failure: the text is among the unsaved (keep.c)
 *
 * A save is planned again, from a fresh reading of the item, where SAVE_OVERWRITE is asked for and somebody
 * was quicker, or where the version was that of a creation (creation.c); PLANS_MAX times at most.
 */
#include "save/save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/client_change.h"
#include "base/call.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "save/group.h"
#include "save/own.h"
#include "save/save_private.h"
#include "save/sending.h"
#include "save/state.h"
#include "save/turns.h"

#define PLANS_MAX 3

#define WHAT_SIZE 320

int saver_new(const struct saver_conf *conf, struct saver **ret_saver, struct error *err)
{
	struct saver *saver = calloc(1, sizeof(*saver));

	if (!saver)
		return error_set(err, ENOMEM, "out of memory");
	saver->conf = *conf;
	saver->own = own_new();
	saver->group = group_new(conf->client);
	saver->turns = turns_new();
	if (!saver->own || !saver->group || !saver->turns) {
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
	turns_free(saver->turns);
	group_free(saver->group);
	own_free(saver->own);
	free(saver);
}

void saver_note_removal(struct saver *saver, const struct cache_dir *dir, const char *id)
{
	own_note_removal(saver->own, cache_dir_name(dir), id);
}

/* Together with others, if there are any; not where that has failed once. */
static int send_once(struct save *save, const struct call *call, struct change_result *result)
{
	if (save->was_lost)
		return client_change(save->saver->conf.client, call, &save->change, result);
	return group_change(save->saver->group, call, &save->change, result);
}

static int send_and_take(void *payload, const struct call *call, struct change_result *ret_result)
{
	struct save *save = payload;
	int ret;

	save->begun_ms = cache_begin_change(save->request->dir);
	ret = send_once(save, call, ret_result);
	if (ret == 0)
		save_take_answer(save, save->begun_ms, ret_result);
	return ret;
}

static int send_change(struct save *save, struct error *err)
{
	const struct sending sending = {
		.call = save->call,
		.send = send_and_take,
		.look = save_settle,
		.payload = save,
	};

	return sending_run(&sending, err);
}

static int put_in_outbox(struct save *save, struct error *err)
{
	return keep_in_outbox(save->saver, save->request, &save->kept, err);
}

static int carry_out(struct save *save, struct error *err)
{
	int ret = put_in_outbox(save, err);

	if (ret == 0 && save->opens_draft)
		ret = save_open_draft(save, err);
	return ret == 0 ? send_change(save, err) : ret;
}

/* May a conflict be none? */
static bool may_plan_again(const struct save *save)
{
	return save->saver->conf.conflict == SAVE_OVERWRITE ||
	       save_is_of_creation(save, save->change.version);
}

/*
 * Plans and sends; again, where the later of two saves is to win and lost the race, and where the version
 * was that of a creation.
 */
static int run(struct save *save, struct error *err)
{
	int ret = save_load(save, err);

	for (unsigned plans = 1; ret == 0; plans++) {
		struct error why = { 0 };

		ret = save_plan(save, err);
		if (ret < 0 || !save->has_change)
			return ret;
		ret = carry_out(save, &why);
		if (ret == -ESTALE && may_plan_again(save) && plans < PLANS_MAX) {
			ret = save_look_again(save, err);
			continue;
		}
		/* Who goes on with it makes it anew. */
		if (ret == -ENOENT)
			cache_forget_item(save->request->dir, save->request->id);
		if (ret < 0 && err)
			*err = why;
		return ret;
	}
	return ret;
}

/* A turn that is waited for in vain is a save that fails. */
static int run_in_turn(struct save *save, struct error *err)
{
	struct turn turn = { .dir = save->request->dir, .id = save->request->id };
	int ret = turns_take(save->saver->turns, save->call, &turn, err);

	if (ret < 0)
		return ret;
	ret = run(save, err);
	turns_give(save->saver->turns, &turn);
	return ret;
}

/* The server did not take it: it is on disk before anybody is told. */
static void keep(struct save *save, int ret, struct error *err)
{
	struct state_text theirs = { 0 };

	if (ret == -ESTALE && save_reload(save, NULL) == 0 && save->now_text)
		theirs.data = text_data(save->now_text, &theirs.len);
	(void)keep_text(save->saver, save->request, &theirs, &save->kept, err);
}

static void settle_state(struct save *save, int ret, struct error *err)
{
	struct error why = { 0 };

	if (ret < 0) {
		keep(save, ret, err);
		return;
	}
	if (unsaved_forget(save->saver->conf.state, save->schema, save->request->name,
		    save->request->text, save->request->len, &why) < 0)
		log_line(LOG_WARN, "%s", why.text);
	keep_end(save->saver, &save->kept);
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
		ret = run_in_turn(&save, &why);
	ret_result->has_changed = ret == 0 && save.has_change;
	ret_result->version = save.has_change ? save.version : save.now.version;
	settle_state(&save, ret, &why);
	ret_result->kept = save.kept;
	if (ret < 0 && err)
		*err = why;
	buf_release(&save.data);
	text_unref(save.now_text);
	store_item_release(&save.now);
	edit_release(&save.edit);
	return ret;
}
