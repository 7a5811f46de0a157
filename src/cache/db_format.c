/*
 * Whether a database is ours to go on with, and what a new one begins with.
 *
 * Writing does not wait for the disk (synchronous = OFF): SQLite's journal keeps the database
 * whole when the program dies, but not when the machine does. So it carries the mark of the
 * boot in which it is written, synced before the first write and taken off, behind a sync, when
 * it is closed. One that bears the mark of another boot may be damaged anywhere.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cache/db.h"
#include "cache/db_private.h"

/* "sqxf": tells file(1), and us, whose file this is. */
#define APPLICATION_ID 0x73717866

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"
#define BOOT_LEN 36

static int read_number(struct db *db, const char *sql, int64_t *ret_number, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : db_fail_open(db, rc, err);
}

/* "": it cannot be known, and so none is this one. */
static void get_boot(char boot[BOOT_LEN + 1])
{
	FILE *file = fopen(BOOT_FILE, "re");

	boot[0] = '\0';
	if (!file)
		return;
	if (!fgets(boot, BOOT_LEN + 1, file))
		boot[0] = '\0';
	fclose(file);
}

static bool is_of_this_boot(const char *mark)
{
	char boot[BOOT_LEN + 1];

	get_boot(boot);
	return boot[0] && strcmp(mark, boot) == 0;
}

static int check_meta(struct db *db, const char *identity, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	bool is_same = false, is_whole = false;
	int rc = sqlite3_prepare_v2(db->sqlite, "SELECT identity, boot FROM meta", -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		const char *found = (const char *)sqlite3_column_text(stmt, 0);
		const char *mark = (const char *)sqlite3_column_text(stmt, 1);

		is_same = found && strcmp(found, identity) == 0;
		is_whole = !mark || is_of_this_boot(mark);
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_fail_open(db, rc, err);
	if (!is_same)
		return error_set(err, EUCLEAN,
			"the cache '%s' belongs to another server, app or client", db->path);
	if (!is_whole)
		return error_set(err, EUCLEAN,
			"the cache '%s' was in use when the machine went down", db->path);
	return 0;
}

/* Whole or not at all: a half-made database would be of no known format. */
static int create_tables(struct db *db, const struct db_conf *conf, struct error *err)
{
	char *sql = sqlite3_mprintf("BEGIN;"
				    "CREATE TABLE meta (identity TEXT NOT NULL,"
				    " session INTEGER NOT NULL, boot TEXT);"
				    "INSERT INTO meta VALUES (%Q, 0, NULL);"
				    "%s"
				    "PRAGMA application_id = %d;"
				    "PRAGMA user_version = %d;"
				    "COMMIT;",
		conf->identity, conf->schema, APPLICATION_ID, conf->format);
	int ret;

	if (!sql)
		return error_set(err, ENOMEM, "out of memory");
	ret = db_execute(db, sql, err);
	sqlite3_free(sql);
	return ret;
}

int db_check_format(struct db *db, const struct db_conf *conf, struct error *err)
{
	int64_t application = 0, format = 0, n_tables = 0;
	int ret;

	ret = read_number(db, "PRAGMA application_id", &application, err);
	if (ret == 0)
		ret = read_number(db, "PRAGMA user_version", &format, err);
	if (ret == 0)
		ret = read_number(db, "SELECT count(*) FROM sqlite_schema", &n_tables, err);
	if (ret < 0)
		return ret;
	if (application == 0 && format == 0 && n_tables == 0)
		return create_tables(db, conf, err);
	if (application != APPLICATION_ID)
		return error_set(err, EUCLEAN, "'%s' is not a cache of squidexfs", db->path);
	if (format != conf->format)
		return error_set(err, EUCLEAN, "the cache '%s' is of format %lld, not %d", db->path,
			(long long)format, conf->format);
	return check_meta(db, conf->identity, err);
}

int db_begin_session(struct db *db, struct error *err)
{
	char boot[BOOT_LEN + 1];
	char sql[256];

	get_boot(boot);
	snprintf(sql, sizeof(sql),
		"PRAGMA synchronous = %s;"
		"UPDATE meta SET session = session + 1, boot = '%s';"
		"PRAGMA synchronous = OFF;",
		db->path ? "FULL" : "OFF", boot);
	return db_execute(db, sql, err);
}

void db_end_session(struct db *db)
{
	/* The first one syncs all that was written before; then the mark may go. */
	static const char sql[] = "PRAGMA synchronous = FULL;"
				  "UPDATE meta SET session = session;"
				  "UPDATE meta SET boot = NULL;";

	if (db->path)
		sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
}
