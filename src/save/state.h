/*
 * The files that only this machine has: texts that the server did not take or has not got yet,
 * scratch files, deletions to come. State and not cache: nobody can fetch it again.
 *
 *	state_open(&conf, &state, err);
 *	state_write(state, "unsaved/recipes", "x.json", &text, STATE_DURABLE, err);
 *	state_read(state, "unsaved/recipes", "x.json", &buf, err);
 *	state_remove(state, "unsaved/recipes", "x.json", STATE_DURABLE, err);
 *	state_close(state);
 *
 * One directory an app and server below conf->directory, which all mounts of that app share; 0700,
 * its files 0600. dir is a path of folders, made when first written to; name is a file's: both
 * are the caller's, and hold no ".." and no file name with a '/'.
 *
 * A file is written as a whole, or not at all. STATE_DURABLE: when it returns, the file outlives
 * the machine's power; STATE_LAZY: the process's end. What a write leaves that was cut off begins
 * with STATE_TEMPORARY, which no other name may, and is removed by the next state_open, unless the mount
 * that writes it is still there (presence.h).
 * conf->max_bytes bounds the sum of all files as this mount knows it: -ENOSPC beyond it, as
 * where the disk itself is full.
 *
 * Threads: any; all but state_path block on the disk. The lock inside guards a number only.
 */
#ifndef SQUIDEXFS_SAVE_STATE_H
#define SQUIDEXFS_SAVE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct state;

#define STATE_TEMPORARY ".squidexfs-new-"

struct state_conf {
	const char *directory;
	const char *url, *app; /* whose texts these are */
	uint64_t max_bytes;
};

enum state_durability { STATE_LAZY, STATE_DURABLE };

/*
 * What state_write does with a name that is taken. OUST: the bytes of what is replaced count still, as
 * somebody may have it open: who has written them gives their room (state_give_room).
 */
enum state_taken { STATE_REPLACE, STATE_REFUSE, STATE_OUST };

struct state_text {
	const void *data;
	size_t len;
};

int state_open(const struct state_conf *conf, struct state **ret_state, struct error *err);
void state_close(struct state *state); /* NULL is legal */

/* Of the app's directory, absolute. Borrowed. */
const char *state_path(const struct state *state);

/* Bytes that were there at the start, and what this mount wrote and removed since. */
uint64_t state_bytes(struct state *state);

/*
 * Bytes of files that somebody writes piece by piece (scratch_files.h): before they are written,
 * and when they are no more. -ENOSPC: there is no room for so many.
 */
int state_take_room(struct state *state, uint64_t bytes, struct error *err);
void state_give_room(struct state *state, uint64_t bytes);

/* -EEXIST (STATE_REFUSE): the name is taken; no sentence then. */
int state_write(struct state *state, const char *dir, const char *name,
	const struct state_text *text, enum state_durability durability, enum state_taken taken,
	struct error *err);

/* Replaces the buffer's content. -ENOENT without a sentence: there is none. */
int state_read(struct state *state, const char *dir, const char *name, struct buf *ret_text,
	struct error *err);

/* 0 also where there is none. */
int state_remove(struct state *state, const char *dir, const char *name,
	enum state_durability durability, struct error *err);

struct state_entry {
	const char *name; /* borrowed: for the call, or the caller's own */
	bool is_dir;
	uint64_t size;
	int64_t modified_s;
	uint64_t stamp; /* another one for each file that had the name */
};

/* One file or folder. -ENOENT without a sentence: there is none. */
int state_look(struct state *state, const char *dir, const char *name,
	struct state_entry *ret_entry, struct error *err);

/* Returns something else than 0 to end the visit with that. */
typedef int state_see_fn(void *payload, const struct state_entry *entry);

/* Each file and folder in a folder, in no order; one that is not there is empty. */
int state_visit(
	struct state *state, const char *dir, state_see_fn *see, void *payload, struct error *err);

#endif
