#include "cache/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "cache/db_private.h"
#include "cache/private.h"

/* "sqxf": tells file(1), and us, whose file this is. */
#define APPLICATION_ID 0x73717866

/* Where SQLite keeps a database that it removes by itself. */
#define TEMPORARY ""
#define IN_MEMORY ":memory:"

/*
 * 8 MiB of page cache, whatever the database's size. The lock is kept for good: no other
 * process may work on it, and without shared memory WAL works on network file systems too.
 */
static const char common_pragmas[] = "PRAGMA locking_mode = EXCLUSIVE;"
				     "PRAGMA cache_size = -8192;"
				     "PRAGMA temp_store = FILE;";
/* NORMAL: a power loss costs the latest transactions, never the structure. */
static const char disk_pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;";
/* 64 MiB before it needs a disk, which may be full too: that is why it is a temporary one. */
static const char temporary_pragmas[] = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
					"PRAGMA cache_size = -65536;";

bool db_is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

int db_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_TOOBIG:
		return EFBIG;
	case SQLITE_BUSY:
		return EBUSY;
	default:
		return EIO;
	}
}

void db_remove_files(const char *path)
{
	static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
	char name[PATH_MAX];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		if (unlink(name) < 0 && errno != ENOENT)
			log_line(LOG_WARN, "cannot remove '%s': %s", name, strerror(errno));
	}
}

static void close_database(struct db *db)
{
	for (size_t i = 0; i < db->n_statements; i++)
		sqlite3_finalize(db->statements[i]);
	free(db->statements);
	db->statements = NULL;
	db->n_statements = 0;
	sqlite3_close(db->sqlite);
	db->sqlite = NULL;
}

/* While opening: -EUCLEAN where only a new database helps. */
static int fail_open(struct db *db, int rc, struct error *err)
{
	const char *name = db->path ? db->path : "in memory";
	const char *why = db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(rc);

	/* A table or column that should be there is not. */
	if (db_is_damage(rc) || (rc & 0xff) == SQLITE_ERROR)
		return error_set(err, EUCLEAN, "the cache '%s' is damaged: %s", name, why);
	return error_set(err, db_errno(rc), "cannot open the cache '%s': %s", name, why);
}

static int execute(struct db *db, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail_open(db, rc, err);
}

static int read_number(struct db *db, const char *sql, int64_t *ret_number, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : fail_open(db, rc, err);
}

static int check_identity(struct db *db, const char *identity, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	const char *found;
	bool is_same = false;
	int rc = sqlite3_prepare_v2(db->sqlite, "SELECT identity FROM meta", -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		found = (const char *)sqlite3_column_text(stmt, 0);
		is_same = found && strcmp(found, identity) == 0;
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return fail_open(db, rc, err);
	if (!is_same)
		return error_set(err, EUCLEAN,
			"the cache '%s' belongs to another server, app or "
			"client",
			db->path);
	return 0;
}

/* Whole or not at all: a half-made database would be of no known format. */
static int create_tables(struct db *db, const struct db_conf *conf, struct error *err)
{
	char *sql = sqlite3_mprintf("BEGIN;"
				    "CREATE TABLE meta (identity TEXT NOT NULL, session INTEGER "
				    "NOT NULL);"
				    "INSERT INTO meta VALUES (%Q, 0);"
				    "%s"
				    "PRAGMA application_id = %d;"
				    "PRAGMA user_version = %d;"
				    "COMMIT;",
		conf->identity, conf->schema, APPLICATION_ID, conf->format);
	int ret;

	if (!sql)
		return error_set(err, ENOMEM, "out of memory");
	ret = execute(db, sql, err);
	sqlite3_free(sql);
	return ret;
}

static int check_format(struct db *db, const struct db_conf *conf, struct error *err)
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
	return check_identity(db, conf->identity, err);
}

static int prepare_statements(struct db *db, struct error *err)
{
	db->statements = calloc(db->n_sources, sizeof(db->statements[0]));
	if (!db->statements)
		return error_set(err, ENOMEM, "out of memory");
	for (; db->n_statements < db->n_sources; db->n_statements++) {
		int rc = sqlite3_prepare_v3(db->sqlite, db->sources[db->n_statements], -1,
			SQLITE_PREPARE_PERSISTENT, &db->statements[db->n_statements], NULL);

		if (rc != SQLITE_OK)
			return fail_open(db, rc, err);
	}
	return 0;
}

/* The connection alone, set up for a database on disk (path) or a temporary one. */
static int connect_database(struct db *db, const char *name, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int rc = sqlite3_open_v2(name, &db->sqlite, flags, NULL);
	int ret = rc == SQLITE_OK ? 0 : fail_open(db, rc, err);

	if (ret == 0)
		sqlite3_extended_result_codes(db->sqlite, 1);
	if (ret == 0)
		ret = execute(db, common_pragmas, err);
	if (ret == 0)
		ret = execute(db, db->path ? disk_pragmas : temporary_pragmas, err);
	return ret;
}

