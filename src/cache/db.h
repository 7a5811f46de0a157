/*
 * A SQLite database that is a cache: of one format and one identity, with its statements
 * prepared; damaged, foreign or of another format it is thrown away and begun anew.
 *
 *	db_open(&conf, &db, err);
 *	struct query q = db_query(db, STATEMENT);
 *	query_int(&q, dir);
 *	while (query_next(&q))
 *		... query_get_int(&q, 0) ...
 *	ret = query_end(&q, err, "cannot look up an item");
 *	db_close(db);
 *
 * On disk the file and what SQLite puts beside it are 0600, in a directory made 0700. A lock
 * on a file of its own (<name>.lock) says that a mount works on it: a lock on the database
 * itself would be lost as soon as anything in the process closed that file. Where the
 * database cannot be had on disk (in use by another mount, no directory, disk full), a
 * private temporary one serves, and a line in the log says why.
 *
 * The program may die at any time, and the next mount goes on with what was committed. Where the
 * machine goes down while a mount works on it, the database is begun anew.
 *
 * Where it cannot be written any more (disk full, quota), query_end says so by db_is_stuck, and
 * db_leave_disk goes on with a temporary one that holds the same.
 *
 * Damage that shows later fails the query with -EIO and takes the file away, so that the
 * next mount begins anew.
 *
 * Threads: one at a time; the owner serialises.
 */
#ifndef SQUIDEXFS_CACHE_DB_H
#define SQUIDEXFS_CACHE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct error;
struct sqlite3_stmt;

/* A row of the watched table is added, changed or removed, or may have been; nothing of the database may be called. */
typedef void (*db_change_fn)(void *payload, int64_t row, bool is_new);

struct db_conf {
	const char *directory; /* NULL: in memory */
	const char *name;      /* of the file, without its ending */
	const char *identity;  /* whose data this is; kept in the database and compared */
	const char *schema;    /* SQL that makes the tables */
	int format;            /* number of that schema; never 0 */
	const char *const *statements;
	size_t n_statements;
	const char *watched; /* a table */
	db_change_fn on_change;
	void *payload;
};

int db_open(const struct db_conf *conf, struct db **ret_db, struct error *err);
void db_close(struct db *db);

bool db_is_on_disk(const struct db *db);

/* It is on disk, writing there failed, and db_leave_disk was not tried since. */
bool db_is_stuck(const struct db *db);

/*
 * Copies everything into a private temporary database and works on that from now on. No
 * statement may be in use, no transaction open. A failure leaves it where it is.
 */
int db_leave_disk(struct db *db, struct error *err);

/* A statement in use. What fails is remembered and told by query_end, which always follows. */
struct query {
	struct db *db;
	struct sqlite3_stmt *stmt;
	int rc;    /* SQLite's code; the first failure stays */
	int bound; /* parameters so far */
};

struct query db_query(struct db *db, size_t statement);

/* The next parameter. Strings and bytes are borrowed until query_end. */
void query_int(struct query *q, int64_t value);
void query_text(struct query *q, const char *text);
void query_blob(struct query *q, const void *data, size_t len);

/* true: there is a row; its strings and bytes live until the next call. */
bool query_next(struct query *q);
int64_t query_get_int(struct query *q, int column);
const char *query_get_text(struct query *q, int column); /* never NULL */
bool query_is_null(struct query *q, int column);
const void *query_get_blob(struct query *q, int column, size_t *ret_len);

/* what: "cannot store the items", for the sentence. */
int query_end(struct query *q, struct error *err, const char *what);

/* A query without interest in rows: next and end. */
int query_run(struct query *q, struct error *err, const char *what);

/* How many rows the latest statement that changed something has changed. */
int db_count_changed(const struct db *db);

#endif
