#include "cache/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
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

/* Where SQLite keeps a database that it removes by itself. */
#define TEMPORARY ""
#define IN_MEMORY ":memory:"

/*
 * 8 MiB of page cache, whatever the database's size. Pages of 16 KiB: texts of some kilobytes fill
 * them with less waste than smaller ones. The lock is kept for good: no other process
 * may work on it.
 */
static const char common_pragmas[] = "PRAGMA page_size = 16384;"
				     "PRAGMA auto_vacuum = INCREMENTAL;"
				     "PRAGMA locking_mode = EXCLUSIVE;"
				     "PRAGMA cache_size = -8192;";
/*
 * What is new is written once and nothing is waited for: with a write-ahead log and its syncs a
 * page of a listing cost half as much again, and readers waited for the disk. What a power cut
 * does then, see db_format.c.
 */
static const char disk_pragmas[] = "PRAGMA journal_mode = PERSIST;"
				   "PRAGMA journal_size_limit = 4194304;"
				   "PRAGMA synchronous = OFF;"
				   "PRAGMA temp_store = FILE;";
/* 64 MiB before it needs a disk, which may be full too: that is why it is a temporary one. */
static const char temporary_pragmas[] = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
					"PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;";

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
int db_fail_open(struct db *db, int rc, struct error *err)
{
	const char *name = db->path ? db->path : "in memory";
	const char *why = db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(rc);

	/* A table or column that should be there is not. */
	if (db_is_damage(rc) || (rc & 0xff) == SQLITE_ERROR)
		return error_set(err, EUCLEAN, "the cache '%s' is damaged: %s", name, why);
	return error_set(err, db_errno(rc), "cannot open the cache '%s': %s", name, why);
}

int db_execute(struct db *db, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_fail_open(db, rc, err);
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
			return db_fail_open(db, rc, err);
	}
	return 0;
}

/* Counting its memory costs SQLite a lock for each piece: a tenth of its time. */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* The connection alone, set up for a database on disk (path) or a temporary one. */
static int connect_database(struct db *db, const char *name, struct error *err)
{
	static pthread_once_t is_configured = PTHREAD_ONCE_INIT;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int rc, ret;

	pthread_once(&is_configured, configure);
	rc = sqlite3_open_v2(name, &db->sqlite, flags, NULL);
	ret = rc == SQLITE_OK ? 0 : db_fail_open(db, rc, err);
	if (ret == 0)
		sqlite3_extended_result_codes(db->sqlite, 1);
	if (ret == 0)
		ret = db_execute(db, common_pragmas, err);
	if (ret == 0)
		ret = db_execute(db, db->path ? disk_pragmas : temporary_pragmas, err);
	return ret;
}

static int open_database(
	struct db *db, const struct db_conf *conf, const char *name, struct error *err)
{
	int ret = connect_database(db, name, err);

	if (ret == 0)
		ret = db_check_format(db, conf, err);
	if (ret == 0)
		ret = prepare_statements(db, err);
	/* The first write, so that a full or read-only disk shows now and not under a reader. */
	if (ret == 0)
		ret = db_begin_session(db, err);
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

static void tell(
	void *payload, int what, const char *database, const char *table, sqlite3_int64 row)
{
	const struct db *db = payload;

	(void)database;
	if (strcmp(table, db->watched) == 0)
		db->on_change(db->payload, row, what == SQLITE_INSERT);
}

static void watch(struct db *db)
{
	sqlite3_update_hook(db->sqlite, tell, db);
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
	db->watched = conf->watched;
	db->on_change = conf->on_change;
	db->payload = conf->payload;
	ret = open_somewhere(db, conf, err);
	if (ret < 0) {
		db_close(db);
		return ret;
	}
	watch(db);
	*ret_db = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	if (db->n_statements > 0)
		db_end_session(db);
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
	return rc == SQLITE_OK ? 0 : db_fail_open(to, rc, err);
}

int db_leave_disk(struct db *db, struct error *err)
{
	struct db temporary = {
		.sources = db->sources,
		.n_sources = db->n_sources,
		.lock_fd = -1,
		.watched = db->watched,
		.on_change = db->on_change,
		.payload = db->payload,
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
	watch(db);
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