static int open_database(
	struct db *db, const struct db_conf *conf, const char *name, struct error *err)
{
	int ret = connect_database(db, name, err);

	if (ret == 0)
		ret = check_format(db, conf, err);
	if (ret == 0)
		ret = prepare_statements(db, err);
	/* The first write, so that a full or read-only disk shows now and not under a reader. */
	if (ret == 0)
		ret = execute(db, "UPDATE meta SET session = session + 1", err);
	if (ret < 0)
		close_database(db);
	return ret;
}

static int lock_database(struct db *db, const struct db_conf *conf, struct error *err)
{
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), "%s/%s.lock", conf->directory, conf->name);
	ret = private_open(path, &db->lock_fd, err);
	if (ret < 0)
		return ret;
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return error_set(err, EBUSY, "the cache '%s' is in use by another mount", db->path);
	return error_set(err, errno, "cannot lock '%s': %s", path, strerror(errno));
}

/* SQLite gives the files beside the database the mode that this one has. */
static int open_file(struct db *db, const struct db_conf *conf, struct error *err)
{
	int fd = -1;
	int ret = private_open(db->path, &fd, err);

	if (ret < 0)
		return ret;
	close(fd);
	return open_database(db, conf, db->path, err);
}

static int open_on_disk(struct db *db, const struct db_conf *conf, struct error *err)
{
	int ret = private_directory(conf->directory, err);

	if (ret == 0)
		ret = lock_database(db, conf, err);
	if (ret < 0)
		return ret;
	ret = open_file(db, conf, err);
	if (ret != -EUCLEAN)
		return ret;
	log_line(LOG_WARN, "%s; it is begun anew", err->text);
	db_remove_files(db->path);
	return open_file(db, conf, err);
}

static void leave_disk(struct db *db)
{
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	db->lock_fd = -1;
	free(db->path);
	db->path = NULL;
}

static int open_somewhere(struct db *db, const struct db_conf *conf, struct error *err)
{
	struct error why = { 0 };
	int ret;

	if (!conf->directory)
		return open_database(db, conf, IN_MEMORY, err);
	if (asprintf(&db->path, "%s/%s.db", conf->directory, conf->name) < 0) {
		db->path = NULL;
		return error_set(err, ENOMEM, "out of memory");
	}
	ret = open_on_disk(db, conf, &why);
	if (ret == 0)
		return 0;
	log_line(ret == -EBUSY ? LOG_NOTE : LOG_WARN, "%s; working on a temporary one", why.text);
	leave_disk(db);
	return open_database(db, conf, TEMPORARY, err);
}

int db_open(const struct db_conf *conf, struct db **ret_db, struct error *err)
{
	struct db *db = calloc(1, sizeof(*db));
	int ret;

	if (!db)
		return error_set(err, ENOMEM, "out of memory");
	db->lock_fd = -1;
	db->sources = conf->statements;
	db->n_sources = conf->n_statements;
	ret = open_somewhere(db, conf, err);
	if (ret < 0) {
		db_close(db);
		return ret;
	}
	*ret_db = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	close_database(db);
	leave_disk(db);
	free(db);
}

/* Everything that is in from, a database of its own. */
static int copy_database(struct db *to, struct db *from, struct error *err)
{
	sqlite3_backup *copy = sqlite3_backup_init(to->sqlite, "main", from->sqlite, "main");
	int rc;

	if (copy)
		sqlite3_backup_step(copy, -1);
	rc = copy ? sqlite3_backup_finish(copy) : sqlite3_errcode(to->sqlite);
	return rc == SQLITE_OK ? 0 : fail_open(to, rc, err);
}

int db_leave_disk(struct db *db, struct error *err)
{
	struct db temporary = {
		.sources = db->sources,
		.n_sources = db->n_sources,
		.lock_fd = -1,
	};
	int ret = connect_database(&temporary, TEMPORARY, err);

	if (ret == 0)
		ret = copy_database(&temporary, db, err);
	if (ret == 0)
		ret = prepare_statements(&temporary, err);
	if (ret < 0) {
		close_database(&temporary);
		db->is_stuck = false;
		return ret;
	}
	log_line(LOG_WARN, "the cache '%s' cannot be written; going on with a temporary one",
		db->path);
	close_database(db);
	leave_disk(db);
	*db = temporary;
	return 0;
}

bool db_is_stuck(const struct db *db)
{
	return db->path && db->is_stuck;
}

bool db_is_on_disk(const struct db *db)
{
	return db->path;
}

struct query db_query(struct db *db, size_t statement)
{
	return (struct query){ .db = db, .stmt = db->statements[statement], .rc = SQLITE_OK };
}
