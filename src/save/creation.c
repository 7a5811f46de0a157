/*
 * The answer to a creation says version 0 and the time of now, also where the id is that of a deleted
 * item, which goes on with its own versions (wire/315): whether there was one the server does not tell.
 * So a conflict with that version is none, if the item is still what was created. Then its version is ours.
 */
#include "base/hash.h"
#include "cache/cache.h"
#include "cache/texts.h"
#include "save/own.h"
#include "save/save_private.h"

/* Of what is the user's in an item; never 0, which it is of what cannot be read. */
static uint64_t hash_of(const struct save *save, const struct save_seen *seen)
{
	const struct edit_rules rules = { cache_dir_schema(save->request->dir), true };
	uint64_t hash = 0;
	struct edit edit;
	struct buf data;

	edit_init(&edit);
	buf_init(&data, CONTENT_TEXT_MAX);
	if (edit_parse(seen->text, seen->len, save->saver->conf.view, "the server's text", &edit,
		    NULL) == 0 &&
		edit_whole(&edit, &rules, &data, NULL) == 0) {
		const char *const strings[] = { buf_str(&data), seen->status, seen->new_status };

		hash = hash_strings(strings, 3) | 1;
	}
	buf_release(&data);
	edit_release(&edit);
	return hash;
}

void save_note_creation(struct save *save, const struct content *content)
{
	const struct save_seen seen = save_seen_content(content);

	save->created = hash_of(save, &seen);
}

bool save_is_of_creation(const struct save *save, int64_t version)
{
	return own_creation(save->saver->own, save->schema, save->request->id, version) != 0;
}

int64_t save_confirm_creation(const struct save *save, int64_t version)
{
	struct own *own = save->saver->own;
	uint64_t hash = own_creation(own, save->schema, save->request->id, version);
	struct save_seen seen;

	if (hash == 0 || version >= save->now.version)
		return version;
	seen = save_seen_now(save);
	if (hash_of(save, &seen) != hash)
		return version;
	own_note(own, save->schema, save->request->id, version, save->now.version);
	return save->now.version;
}

bool saver_confirm_creation(struct saver *saver, const struct call *call, struct cache_dir *dir,
	const char *id, int64_t *version)
{
	const struct save_request request = { .dir = dir, .id = id, .version = *version };
	struct save save = {
		.saver = saver,
		.call = call,
		.request = &request,
		.schema = cache_dir_name(dir),
	};
	int64_t confirmed = *version;
	bool is_other;

	if (!save_is_of_creation(&save, *version))
		return false;
	store_item_init(&save.now);
	if (save_reload(&save, NULL) == 0 && save.now_text)
		confirmed = save_confirm_creation(&save, *version);
	text_unref(save.now_text);
	store_item_release(&save.now);
	is_other = confirmed != *version;
	*version = confirmed;
	return is_other;
}
