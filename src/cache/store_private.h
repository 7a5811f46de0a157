/*
 * What the store's own files share: store.c (open, directories, listings), store_put.c,
 * store_budget.c (which texts are kept),
 * store_find.c, store_check.c, store_item.c, rows.c (those that were read of late). Internal to the store.
 */
#ifndef SQUIDEXFS_CACHE_STORE_PRIVATE_H
#define SQUIDEXFS_CACHE_STORE_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "cache/db.h"
#include "cache/rows.h"
#include "cache/store.h"
#include "cache/store_sql.h"

/* Uses by reading that are written at a time. */
#define STORE_USES_MAX 1024

struct store {
	pthread_mutex_t lock;
	struct db *db;     /* guarded by lock */
	struct rows *rows; /* immutable, as are app and session */
	char *app;
	uint64_t session;        /* number of this opening of the store */
	uint64_t max_text_bytes; /* immutable; 0: no limit */

	/* Of store_budget.c; guarded by lock. */
	uint64_t use;               /* the clock of uses */
	_Atomic bool is_near_limit; /* it is worth while to note uses; it changes under the lock */
	uint64_t n_evicted;         /* texts, since the store was opened */
	uint64_t uses[STORE_USES_MAX]; /* rows that were used, not yet written */
	size_t n_uses;

	_Atomic uint64_t n_memberships; /* changes of which rows there are */

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
int store_item_fill_brief(struct store_item *item, struct query *q, uint64_t session);

/*
 * The changes of one operation: added to while the lock is held (what is not committed is cleared
 * again), told when it is not. Begins with the store and zeros.
 */
struct changes {
	struct store *store;
	struct noted_change *list;
	size_t n, size;
	bool has_other_rows; /* some are new, or gone */
};

int changes_add(struct changes *changes, const struct store_change *change, struct error *err);
void changes_clear(struct changes *changes);
void changes_tell(struct changes *changes); /* and releases them */

/* Runs a query that removes rows of the directory and returns row and id of each. */
int changes_run_removal(struct changes *changes, struct query *q, uint64_t dir, struct error *err,
	const char *what);

/* At opening: sets the clock of uses, and drops what is over the limit. */
int store_begin_uses(struct store *store, struct error *err);

/* What was used by now is in the store. No transaction may be open. */
void store_write_uses_locked(struct store *store);

#define BUDGET_VICTIMS 32

struct victim {
	int64_t row, size;
};

/* The bytes of text kept, within one transaction. */
struct budget {
	struct store *store;
	uint64_t use;    /* the time of this transaction by the clock of uses */
	uint64_t before; /* a text that was used at this time or later stays */
	int64_t bytes;   /* kept */
	uint64_t n_evicted;
	struct victim victims[BUDGET_VICTIMS]; /* least recently used first */
	size_t n_victims, next_victim;
	bool is_exhausted; /* there are no other ones */
};

/* before 0: all but what comes in this transaction may go. */
int budget_begin_locked(
	struct budget *budget, struct store *store, uint64_t before, struct error *err);

/*
 * May the row (0: a new one) keep a text of that size? Less recently used ones go for it, but not
 * its own. Afterwards it is counted.
 */
int budget_claim_locked(
	struct budget *budget, int64_t row, uint64_t size, bool *ret_is_kept, struct error *err);

/* That much is no longer kept. */
void budget_return(struct budget *budget, uint64_t size);

/* So much is kept that it matters which. */
bool budget_is_near_limit(const struct budget *budget);

/* Before the transaction's commit, and after it. */
int budget_end_locked(struct budget *budget, struct error *err);
void budget_commit(const struct budget *budget);

/* The column behind those of an item. */
#define STORE_ITEM_COLUMNS 19

#endif
