/* What became of a save whose answer was lost: the item's version and its text tell. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "save/save_private.h"
#include "save/sending.h"

/* Has the item the status that was wanted, if one was? */
static bool has_status(const struct save *save, const struct save_seen *seen)
{
	const char *status = save->change.status;

	return !status || strcmp(seen->status, status) == 0 ||
	       strcmp(seen->new_status, status) == 0;
}

/* A created item may have more than was sent: the server adds what has a default (wire/205). */
static int has_data(
	const struct save *save, const struct save_seen *seen, bool *ret_has, struct error *err)
{
	const struct edit_rules rules = { save->change.schema, true };
	struct edit now;
	struct buf patch;
	int ret;

	edit_init(&now);
	buf_init(&patch, CONTENT_TEXT_MAX);
	ret = edit_parse(
		seen->text, seen->len, save->saver->conf.view, "the server's text", &now, err);
	if (ret == 0 && save->change.kind == CHANGE_CREATE)
		*ret_has = edit_is_in(&save->edit, &now);
	else if (ret == 0)
		ret = edit_diff(&save->edit, &now, &rules, &patch, err);
	if (ret == 0 && save->change.kind != CHANGE_CREATE)
		*ret_has = patch.len == 0;
	buf_release(&patch);
	edit_release(&now);
	return ret;
}

struct save_seen save_seen_now(const struct save *save)
{
	struct save_seen seen = { .status = save->now.status, .new_status = save->now.new_status };

	seen.text = text_data(save->now_text, &seen.len);
	return seen;
}

int save_has_data(const struct save *save, bool *ret_has, struct error *err)
{
	const struct save_seen seen = save_seen_now(save);

	return has_data(save, &seen, ret_has, err);
}

int save_is_in(
	const struct save *save, const struct save_seen *seen, bool *ret_is, struct error *err)
{
	int ret = has_data(save, seen, ret_is, err);

	*ret_is = ret == 0 && *ret_is && has_status(save, seen);
	return ret;
}

static int judge_absent(const struct save *save, bool *ret_may_resend, struct error *err)
{
	if (save->change.kind == CHANGE_CREATE) {
		*ret_may_resend = true;
		return 0;
	}
	return error_set(err, ENOENT, "%s/%s: the item was deleted meanwhile", save->schema,
		save->request->id);
}

static int judge(const struct save *save, bool *ret_may_resend, struct error *err)
{
	struct save_seen seen;
	bool has_all = false;
	int ret;

	if (save->now.row == 0)
		return judge_absent(save, ret_may_resend, err);
	if (save->change.kind != CHANGE_CREATE && save->now.version == save->change.version) {
		*ret_may_resend = true;
		return 0;
	}
	seen = save_seen_now(save);
	ret = save_is_in(save, &seen, &has_all, err);
	if (ret < 0 || has_all)
		return ret;
	if (save->change.kind == CHANGE_CREATE)
		return error_set(err, EEXIST, "%s/%s: the id was taken meanwhile", save->schema,
			save->request->id);
	return error_set(err, ESTALE,
		"%s/%s: the server has version %" PRId64 " now, which is not what was to be saved",
		save->schema, save->request->id, save->now.version);
}

/* What became of a bulk of which nobody knows was read at once for all; what else was, is read now. */
static int look(struct save *save, const struct change_result *result, struct error *err)
{
	if (result->is_read_after && !result->has_content && save->change.kind == CHANGE_CREATE)
		return 0;
	if (result->is_read_after && result->has_content &&
		cache_end_change(save->request->dir, save->begun_ms, &result->content, err) == 0)
		return save_load(save, err);
	return save_reload(save, err);
}

int save_see(struct save *save, const struct change_result *result, struct error *err)
{
	const struct call *call = save->call;
	const struct call patient = call_patient(call);
	int ret;

	save->call = &patient;
	ret = look(save, result, err);
	save->call = call;
	return ret;
}

int save_settle(
	void *payload, const struct change_result *result, bool *ret_may_resend, struct error *err)
{
	struct save *save = payload;
	struct error why = { 0 };
	int ret;

	save->was_lost = true;
	if (save_see(save, result, &why) < 0)
		return sending_fail_unseen(result, &why, err);
	ret = judge(save, ret_may_resend, err);
	if (ret == 0 && !*ret_may_resend)
		save_learn_version(save, save->now.version);
	return ret;
}
