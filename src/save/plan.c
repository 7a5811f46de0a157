/* From a text and what is known of the item to the change that it asks for. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "api/moment.h"
#include "base/error.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "save/own.h"
#include "save/save_private.h"

static int read_text(struct save *save, struct error *err)
{
	const struct save_request *request = save->request;
	int ret = cache_peek_text(request->dir, &save->now, &save->now_text, err);

	if (ret == -ENODATA)
		ret = cache_read(save->saver->conf.cache, save->call, save->now.row,
			&save->now_text, &save->now, err);
	return ret;
}

static void forget_now(struct save *save)
{
	text_unref(save->now_text);
	save->now_text = NULL;
	store_item_release(&save->now);
}

int save_load(struct save *save, struct error *err)
{
	int ret;

	forget_now(save);
	ret = cache_peek_find(save->request->dir, save->request->id, &save->now, err);
	if (ret == -ENOENT)
		return 0;
	return ret < 0 ? ret : read_text(save, err);
}

int save_reload(struct save *save, struct error *err)
{
	int ret;

	forget_now(save);
	ret = cache_fetch(save->saver->conf.cache, save->call, save->request->dir,
		save->request->id, &save->now, err);
	if (ret == -ENOENT)
		return 0;
	return ret < 0 ? ret : read_text(save, err);
}

int save_look_again(struct save *save, struct error *err)
{
	int ret = save_reload(save, err);

	if (ret < 0 || save->now.row != 0)
		return ret;
	return error_set(
		err, ENOENT, "%s/%s: the item is no longer there", save->schema, save->request->id);
}

static void begin_change(struct save *save, enum change_kind kind, int64_t version)
{
	save->has_change = true;
	save->change = (struct change){
		.kind = kind,
		.schema = cache_dir_schema(save->request->dir),
		.id = save->request->id,
		.version = version,
	};
}

static void add_data(struct save *save)
{
	save->change.data = save->data.data;
	save->change.data_len = save->data.len;
}

static int plan_create(struct save *save, struct error *err)
{
	const struct saver_conf *conf = &save->saver->conf;
	const struct edit_rules rules = { cache_dir_schema(save->request->dir),
		conf->allow_expressions };
	int ret = edit_whole(&save->edit, &rules, &save->data, err);

	if (ret < 0)
		return ret;
	begin_change(save, CHANGE_CREATE, -1);
	add_data(save);
	save->change.status = save->edit.status ? save->edit.status : conf->create_status;
	return 0;
}

/* Is the text a document of this very item, so that its version means something? */
static bool is_its_document(const struct save *save)
{
	const struct edit *edit = &save->edit;

	return edit->version >= 0 && edit->id && strcmp(edit->id, save->request->id) == 0 &&
	       edit->created_s == save->now.created_s;
}

/* That this mount has created itself; -1: it has not. */
static int64_t find_made(const struct save *save)
{
	return own_made(save->saver->own, save->schema, save->request->id);
}

static int64_t find_base(const struct save *save)
{
	int64_t version = save->now.version;

	if (is_its_document(save))
		version = save->edit.version;
	else if (save->request->version >= 0)
		version = save->request->version;
	else if (save->request->version == SAVE_AS_NEW && find_made(save) >= 0)
		version = find_made(save);
	return own_newest(save->saver->own, save->schema, save->request->id, version);
}

static bool differ(const char *wanted, const char *now)
{
	return wanted && strcmp(wanted, now) != 0;
}

/* A draft has a status of its own, beside that of what is public. */
static int find_status(const struct save *save, const char **ret_status, struct error *err)
{
	const struct edit *edit = &save->edit;
	bool is_changed = differ(edit->status, save->now.status);
	bool is_draft_changed = *save->now.new_status &&
				differ(edit->new_status, save->now.new_status);

	if (is_changed && is_draft_changed && strcmp(edit->status, edit->new_status) != 0)
		return error_set(err, EINVAL,
			"%s/%s: \"status\" and \"newStatus\" are both changed, to '%s' and '%s'",
			save->schema, save->request->id, edit->status, edit->new_status);
	*ret_status = is_changed ? edit->status : is_draft_changed ? edit->new_status : NULL;
	return 0;
}

