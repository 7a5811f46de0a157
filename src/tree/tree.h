/*
 * What a path means. The kernel names things by node number and name; the tree gives
 * attributes, entries and bytes for them, and knows nothing of FUSE.
 *
 *	tree_new(&conf, &tree, err);
 *	tree_lookup(tree, &call, TREE_ROOT, "apps", &entry, err);
 *	tree_open(tree, &call, entry.node, &file, err);		-- tree_file_data, tree_file_unref
 *	tree_open_dir(tree, &call, entry.node, &dir, err);	-- tree_dir_next, tree_dir_free
 *	tree_free(tree);
 *
 * Node numbers: 1 is the root; fixed nodes (directories of apps and schemas, control files)
 * have small numbers given at tree_new; an item is (app + 1) << 48 | row of the store. So the
 * tree keeps no memory per item, and forgetting one is nothing to do.
 *
 * Threads: any. Everything here may block on the network, bounded by the call.
 */
#ifndef SQUIDEXFS_TREE_TREE_H
#define SQUIDEXFS_TREE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "tree/app.h"

struct call;
struct clock;
struct error;
struct error_log;
struct event_log;
struct refresh;
struct tree;
struct tree_dir;
struct tree_file;

#define TREE_ROOT 1

/* Of a path in a message; a longer one is cut. */
#define TREE_PATH_MAX 1024

/* Of a name, with its NUL. */
#define TREE_NAME_SIZE 256

/* Everything it points to is borrowed and lives as long as the tree. */
struct tree_conf {
	const struct clock *clock;
	const struct app *apps;
	size_t n_apps;
	struct http *http;        /* for the statistics */
	struct error_log *errors; /* shown as /.squidexfs/errors */
	struct event_log *events; /* as /.squidexfs/events; NULL: there is no such file */
	const char *mountpoint;   /* for the status */
	uid_t uid;
	gid_t gid;
	mode_t umask;   /* cleared from every mode */
	bool has_xattr; /* offer extended attributes */
};

struct tree_entry {
	uint64_t node;
	uint64_t ino; /* st_ino: the same on every mount */
	mode_t mode;  /* type and permissions */
	uint64_t size;
	int64_t modified_s;
	int64_t version;   /* of an item; 0: of something else */
	uint64_t fresh_ms; /* how long the kernel may keep it; 0: not at all */
	uint64_t digest;   /* of an item's text, as the server has it; 0: of something else */
};

/*
 * What was said of an item is not so any more: it is gone, or has another text, or is there. The
 * name (borrowed for the call) is the one that the directory shows; it may have been asked for by
 * others.
 */
struct tree_change {
	uint64_t node; /* 0 if it is new */
	uint64_t parent;
	const char *name;
	bool is_removed;
	bool is_new;
};

typedef void (*tree_change_fn)(void *payload, const struct tree_change *change);

int tree_new(const struct tree_conf *conf, struct tree **ret_tree, struct error *err);
void tree_free(struct tree *tree);

/*
 * Called for each change as soon as it is known, on any thread. What is called must return at
 * once and call nothing of the tree; it is no longer called when tree_set_observer returns. NULL:
 * none.
 */
void tree_set_observer(struct tree *tree, tree_change_fn on_change, void *payload);

void tree_get_owner(const struct tree *tree, uid_t *ret_uid, gid_t *ret_gid);
bool tree_has_xattr(const struct tree *tree);

/*
 * -ENOENT: *ret_negative_ms says for how long (0: do not remember). A node whose item is gone
 * is -ESTALE in all functions that take one.
 */
int tree_lookup(struct tree *tree, const struct call *call, uint64_t parent, const char *name,
	struct tree_entry *ret_entry, uint64_t *ret_negative_ms, struct error *err);
int tree_get(struct tree *tree, const struct call *call, uint64_t node,
	struct tree_entry *ret_entry, struct error *err);

/*
 * The next name of a directory, from *place on (0: from the beginning), of which tree_lookup said
 * for how long it is absent, and which is now to be taken back.
 */
bool tree_take_absence(
	struct tree *tree, uint64_t dir, size_t *place, char ret_name[TREE_NAME_SIZE]);

/*
 * The path of a node for messages, "/apps/foodcrunch/recipes/x.json", and with name (or
 * NULL) that of a member; from memory and store alone.
 */
void tree_path(struct tree *tree, uint64_t node, const char *name, char *ret_path, size_t size);

/*
 * An open file is a snapshot: its bytes stay what they were at open. It is shared by those who
 * hold a reference; tree_open gives the first one.
 */
