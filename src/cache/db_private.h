/*
 * What a database's own files share: db.c (opening, closing, leaving the disk), db_format.c (is it
 * one that we can go on with?), query.c (statements in use). Internal to them.
 */
#ifndef SQUIDEXFS_CACHE_DB_PRIVATE_H
#define SQUIDEXFS_CACHE_DB_PRIVATE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "cache/db.h"

struct error;

struct db {
	sqlite3 *sqlite;
	const char *const *sources; /* SQL of the statements */
	size_t n_sources;
	sqlite3_stmt **statements;
	size_t n_statements;
	char *path;    /* NULL: not on disk */
	int lock_fd;   /* -1: none */
	bool is_stuck; /* writing failed, and nothing was done about it */

	const char *watched;
	db_change_fn on_change;
	void *payload;
};

/* rc: SQLite's, extended or not. */
bool db_is_damage(int rc);
int db_errno(int rc);

/* While opening: -EUCLEAN where only a new database helps. */
int db_fail_open(struct db *db, int rc, struct error *err);
int db_execute(struct db *db, const char *sql, struct error *err);

/* Makes the tables of one that is empty. -EUCLEAN: not of this format or identity, or not whole. */
int db_check_format(struct db *db, const struct db_conf *conf, struct error *err);

/* Between these two it is written; the first one is the first write. */
int db_begin_session(struct db *db, struct error *err);
void db_end_session(struct db *db);

/* The database and what SQLite puts beside it. */
void db_remove_files(const char *path);

#endif
