/*
 * Where a text is that the server does not have: in the outbox while it is on its way, among the unsaved
 * when it failed, or in the outbox still where there is no place for it there.
 */
#include <errno.h>
#include <stdio.h>

#include "api/client.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache.h"
#include "save/outbox.h"
#include "save/save_private.h"
#include "save/state.h"
#include "save/unsaved.h"

bool save_is_kept(const struct save_kept *kept)
{
	return kept->copy.name[0] || kept->is_in_outbox;
}

int keep_in_outbox(struct saver *saver, const struct save_request *request, struct save_kept *kept,
	struct error *err)
{
	const struct outbox_entry entry = {
		.schema = cache_dir_name(request->dir),
		.id = request->id,
		.name = request->name,
		.version = request->version,
		.text = request->text,
		.len = request->len,
	};
	int ret;

	if (kept->is_in_outbox)
		return 0;
	ret = outbox_put(saver->conf.outbox, &entry, &kept->outbox_number, err);
	kept->is_in_outbox = ret == 0;
	return ret;
}

void keep_end(struct saver *saver, struct save_kept *kept)
{
	if (kept->is_in_outbox)
		outbox_drop(saver->conf.outbox, kept->outbox_number);
	kept->is_in_outbox = false;
}

static void add_words(struct error *err, const char *words, const char *rest)
{
	const struct error why = *err;

	error_set_http(
		err, why.errnum, why.http_status, why.trace_id, "%s; %s%s", why.text, words, rest);
}

static void tell_where(const struct saver *saver, const char *schema, const struct save_kept *kept,
	const struct error *failure, struct error *err)
{
	char path[PATH_MAX];

	if (kept->copy.name[0]) {
		snprintf(path, sizeof(path), "%s/%s/%s", client_app(saver->conf.client), schema,
			kept->copy.name);
		add_words(err, "the text is in .squidexfs/unsaved/", path);
	} else if (kept->is_in_outbox) {
		add_words(err,
			"the text waits for the next mount, as it finds no place among the "
			"unsaved: ",
			failure->text);
	} else {
		add_words(err, "and the text could not be kept: ", failure->text);
	}
}

int keep_text(struct saver *saver, const struct save_request *request,
	const struct state_text *theirs, struct save_kept *kept, struct error *why)
{
	const struct unsaved_text text = {
		.schema = cache_dir_name(request->dir),
		.name = request->name,
		.data = request->text,
		.len = request->len,
		.reason = why->text,
		.time_s = clock_wall_s(saver->conf.clock),
		.theirs = theirs->data,
		.theirs_len = theirs->len,
	};
	struct error failure = { 0 };
	int ret = unsaved_put(saver->conf.state, &text, &kept->copy, &failure);

	/* Where there is no room for two copies, the one that shows counts. */
	if (ret == -ENOSPC && kept->is_in_outbox) {
		keep_end(saver, kept);
		ret = unsaved_put(saver->conf.state, &text, &kept->copy, &failure);
	}
	if (ret == 0)
		keep_end(saver, kept);
	else
		(void)keep_in_outbox(saver, request, kept, NULL);
	tell_where(saver, text.schema, kept, &failure, why);
	return ret;
}

int saver_keep(struct saver *saver, const struct save_request *request, struct save_kept *kept,
	struct error *why)
{
	static const struct state_text none = { 0 };

	return keep_text(saver, request, &none, kept, why);
}

void saver_forget(struct saver *saver, const struct cache_dir *dir, const struct save_kept *kept)
{
	struct error err = { 0 };

	if (kept->copy.name[0] &&
		unsaved_take_back(saver->conf.state, cache_dir_name(dir), &kept->copy, &err) < 0)
		log_line(LOG_WARN, "%s", err.text);
	if (kept->is_in_outbox)
		outbox_drop(saver->conf.outbox, kept->outbox_number);
}
