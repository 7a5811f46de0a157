/*
 * The store: the one place where an app's items live, a SQLite database per server,
 * app, client and view; on disk, or in memory with the same code.
 *
 *	store_open(&conf, &store, err);
 *	store_open_dir(store, "recipes", fingerprint, &dir, &modified_s, err);
 *	store_begin_listing(store, dir, &generation, &n_items, err);
 *	store_put(store, dir, generation, asked_ms, items, n, err);	-- a page, one transaction
 *	store_end_listing(store, dir, generation, err);		-- what was not seen is gone
 *	store_find(store, dir, "demo-draft", &item, err);
 *	store_list(store, dir, after_row, batch, err);
 *	store_close(store);
 *
 * Identity. A row's number is the kernel's node number: given once, in ascending order,
 * never to another item. So a node needs no memory of its own, and a million items none
 * that grows with them. The inode number that users see is a hash of app, schema and id
 * (store_ino), the same on every mount.
 *
 * Order. Directories are read in the order of rows. Rows stay where they are when an
 * item changes, so a reader that stopped at a row goes on behind it, whatever was listed
 * again in between. A listing stamps each row it sees with its generation; while it runs, a
 * row may be shown once all rows before it are stamped. What is fetched alone while a listing
 * runs is stamped too: the listing may have passed the place where it stands.
 *
 * Time. Writers say when they asked the server (ms of any one clock). An answer that was asked
 * for before the row was last confirmed does not put an older version over it; nor does one that
 * was asked for while a change of ours was on its way. The times of earlier openings of the store
 * do not count.
 *
 * Limit. Of the texts, max_text_bytes are kept: the least recently used go where another one is to
 * come, a few at a time; rows stay, with the sizes of their texts. What is read or fetched alone
 * is always kept (unless it is larger than all that may be kept). A listing makes room only among
 * what was last used before it began; what it has brought itself, and what was read since, stays,
 * and the rest of its texts is not kept. So of a directory that is larger than the limit the
 * first texts are there to be read, not the last ones. In the order of use, the last
 * 1,024 reads before a kill may be missing.
 *
 * Disk. Files are 0600 in a directory 0700; the texts in them are what the client may read.
 * Nothing in it is precious: a store that is damaged, of another format, or of another
 * identity is thrown away and begun anew (with a warning in the log). Where the disk cannot be
 * had, or another mount has the store open, a private temporary database serves
 * (cache/db.h); where it fills up while we work, everything moves to such a one, row numbers
 * included, and nobody notices. Damage found later is -EIO, and the next mount begins anew.
 *
 * Threads: any. One connection, serialised by one lock, which comes last in the
 * lock order but for that of rows.h, and is the only one that is held while the disk works. Changes are told when it is no
 * longer held.
 */
#ifndef SQUIDEXFS_CACHE_STORE_H
#define SQUIDEXFS_CACHE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct content;
struct error;
struct store;

struct store_conf {
	const char *directory;                    /* NULL: in memory */
	const char *url, *app, *client_id, *view; /* whose answers these are */
	uint64_t max_text_bytes;                  /* 0: no limit */
};

/*
 * A row without its text. Strings live as long as the struct: store_item_release. A brief one lacks what only
 * few want to know: created_s and the strings but the id are as store_item_init leaves them.
 */
struct store_item {
	uint64_t row;
	uint64_t ino;
	uint64_t dir;
	const char *id;
	const char *status, *new_status, *created_by, *modified_by;
	const char *etag; /* of this version; "": none known */
	int64_t version, created_s, modified_s;
	uint64_t size;       /* of the text, bytes */
	uint64_t digest;     /* of the text: hash_bytes; tells it from every other one of the row */
	uint64_t generation; /* of the listing that saw it last; 0: none */
	uint64_t checked_ms; /* when the server was last asked for it in this mount; 0: not yet */
	bool is_writable;
	bool has_text; /* its text is kept */
	char *strings; /* the memory behind the strings; NULL: it is not this item's */
};

#define STORE_BATCH_MAX 256

struct store_batch {
	struct store_item items[STORE_BATCH_MAX];
	size_t n_items;
	char *ids; /* the memory behind those that have none of their own; NULL: there are none */
};

struct store_stats {
	uint64_t items;
	uint64_t bytes;          /* of the database */
	uint64_t text_bytes;     /* of the texts in it */
	uint64_t max_text_bytes; /* 0: no limit */
	uint64_t evicted;        /* texts that went for others, since it was opened */
	bool is_on_disk;
};

/* A row that is not what it was: it is gone, or has another text or version. */
struct store_change {
	uint64_t dir, row;
	const char *id; /* borrowed for the call */
	bool is_removed;
};

typedef void (*store_change_fn)(void *payload, const struct store_change *change);

int store_open(const struct store_conf *conf, struct store **ret_store, struct error *err);
void store_close(struct store *store);

/*
 * Called for each change once it is in the store, without locks, on the thread that made it.
 * Rows that are new are none. Set before others use the store; NULL: nobody wants to know.
 */
void store_set_observer(struct store *store, store_change_fn on_change, void *payload);

