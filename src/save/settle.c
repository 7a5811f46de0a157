/*
 * What became of a change whose answer was lost. The server carries a conditional change out once,
 * and answers 412 (409, for a creation) to its own success when it is sent again: so the item is
 * read, and its version and its text tell.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "cache/texts.h"
#include "save/save_private.h"

/* Has the item the status that was wanted, if one was? */
static bool has_status(const struct save *save)
{
	const char *status = save->change.status;

	return !status || strcmp(save->now.status, status) == 0 ||
	       strcmp(save->now.new_status, status) == 0;
}

/* A created item may have more than was sent: the server adds what has a default (wire/205). */
int save_has_data(const struct save *save, bool *ret_has, struct error *err)
{
	const struct edit_rules rules = { save->change.schema, true };
	struct edit now;
	struct buf patch;
	size_t len;
	const char *text = text_data(save->now_text, &len);
	int ret;

	edit_init(&now);
	buf_init(&patch, CONTENT_TEXT_MAX);
	ret = edit_parse(text, len, save->saver->conf.view, "the server's text", &now, err);
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
	bool has_all = false;
	int ret;

	if (save->now.row == 0)
		return judge_absent(save, ret_may_resend, err);
	if (save->change.kind != CHANGE_CREATE && save->now.version == save->change.version) {
		*ret_may_resend = true;
		return 0;
	}
	ret = save_has_data(save, &has_all, err);
	if (ret < 0 || (has_all && has_status(save)))
		return ret;
	if (save->change.kind == CHANGE_CREATE)
		return error_set(err, EEXIST, "%s/%s: the id was taken meanwhile", save->schema,
			save->request->id);
	return error_set(err, ESTALE,
		"%s/%s: the server has version %" PRId64 " now, which is not what was to be saved",
		save->schema, save->request->id, save->now.version);
}

int save_settle(struct save *save, const struct change_result *result, bool *ret_may_resend,
	struct error *err)
{
	struct error why = { 0 };
	int ret;

	*ret_may_resend = false;
	ret = save_reload(save, &why);
	if (ret == 0)
		return judge(save, ret_may_resend, err);
	if (err)
		*err = result->err;
	error_prefix(err,
		"it is not known whether this was saved, for reading it failed as well (%s)",
		why.text);
	return result->ret;
}