int tree_open(struct tree *tree, const struct call *call, uint64_t node,
	struct tree_file **ret_file, struct error *err);
const char *tree_file_data(const struct tree_file *file, size_t *ret_len);
void tree_file_get(const struct tree_file *file, struct tree_entry *ret_entry);
uint64_t tree_file_digest(const struct tree_file *file); /* tells texts of an item apart */
/* To be read past the page cache: control files, and what is open beside another text. */
bool tree_file_is_direct(const struct tree_file *file);
struct tree_file *tree_file_ref(struct tree_file *file);
void tree_file_unref(struct tree_file *file); /* NULL is legal */

/* Does the file get its text when it is opened: a control file. */
bool tree_is_made(const struct tree *tree, uint64_t node);

/*
 * Files that are written. What is open so, and what is opened to be read meanwhile, has one text
 * (tree/writing.h), which tree_file_data does not give: tree_file_read copies it.
 *
 *	tree_create(tree, &call, parent, "new.json", &file, err);	-- or tree_open_to_write
 *	tree_file_write(file, 0, data, size, err);
 *	tree_file_save(tree, &call, file, TREE_ON_FLUSH, err);	-- the server's verdict
 *	tree_file_unref(file);
 *
 * A name that tree_create makes is here alone until its text is saved. Saving blocks on the network.
 */
enum tree_truncate { TREE_KEPT, TREE_EMPTIED };
enum tree_occasion { TREE_ON_FLUSH, TREE_ON_SYNC };

int tree_open_to_write(struct tree *tree, const struct call *call, uint64_t node,
	enum tree_truncate truncate, struct tree_file **ret_file, struct error *err);
/* What a creation does with a name that is there; the kernel has looked, but others may be quicker. */
enum tree_taken { TREE_TAKEN_OPENED, TREE_TAKEN_REFUSED };

struct tree_creation {
	mode_t mode; /* permissions of a scratch file; an item has none of its own */
	enum tree_taken taken;
	enum tree_truncate truncate; /* of what is there */
};

int tree_create(struct tree *tree, const struct call *call, uint64_t parent, const char *name,
	const struct tree_creation *creation, struct tree_file **ret_file, struct error *err);
bool tree_file_is_written(const struct tree_file *file);
bool tree_file_is_refused(struct tree_file *file); /* it as it is now; somebody was told */
size_t tree_file_read(const struct tree_file *file, uint64_t offset, char *data, size_t size);
int tree_file_write(
	struct tree_file *file, uint64_t offset, const char *data, size_t size, struct error *err);
/* Where the text ends, which is not always the offset at which the kernel takes it to end. */
int tree_file_append(
	struct tree_file *file, uint64_t offset, const char *data, size_t size, struct error *err);
int tree_file_resize(struct tree_file *file, uint64_t size, struct error *err);
/* Of a file that was opened to be read: nothing. */
int tree_file_save(struct tree *tree, const struct call *call, struct tree_file *file,
	enum tree_occasion occasion, struct error *err);

/* Takes a name away. -EROFS: it does not go; -ENOENT. May block. */
int tree_unlink(struct tree *tree, const struct call *call, uint64_t parent, const char *name,
	struct error *err);

/*
 * Names in a directory of items. One that is not <id>.json, or begins with '.', is a scratch file's
 * (tree/scratch.h): nothing is asked or sent for it.
 *
 * tree_rename, within one directory:
 *	scratch to scratch	as on any disk
 *	scratch to item		saves the text as that item, the verdict is the rename's; when that fails
 *				the scratch file is still there
 *	item to scratch		copies the text, and hides the item until it is saved again, the scratch
 *				name ends, or TREE_ASIDE_MS have passed; it is not deleted
 *	item to item		-EXDEV, upon which mv(1) copies and removes; so is another directory
 * Blocks on the network where an item is involved.
 */
#define TREE_ASIDE_MS 60000

/* What a rename does with a new name that is there. */
enum tree_target { TREE_TARGET_REPLACED, TREE_TARGET_REFUSED };

struct tree_renaming {
	uint64_t parent;
	const char *name;
	uint64_t new_parent;
	const char *new_name;
	enum tree_target target; /* REFUSED: -EEXIST */
};

/* *ret_is_other: the new name is not of the node that the kernel has moved there. */
int tree_rename(struct tree *tree, const struct call *call, const struct tree_renaming *renaming,
	bool *ret_is_other, struct error *err);

