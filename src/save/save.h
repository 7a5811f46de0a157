/*
 * One save: a text that a user wrote becomes the change that it asks for, and the server's verdict.
 *
 *	saver_new(&conf, &saver, err);
 *	saver_save(saver, &call, &request, &result, err);
 *	saver_keep(saver, &request, &result.kept, err);	-- a text that nobody can save any more
 *	saver_forget(saver, dir, &result.kept);		-- one that has become another text
 *	saver_free(saver);
 *
 * What is sent is the difference to the base: the version that the text is a change of. That is
 * the document's own version where the document is this item's (its id and time of creation),
 * else the version that was read through this mount (request.version), else the one at hand. Where
 * this mount made all versions since, the base moves up to the newest of them (own.h).
 * Anybody else's change since is -ESTALE and overwrites nothing, but with SAVE_OVERWRITE.
 * A text that asks for nothing sends nothing.
 *
 * An item that is not at hand is created, never overwritten: -EEXIST where the id was taken
 * meanwhile.
 *
 * Nothing is sent twice unseen: where the answer was lost, the item is read, and the verdict is
 * what the server then has. Before sending, the text is on disk (outbox.h); when a save fails, it
 * is among the unsaved ones (unsaved.h) before this returns. When it succeeds, the cache has what
 * the server made of it.
 *
 * Threads: any. Of one item one is saved at a time, in the order of coming (turns.h).
 * Blocks on network and disk; no lock is held.
 */
#ifndef SQUIDEXFS_SAVE_SAVE_H
#define SQUIDEXFS_SAVE_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/document.h"
#include "save/unsaved.h"

struct cache;
struct cache_dir;
struct call;
struct client;
struct clock;
struct error;
struct outbox;
struct saver;
struct state;

enum save_update { SAVE_PATCH, SAVE_PUT };
enum save_conflict { SAVE_REFUSE, SAVE_OVERWRITE };
enum save_edit { SAVE_LIVE, SAVE_DRAFT };

struct saver_conf {
	struct client *client; /* borrowed, as the next four */
	struct cache *cache;
	struct state *state;
	struct outbox *outbox;
	const struct clock *clock;
	const char *create_status; /* of a new item whose text names none; NULL: the workflow's */
	enum view view;
	enum save_update update;
	enum save_conflict conflict; /* OVERWRITE: the later save wins */
	enum save_edit edit;         /* DRAFT: a published item gets a draft before it is changed */
	bool allow_expressions;      /* edit.h */
};

/* There was no item when the text was begun: one that somebody else has made since is not changed. */
#define SAVE_AS_NEW (-2)

struct save_request {
	struct cache_dir *dir;
	const char *id;
	const char *name; /* of the file in the mount */
	const char *text;
	size_t len;
	int64_t version; /* that was read; -1: none was; SAVE_AS_NEW */
};

/* Where a text is that the server did not take. Zeroed: nowhere. */
struct save_kept {
	struct unsaved_copy copy;
	bool is_in_outbox; /* in its place: the next mount finds it there */
	uint64_t outbox_number;
};

struct save_result {
	bool has_changed;      /* something was sent, and is done */
	int64_t version;       /* that the server has now, -1: not known */
	struct save_kept kept; /* of a failed save */
};

int saver_new(const struct saver_conf *conf, struct saver **ret_saver, struct error *err);
void saver_free(struct saver *saver); /* NULL is legal */

/* The item is deleted: who creates it again goes on with its versions. Any thread; does not block. */
void saver_note_removal(struct saver *saver, const struct cache_dir *dir, const char *id);

int saver_save(struct saver *saver, const struct call *call, const struct save_request *request,
	struct save_result *ret_result, struct error *err);

/*
 * A change of *version was a conflict: is it none, as the item is still what this mount has created, and
 * only its version another one than the server said then? It asks the server, where that may be so.
 */
bool saver_confirm_creation(struct saver *saver, const struct call *call, struct cache_dir *dir,
	const char *id, int64_t *version);

/*
 * Keeps a text that is not saved, as a save that fails does: among the unsaved, or where it finds no
 * place there in the outbox, where it may be already (kept). *why: the reason; where the text is gets
 * added. The errno of what kept it from being among the unsaved; it is lost where it is in neither.
 */
int saver_keep(struct saver *saver, const struct save_request *request, struct save_kept *kept,
	struct error *why);

/* What was kept is not needed any more, unless it is somebody else's, too. */
void saver_forget(struct saver *saver, const struct cache_dir *dir, const struct save_kept *kept);

/* The text is on disk. */
bool save_is_kept(const struct save_kept *kept);

#endif
