/* What the answer to a change teaches: the item for the cache, and which version is ours. */
#include "api/client_change.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/cache.h"
#include "save/own.h"
#include "save/save_private.h"

void save_learn_version(struct save *save, int64_t version)
{
	save->version = version;
	if (save->change.kind == CHANGE_CREATE)
		own_note_creation(
			save->saver->own, save->schema, save->request->id, version, save->created);
	else
		own_note(save->saver->own, save->schema, save->request->id, save->change.version,
			version);
}

/* The answer to a creation says version 0, also where a deleted item goes on with its own (wire/315). */
static bool is_revived(const struct save *save)
{
	return save->change.kind == CHANGE_CREATE &&
	       own_is_removed(save->saver->own, save->schema, save->request->id);
}

/*
 * Which version the change has made, of an item that was read after it: it may be somebody else's
 * already. Then it is the next one, or a later: too small a version overwrites nothing.
 */
static int64_t version_made(
	const struct save *save, const struct save_seen *seen, int64_t seen_version)
{
	bool is_ours = false;

	if (save_is_in(save, seen, &is_ours, NULL) == 0 && is_ours)
		return seen_version;
	return save->change.version + 1;
}

struct save_seen save_seen_content(const struct content *content)
{
	return (struct save_seen){
		.text = buf_str(&content->text),
		.len = content->text.len,
		.status = content->status,
		.new_status = content->new_status,
	};
}

static int64_t version_of_content(const struct save *save, const struct change_result *result)
{
	const struct content *content = &result->content;
	const struct save_seen seen = save_seen_content(content);

	return result->is_read_after ? version_made(save, &seen, content->version)
				     : content->version;
}

static int64_t version_of_now(const struct save *save)
{
	struct save_seen seen;

	if (save->now.row == 0 || !save->now_text)
		return save->change.version + 1;
	seen = save_seen_now(save);
	return version_made(save, &seen, save->now.version);
}

void save_take_answer(struct save *save, uint64_t begun_ms, const struct change_result *result)
{
	bool is_whole = result->has_content && (result->is_read_after || !is_revived(save));
	struct error err = { 0 };
	int ret;

	if (is_whole)
		ret = cache_end_change(save->request->dir, begun_ms, &result->content, &err);
	else
		ret = save_reload(save, &err);
	if (ret < 0) {
		cache_forget_item(save->request->dir, save->request->id);
		log_line(LOG_WARN, "%s/%s is saved, and has to be read again: %s", save->schema,
			save->request->id, err.text);
	}
	/* Where nothing better is known, also of what goes on with a deleted one's versions. */
	if ((is_whole || ret < 0) && result->has_content && !result->is_read_after &&
		save->change.kind == CHANGE_CREATE)
		save_note_creation(save, &result->content);
	save_learn_version(
		save, is_whole ? version_of_content(save, result) : version_of_now(save));
}