/*
 * The number of a schema's directory, and the newest modified_s ever put into it (0: none).
 * Items rendered with another fingerprint are dropped.
 */
int store_open_dir(struct store *store, const char *name, uint64_t fingerprint, uint64_t *ret_dir,
	int64_t *ret_modified_s, struct error *err);

/* ret_n_items: how many the directory has before the listing. */
int store_begin_listing(struct store *store, uint64_t dir, uint64_t *ret_generation,
	uint64_t *ret_n_items, struct error *err);
int store_end_listing(struct store *store, uint64_t dir, uint64_t generation, struct error *err);

/*
 * When the directory was last known to be complete, by the server's clock (seconds; 0: it is not),
 * and the generation that all of its rows bear then. Kept across openings; a listing that
 * begins takes it away.
 */
int store_get_checked(struct store *store, uint64_t dir, uint64_t *ret_generation,
	int64_t *ret_checked_s, struct error *err);
int store_set_checked(struct store *store, uint64_t dir, int64_t checked_s, struct error *err);

/*
 * How often rows were added or removed, in any directory: read before and after, the same number
 * says that there were the same rows all the time.
 */
uint64_t store_count_memberships(struct store *store);

/* Items in the directory. */
int store_count(struct store *store, uint64_t dir, uint64_t *ret_n_items, struct error *err);

/*
 * Adds or replaces items, all or none. generation 0: fetched alone. asked_ms: before the
 * request was sent.
 */
int store_put(struct store *store, uint64_t dir, uint64_t generation, uint64_t asked_ms,
	const struct content *items, size_t n_items, struct error *err);

/*
 * The item as the server answered a change of ours, sent after begun_ms. What is asked for until
 * ended_ms may be answered as it was before the change, and is not put over it.
 */
int store_put_changed(struct store *store, uint64_t dir, uint64_t begun_ms, uint64_t ended_ms,
	const struct content *item, struct error *err);

/* The item is as it was, says the server, asked at asked_ms. */
int store_touch(struct store *store, uint64_t row, uint64_t asked_ms, struct error *err);
int store_remove(struct store *store, uint64_t dir, const char *id, struct error *err);

/* The server, asked at asked_ms, had none of these. What was confirmed since stays. */
int store_remove_gone(struct store *store, uint64_t dir, uint64_t asked_ms, const char *const *ids,
	size_t n_ids, struct error *err);

/*
 * Each releases what ret_item held. -ENOENT where there is none, without a sentence.
 * store_find_ino finds ids of more than STORE_SHORT_ID_MAX bytes only: no other name is shortened.
 */
#define STORE_SHORT_ID_MAX 80
int store_find(struct store *store, uint64_t dir, const char *id, struct store_item *ret_item,
	struct error *err);
int store_find_ino(struct store *store, uint64_t dir, uint64_t ino, struct store_item *ret_item,
	struct error *err);
int store_get(struct store *store, uint64_t row, struct store_item *ret_item, struct error *err);

/* As store_get, but brief, and without waiting for the lock where the row was read of late (rows.h). */
int store_get_brief(
	struct store *store, uint64_t row, struct store_item *ret_item, struct error *err);

/* The first row behind after_row, whatever it is; brief. */
int store_next(struct store *store, uint64_t dir, uint64_t after_row, struct store_item *ret_item,
	struct error *err);

/*
 * The text (replaces the buffer's content) and the row, both of one version. -ENODATA without a
 * sentence: the row is there, its text is not kept.
 */
int store_read(struct store *store, uint64_t row, struct buf *ret_text, struct store_item *ret_item,
	struct error *err);

/*
 * The text alone, if it still is the one of the item's digest: cheaper. -ENODATA without a sentence: it is
 * not, or not kept.
 */
int store_read_text(struct store *store, const struct store_item *item, struct buf *ret_text,
	struct error *err);

/* The row's text was read by someone, from wherever: it goes later than others. */
void store_use(struct store *store, uint64_t row);

/*
 * Rows behind after_row, ascending and brief; fewer than STORE_BATCH_MAX: there are no more. It waits for
 * the lock as store_get_brief does.
 */
int store_list(struct store *store, uint64_t dir, uint64_t after_row, struct store_batch *batch,
	struct error *err);

/*
 * Ids in the order of their bytes, those behind after_id (NULL: from the beginning) up to last_id
 * (NULL: to the end): at most n_max, without the first n_skip. They are the caller's to free, also those
 * that a failure left.
 */
int store_list_ids(struct store *store, uint64_t dir, const char *after_id, const char *last_id,
	size_t n_skip, size_t n_max, char **ret_ids, size_t *ret_n_ids, struct error *err);

void store_item_init(struct store_item *item);
void store_item_release(struct store_item *item);
void store_batch_init(struct store_batch *batch);
void store_batch_release(struct store_batch *batch);

int store_get_stats(struct store *store, struct store_stats *ret_stats, struct error *err);

/* Above STORE_INO_MIN, which leaves the small numbers to fixed nodes. */
#define STORE_INO_MIN 1000000
uint64_t store_ino(const char *app, const char *schema, const char *id);

#endif