/* Among scratch files only: -EPERM for an item's name. */
int tree_symlink(struct tree *tree, uint64_t parent, const char *name, const char *target,
	struct tree_entry *ret_entry, struct error *err);
int tree_readlink(struct tree *tree, uint64_t node, char *target, size_t size, struct error *err);

/* What is never there: directories, hard links, devices. -EPERM, or as tree_refuse_change. */
int tree_refuse_kind(struct tree *tree, uint64_t parent, const char *what, struct error *err);

struct tree_attributes {
	bool has_mode, has_times;
	mode_t mode;
	struct timespec times[2]; /* of access and modification, as utimensat(2) */
};

/* Of a scratch file; all others have their own and keep them: 0, and nothing is done. */
int tree_set_attributes(struct tree *tree, uint64_t node, const struct tree_attributes *attributes,
	struct error *err);

/*
 * Entries in a stable order, "." and ".." first; offset 0 begins (anew: what is there
 * now), each entry carries the offset to go on with, any of which may be gone back to.
 * Returns 1 with an entry, 0 at the end, or a negative errno: a reader that got one has
 * not seen all. The name is borrowed until the next call. One thread at a time per tree_dir.
 */
int tree_open_dir(struct tree *tree, const struct call *call, uint64_t node,
	struct tree_dir **ret_dir, struct error *err);
int tree_dir_next(struct tree_dir *dir, const struct call *call, int64_t offset,
	const char **ret_name, struct tree_entry *ret_entry, int64_t *ret_next, struct error *err);
void tree_dir_free(struct tree_dir *dir);

/* Does it change what a directory shows: one of items. The others are as they are. */
bool tree_has_items(const struct tree *tree, uint64_t dir);

/* A number that stays as long as the whole directory would show the same, unasked; 0: it would not. */
uint64_t tree_list_stamp(struct tree *tree, uint64_t dir);

/*
 * The texts of a directory's items between two of its offsets, those that are wanted and at hand, as if
 * each was opened while it is seen: whoever opens another text meanwhile reads past the page
 * cache. The server is not asked. 0, or a negative errno where the store fails.
 */
struct tree_text_visitor {
	bool (*wants)(void *payload, const struct tree_entry *entry, uint64_t digest);
	void (*see)(void *payload, const struct tree_file *file); /* borrowed for the call */
	bool (*is_over)(void *payload);
	void *payload;
};

int tree_see_texts(struct tree *tree, uint64_t dir, int64_t after, int64_t last,
	const struct tree_text_visitor *visitor, struct error *err);

/*
 * Extended attributes of items, as getxattr(2) and listxattr(2) give them: with size 0 the
 * length alone. -ERANGE: more than size; -ENODATA: the node has no such attribute.
 */
int tree_get_xattr(struct tree *tree, const struct call *call, uint64_t node, const char *name,
	char *value, size_t size, size_t *ret_len, struct error *err);
int tree_list_xattr(struct tree *tree, const struct call *call, uint64_t node, char *names,
	size_t size, size_t *ret_len, struct error *err);

/*
 * The files that grow while they are open: what is read is what is there now. From offset on; how
 * many bytes, 0: none yet. They are opened as others are, or not at all.
 */
struct event_log *tree_get_events(const struct tree *tree, uint64_t *ret_node); /* NULL: none */
bool tree_is_followed(const struct tree *tree, uint64_t node);
size_t tree_read(struct tree *tree, uint64_t node, uint64_t offset, char *data, size_t size);

/*
 * The files that take orders, which are opened as others are. Each write is whole lines; what they
 * ask for is the caller's to carry out (tree/refresh.h). -EROFS: not such a file.
 */
bool tree_is_written(const struct tree *tree, uint64_t node); /* or settings, below */
int tree_write(struct tree *tree, uint64_t node, const char *text, size_t len,
	struct refresh **ret_refresh, struct error *err);

/*
 * The files that take settings, each write one, of which the server is told at once: its verdict is
 * the write's. They are opened as others are, or, to be written alone, without asking for what
 * is set. Blocks on the network.
 */
bool tree_is_set(const struct tree *tree, uint64_t node);
int tree_open_to_set(struct tree *tree, const struct call *call, uint64_t node,
	struct tree_file **ret_file, struct error *err);
int tree_set(struct tree *tree, const struct call *call, uint64_t node, const char *text,
	size_t len, struct error *err);

/* Why a node is not changed: -EROFS with a sentence. what: a verb ("write", "create"). */
int tree_refuse_change(struct tree *tree, uint64_t node, const char *what, struct error *err);

#endif
