/*
 * One save: a text that a user wrote becomes the change that it asks for, and the server's verdict.
 *
 *	saver_new(&conf, &saver, err);
 *	save_result_init(&result);
 *	saver_save(saver, &call, &request, &result, err);
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
 * Threads: any, also for different items at once; the caller serialises saves of one item.
 * Blocks on network and disk; no lock is held.
 */
#ifndef SQUIDEXFS_SAVE_SAVE_H
#define SQUIDEXFS_SAVE_SAVE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/document.h"

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

struct save_result {
	bool has_changed;                /* something was sent, and is done */
	int64_t version;                 /* that the server has now, -1: not known */
	char unsaved_name[NAME_MAX + 1]; /* of a failed save; "": the text could not be kept */
};

int saver_new(const struct saver_conf *conf, struct saver **ret_saver, struct error *err);
void saver_free(struct saver *saver); /* NULL is legal */

/* The item is deleted: who creates it again goes on with its versions. Any thread; does not block. */
void saver_note_removal(struct saver *saver, const struct cache_dir *dir, const char *id);

int saver_save(struct saver *saver, const struct call *call, const struct save_request *request,
	struct save_result *ret_result, struct error *err);

/* Puts a text among the unsaved that nobody can save any more; and takes one away that was. */
int saver_keep(struct saver *saver, const struct save_request *request, const char *reason,
	struct error *err);
int saver_forget(struct saver *saver, const struct cache_dir *dir, const char *unsaved_name,
	struct error *err);

#endif
