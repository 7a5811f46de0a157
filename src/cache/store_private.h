/*
 * What the store's own files share: store.c (open, directories, listings), store_put.c,
 * store_find.c, store_check.c, store_item.c. Internal to the store.
 */
#ifndef SQUIDEXFS_CACHE_STORE_PRIVATE_H
#define SQUIDEXFS_CACHE_STORE_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "cache/db.h"
#include "cache/store.h"
#include "cache/store_sql.h"

struct store {
	pthread_mutex_t lock;
	struct db *db;    /* guarded by lock */
	char *app;        /* immutable, as is session */
	uint64_t session; /* number of this opening of the store */

	store_change_fn on_change; /* NULL: nobody wants to know */
	void *payload;
};

/* A statement without parameters. */
int store_run_locked(
	struct store *store, enum store_statement statement, struct error *err, const char *what);

/*
 * After a change with the result ret, none of it done: true if that is for want of space, and the
 * store now works on a temporary database with all that it held. Then do it again.
 */
bool store_has_moved_locked(struct store *store, int ret);

/*
 * Fills item (and releases what it held) from the query's current row, whose columns begin
 * with those of an item. checked_ms counts only where it is of this session.
 * -ENOMEM without a sentence; item is then empty.
 */
int store_item_fill(struct store_item *item, struct query *q, uint64_t session);

/*
 * The changes of one operation: added to while the lock is held (what is not committed is cleared
 * again), told when it is not. Begins with the store and zeros.
 */
struct changes {
	struct store *store;
	struct noted_change *list;
	size_t n, size;
};

int changes_add(struct changes *changes, const struct store_change *change, struct error *err);
void changes_clear(struct changes *changes);
void changes_tell(struct changes *changes); /* and releases them */

/* Runs a query that removes rows of the directory and returns row and id of each. */
int changes_run_removal(struct changes *changes, struct query *q, uint64_t dir, struct error *err,
	const char *what);

/* The column behind those of an item. */
#define STORE_ITEM_COLUMNS 18

#endif
