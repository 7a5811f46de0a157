/* SAVE_DRAFT: what is published stays as it is, and the change goes to a draft beside it. */
#include <errno.h>
#include <inttypes.h>

#include "api/client_change.h"
#include "base/error.h"
#include "cache/cache.h"
#include "save/save_private.h"
#include "save/sending.h"

static int send_opening(void *payload, const struct call *call, struct change_result *ret_result)
{
	struct save *save = payload;
	const struct change open = {
		.kind = CHANGE_OPEN_DRAFT,
		.schema = save->change.schema,
		.id = save->change.id,
		.version = save->change.version,
	};
	uint64_t begun_ms = cache_begin_change(save->request->dir);
	int ret = client_change(save->saver->conf.client, call, &open, ret_result);

	/* Also where the change itself is refused, the draft is there. */
	if (ret == 0)
		save_take_answer(save, begun_ms, ret_result);
	return ret;
}

/* It is the one change that makes the next version and a draft where there was none. */
static int look_for_draft(
	void *payload, const struct change_result *result, bool *ret_may_resend, struct error *err)
{
	struct save *save = payload;
	struct error why = { 0 };

	if (save_see(save, result, &why) < 0)
		return sending_fail_unseen(result, &why, err);
	if (save->now.row == 0)
		return error_set(err, ENOENT, "%s/%s: the item was deleted meanwhile", save->schema,
			save->request->id);
	if (save->now.version == save->change.version) {
		*ret_may_resend = true;
		return 0;
	}
	if (save->now.version != save->change.version + 1 || !*save->now.new_status)
		return error_set(err, ESTALE,
			"%s/%s: the server has version %" PRId64 " now, which has not that draft",
			save->schema, save->request->id, save->now.version);
	save_learn_version(save, save->now.version);
	return 0;
}

int save_open_draft(struct save *save, struct error *err)
{
	const struct sending sending = {
		.call = save->call,
		.send = send_opening,
		.look = look_for_draft,
		.payload = save,
	};
	int ret = sending_run(&sending, err);

	if (ret < 0)
		error_prefix(err, "no draft could be opened");
	else
		save->change.version = save->version;
	return ret;
}
