/*
 * A save under way, for the files that its course is spread over: save.c (the course), plan.c
 * (what is to be changed), draft.c (a draft first), answer.c (what was done), settle.c (a lost
 * answer), creation.c (a creation's version), keep.c (where the text is meanwhile, and after a failure). Internal to save/.
 */
#ifndef SQUIDEXFS_SAVE_SAVE_PRIVATE_H
#define SQUIDEXFS_SAVE_SAVE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/client_change.h"
#include "api/edit.h"
#include "base/buf.h"
#include "cache/store.h"
#include "save/save.h"

struct group;
struct own;
struct state_text;
struct text;
struct turns;

struct saver {
	struct saver_conf conf;
	struct group *group;
	struct own *own;
	struct turns *turns;
};

struct save {
	struct saver *saver;
	const struct call *call;
	const struct save_request *request;
	const char *schema; /* its name */
	struct edit edit;   /* what is wanted */

	/* The item at hand when it was planned; row 0: there is none. */
	struct store_item now;
	struct text *now_text;

	/* The plan. The change's strings are borrowed from here. */
	bool has_change;
	bool opens_draft; /* first */
	struct change change;
	struct buf data;

	uint64_t begun_ms; /* of the cache: before the latest sending */
	int64_t version;   /* that the change made; -1: not known */
	uint64_t created;  /* as of own_note_creation */
	struct save_kept kept;
	bool was_lost; /* an answer was: it is sent alone then */
};

/* Replaces what is known of the item by what is at hand, or by what the server has now. */
int save_load(struct save *save, struct error *err);
int save_reload(struct save *save, struct error *err);

/* Reloads. -ENOENT: it is gone, and no change may make it anew. */
int save_look_again(struct save *save, struct error *err);

/* Has the item at hand the data that save->edit asks for, by a change of that kind? */
int save_has_data(const struct save *save, bool *ret_has, struct error *err);

/* Fills the plan. -ESTALE: somebody else has changed the item since. */
int save_plan(struct save *save, struct error *err);

/* An item as the server showed it. */
struct save_seen {
	const char *text;
	size_t len;
	const char *status, *new_status;
};

/* Borrowed of a content, and of the item at hand, which has a text. */
struct save_seen save_seen_content(const struct content *content);
struct save_seen save_seen_now(const struct save *save);

/* Is what was to be saved in it, so that it is none the less ours, whoever made its version? */
int save_is_in(
	const struct save *save, const struct save_seen *seen, bool *ret_is, struct error *err);

/*
 * creation.c: a creation was answered with content; is the version that of an answer to one; and which
 * version has the item at hand by that, if it is what was created still. The version itself, if not.
 */
void save_note_creation(struct save *save, const struct content *content);
bool save_is_of_creation(const struct save *save, int64_t version);
int64_t save_confirm_creation(const struct save *save, int64_t version);

/*
 * A change was made: the cache gets the answer, or what the server has then. Where neither can be had,
 * the item is forgotten, and the next who wants it asks; the save is no less good for it.
 */
void save_take_answer(struct save *save, uint64_t begun_ms, const struct change_result *result);

/* The change has made this version. */
void save_learn_version(struct save *save, int64_t version);

/* Opens the draft that the plan asks for, which makes the version that is to be changed then. */
int save_open_draft(struct save *save, struct error *err);

/*
 * What has become of what was sent: the item is read, and at hand then. Who was interrupted meanwhile is told
 * the truth all the same.
 */
int save_see(struct save *save, const struct change_result *result, struct error *err);

/* The look of sending.h: reads the item, which is at hand then. payload: the save. */
int save_settle(
	void *payload, const struct change_result *result, bool *ret_may_resend, struct error *err);

/* The text is on disk while it is on its way. 0 also where it is there already. */
int keep_in_outbox(struct saver *saver, const struct save_request *request, struct save_kept *kept,
	struct error *err);

/* It has arrived. */
void keep_end(struct saver *saver, struct save_kept *kept);

/* As saver_keep; theirs: the server's text that was in the way, data NULL: none. */
int keep_text(struct saver *saver, const struct save_request *request,
	const struct state_text *theirs, struct save_kept *kept, struct error *why);

#endif
