/*
 * The text of an item while somebody has it open for writing: one text for all who write or read
 * the item meanwhile, as a local file has one, until it is saved or refused.
 *
 *	writings_take(writings, &key, &writing, err);	-- the one there is, or a new one; or writings_join
 *	writing_begin(writing, text, len, version);	-- of a new one: what it begins with
 *	writing_write(writing, offset, data, size, err);
 *	writing_save(writing, &call, WRITING_FLUSH, err);
 *	writing_unref(writing);
 *
 * Saving sends the text as it is then; what is written meanwhile is the next save's. One save at
 * a time; others wait for it. What was saved is not sent again, nor is an empty text ever. A
 * flush of what was refused already repeats the refusal without asking; an fsync asks again.
 * Where a refused text becomes another one, the copy of it among the unsaved goes.
 *
 * Ownership: counted references. When the last one goes and the text was neither saved nor
 * put away, it is put among the unsaved.
 *
 * Threads: any. Two locks: of the table, and of one text, which is a leaf; none is held across the
 * network or the disk. Only writing_save and the last writing_unref block.
 */
#ifndef SQUIDEXFS_TREE_WRITING_H
#define SQUIDEXFS_TREE_WRITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct cache_dir;
struct call;
struct clock;
struct error;
struct locals;
struct openings;
struct writing;
struct writings;

struct writing_key {
	const struct app *app;
	struct cache_dir *dir;
	const char *id;
	const char *name; /* of the file; not compared */
};

/*
 * locals: new names; one goes when nobody writes it any more and its text could not be saved. openings: what was read last. All are
 * borrowed. NULL: out of memory.
 */
struct writings *writings_new(
	const struct clock *clock, struct locals *locals, struct openings *openings);
void writings_free(struct writings *writings); /* NULL is legal; no text may be left */

int writings_take(struct writings *writings, const struct writing_key *key,
	struct writing **ret_writing, struct error *err);

/*
 * To write an item of which a text of that version is at hand: a text that is on its way is shared, and
 * one that is still as it began, with that version. Who has any other goes on with that, as with a file that
 * was replaced. -EAGAIN without a sentence: what is at hand is no longer the newest.
 */
int writings_join(struct writings *writings, const struct writing_key *key, int64_t version,
	struct writing **ret_writing, struct error *err);

/* NULL: nobody has it open for writing. What has not begun is not found. */
struct writing *writings_find(struct writings *writings, const struct writing_key *key);

void writing_unref(struct writing *writing); /* NULL is legal */

/*
 * What the text is before anybody changes it, and the item's version; -1: that at hand when it is
 * saved; SAVE_AS_NEW. Of several that begin the first one counts. -EFBIG, -ENOMEM.
 */
int writing_begin(
	struct writing *writing, const char *text, size_t len, int64_t version, struct error *err);

/* It begins with nothing, as a new name: local is its number (locals.h). */
void writing_begin_new(struct writing *writing, uint64_t local, int64_t version);

/*
 * The item is removed: the text is of nobody but those who have it open, and is not saved any
 * more. Who opens the name from now on begins anew.
 */
void writing_cut_off(struct writing *writing);

/*
 * The name has another text from now on: who opens it begins anew. Who has it open goes on as before, and
 * may save still.
 */
void writing_leave_name(struct writing *writing);

/* Borrowed; as long as the writing. */
const struct app *writing_app(const struct writing *writing);
struct cache_dir *writing_dir(const struct writing *writing);
const char *writing_id(const struct writing *writing);

/* As an offset to write at: where the text ends at that moment. */
#define WRITING_AT_END UINT64_MAX

size_t writing_read(struct writing *writing, uint64_t offset, char *data, size_t size);
int writing_write(
	struct writing *writing, uint64_t offset, const char *data, size_t size, struct error *err);

/*
 * Emptied (size 0) before anybody has read it, the text becomes one that was made elsewhere: a change
 * of what was read here last, not of what the mount has heard of since.
 */
int writing_resize(struct writing *writing, uint64_t size, struct error *err);

struct writing_figures {
	uint64_t size;
	int64_t modified_s; /* when it was last written, 0: not yet */
	int64_t version;    /* that the text is a change of, or was saved as */
};

void writing_get(struct writing *writing, struct writing_figures *ret_figures);

/*
 * The right to save the item, for who has another text of it (tree/rename.c): nobody else saves between
 * these two.
 */
int writing_begin_save(struct writing *writing, const struct call *call, struct error *err);
void writing_end_save(struct writing *writing);

/* Is the text one that the server has neither taken nor refused? */
bool writing_is_pending(struct writing *writing);

/* Was the text as it is now refused, and that told to whoever asked? */
bool writing_is_refused(struct writing *writing);

/* Has the server taken a text of it, so that it is an item? */
bool writing_has_saved(struct writing *writing);

enum writing_occasion { WRITING_FLUSH, WRITING_SYNC };

/* *ret_is_saved (NULL is legal): something was to be saved, and the server has it now. */
int writing_save(struct writing *writing, const struct call *call, enum writing_occasion occasion,
	bool *ret_is_saved, struct error *err);

#endif
