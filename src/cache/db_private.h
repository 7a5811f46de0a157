/*
 * What a database's own files share: db.c (opening, closing, leaving the disk), query.c
 * (statements in use). Internal to the two.
 */
#ifndef SQUIDEXFS_CACHE_DB_PRIVATE_H
#define SQUIDEXFS_CACHE_DB_PRIVATE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct db {
	sqlite3 *sqlite;
	const char *const *sources; /* SQL of the statements */
	size_t n_sources;
	sqlite3_stmt **statements;
	size_t n_statements;
	char *path;    /* NULL: not on disk */
	int lock_fd;   /* -1: none */
	bool is_stuck; /* writing failed, and nothing was done about it */
};

/* rc: SQLite's, extended or not. */
bool db_is_damage(int rc);
int db_errno(int rc);

/* The database and what SQLite puts beside it. */
void db_remove_files(const char *path);

#endif