static int make_difference(struct save *save, struct error *err)
{
	const struct saver_conf *conf = &save->saver->conf;
	const struct edit_rules rules = { cache_dir_schema(save->request->dir),
		conf->allow_expressions };
	struct edit now;
	size_t len;
	const char *text = text_data(save->now_text, &len);
	int ret;

	edit_init(&now);
	ret = edit_parse(text, len, conf->view, "the server's text", &now, err);
	if (ret == 0)
		ret = edit_diff(&save->edit, &now, &rules, &save->data, err);
	if (ret == 0 && save->data.len > 0 && conf->update == SAVE_PUT)
		ret = edit_whole(&save->edit, &rules, &save->data, err);
	edit_release(&now);
	return ret;
}

static int refuse_conflict(const struct save *save, int64_t base, struct error *err)
{
	char moment[MOMENT_TEXT_SIZE];

	moment_format(save->now.modified_s, moment);
	return error_set(err, ESTALE,
		"%s/%s: this is a change of version %" PRId64 ", and meanwhile %s has made version "
		"%" PRId64 " (%s); set \"version\" to that to accept it",
		save->schema, save->request->id, base, save->now.modified_by, save->now.version,
		moment);
}

/*
 * A document that names the item's creation was made of it. Of two that made the same name here the later
 * one wins.
 */
static int check_new(const struct save *save, struct error *err)
{
	if (save->request->version != SAVE_AS_NEW || is_its_document(save) ||
		find_made(save) == save->now.version)
		return 0;
	return error_set(err, EEXIST, "%s/%s: meanwhile %s has created an item of that id",
		save->schema, save->request->id, save->now.modified_by);
}

static void plan_change(struct save *save, int64_t version, const char *status)
{
	bool has_data = save->data.len > 0;
	bool is_put = save->saver->conf.update == SAVE_PUT;

	if (!has_data)
		begin_change(save, CHANGE_STATUS, version);
	else if (status)
		begin_change(save, CHANGE_UPSERT, version);
	else
		begin_change(save, is_put ? CHANGE_PUT : CHANGE_PATCH, version);
	if (has_data)
		add_data(save);
	save->change.status = status;
	save->change.is_patch = !is_put;
	save->opens_draft = save->saver->conf.edit == SAVE_DRAFT && has_data &&
			    !*save->now.new_status && strcmp(save->now.status, "Published") == 0;
}

static int plan_update(struct save *save, int64_t base, struct error *err)
{
	const char *status = NULL;
	int ret = find_status(save, &status, err);

	if (ret == 0)
		ret = make_difference(save, err);
	if (ret < 0 || (save->data.len == 0 && !status))
		return ret;
	base = save_confirm_creation(save, base);
	ret = check_new(save, err);
	if (ret < 0)
		return ret;
	if (base != save->now.version && save->saver->conf.conflict == SAVE_REFUSE)
		return refuse_conflict(save, base, err);
	plan_change(save, save->now.version, status);
	return 0;
}

int save_plan(struct save *save, struct error *err)
{
	bool is_asked_for = false;
	int64_t base;
	int ret = 0;

	save->has_change = false;
	save->opens_draft = false;
	if (save->now.row == 0)
		return plan_create(save, err);
	base = find_base(save);
	/* Versions only grow: what is at hand is older than what the text was made of. */
	if (base > save->now.version) {
		ret = save_look_again(save, err);
		is_asked_for = true;
	}
	if (ret == 0)
		ret = plan_update(save, base, err);
	if (ret < 0 || !save->has_change || save->change.kind != CHANGE_UPSERT || is_asked_for)
		return ret;
	/* Where the item is gone, this makes a new one, whatever its If-Match says (wire/365). */
	ret = save_look_again(save, err);
	save->has_change = false;
	return ret == 0 ? plan_update(save, base, err) : ret;
}
