/*
 * Texts that the server did not take: kept until the user removes them, or saves that very text
 * well after all.
 *
 *	unsaved_put(state, &text, &copy, err);		-- before close(2) returns the error
 *	unsaved_take_back(state, "recipes", &copy, err);	-- it has become another text
 *	unsaved_forget(state, "recipes", "x.json", data, len, err);	-- it has been saved
 *	unsaved_remove(state, "recipes", "x.2.json", err);		-- rm
 *	unsaved_list(state, "recipes", &list, err);	-- look, count, read: what is there
 *
 * In the state directory as in the mount: unsaved/<schema>/<name>, the second of an item
 * x.2.json and so on, each beside <name>.reason, a sentence and when it was, and where
 * somebody else's change was in the way <name>.theirs, the server's text then. A text that is there
 * already, of the same item, is not put there twice: it gets the new reason.
 * Names too long to be numbered are shortened and end in a hash.
 *
 * A text for whose reason there is no room is there without, and the log says so.
 *
 * Everything is durable when it returns. Any thread; blocks on the disk. Two that put texts
 * of the same item at once get two names.
 */
#ifndef SQUIDEXFS_SAVE_UNSAVED_H
#define SQUIDEXFS_SAVE_UNSAVED_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct state;

#define UNSAVED_DIR "unsaved"
#define UNSAVED_REASON ".reason"
#define UNSAVED_THEIRS ".theirs"

/* Texts of one item; whoever has more of them does not read them. */
#define UNSAVED_OF_ONE_MAX 100

struct unsaved_text {
	const char *schema;
	const char *name; /* of the item's file in the mount: "x.json" */
	const void *data;
	size_t len;
	const char *reason; /* a sentence */
	int64_t time_s;     /* when it was refused, since 1970 */
	const void *theirs; /* NULL: there is none */
	size_t theirs_len;
};

/* One putting of a text. Who else puts the same text of the item finds it there, and has a copy of that. */
struct unsaved_copy {
	char name[NAME_MAX + 1]; /* what it is called there; "": it is not */
	uint64_t stamp;
};

/*
 * -EEXIST: UNSAVED_OF_ONE_MAX of them are there already; -ENOSPC
 * and others of state_write: it is not on disk.
 */
int unsaved_put(struct state *state, const struct unsaved_text *text, struct unsaved_copy *ret_copy,
	struct error *err);

/*
 * The text goes, unless it is somebody else's as well: who has put it there after that, or another one
 * under its name.
 */
int unsaved_take_back(struct state *state, const char *schema, const struct unsaved_copy *copy,
	struct error *err);

int unsaved_forget(struct state *state, const char *schema, const char *name, const void *data,
	size_t len, struct error *err);

/*
 * name: as unsaved_put gave it; what is beside it goes too. That of a companion: it alone. 0 also where
 * there is none.
 */
int unsaved_remove(struct state *state, const char *schema, const char *name, struct error *err);

/* Names in ascending order. */
struct unsaved_list {
	char **names;
	size_t n_names;
};

/* The files of a schema's folder; schema NULL: the folders that hold any. */
int unsaved_list(
	struct state *state, const char *schema, struct unsaved_list *ret_list, struct error *err);
void unsaved_list_release(struct unsaved_list *list); /* a zeroed one is legal */

struct unsaved_file {
	uint64_t size;
	int64_t modified_s;
};

/* -ENOENT without a sentence: there is no such file; name NULL: no such folder that holds any. */
int unsaved_look(struct state *state, const char *schema, const char *name,
	struct unsaved_file *ret_file, struct error *err);

/* Replaces the buffer's content. -ENOENT without a sentence. */
int unsaved_read(struct state *state, const char *schema, const char *name, struct buf *ret_text,
	struct error *err);

/* Of all schemas; what is beside a text is not counted. */
struct unsaved_count {
	uint64_t texts, bytes;
};

int unsaved_count(struct state *state, struct unsaved_count *ret_count, struct error *err);

#endif
