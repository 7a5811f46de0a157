#include <errno.h>
#include <sqlite3.h>

#include "base/error.h"
#include "cache/db.h"
#include "cache/db_private.h"

static void keep(struct query *q, int rc)
{
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

void query_int(struct query *q, int64_t value)
{
	keep(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

void query_text(struct query *q, const char *text)
{
	keep(q, sqlite3_bind_text(q->stmt, ++q->bound, text, -1, SQLITE_STATIC));
}

void query_blob(struct query *q, const void *data, size_t len)
{
	/* Bytes at no address would be NULL, not empty. */
	keep(q, sqlite3_bind_blob64(q->stmt, ++q->bound, data ? data : "", len, SQLITE_STATIC));
}

bool query_next(struct query *q)
{
	int rc;

	if (q->rc != SQLITE_OK)
		return false;
	rc = sqlite3_step(q->stmt);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		q->rc = rc;
	return false;
}

int64_t query_get_int(struct query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

const char *query_get_text(struct query *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q->stmt, column);

	return text ? text : "";
}

bool query_is_null(struct query *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

const void *query_get_blob(struct query *q, int column, size_t *ret_len)
{
	const void *data = sqlite3_column_blob(q->stmt, column);

	*ret_len = (size_t)sqlite3_column_bytes(q->stmt, column);
	return data;
}

/* A full disk, a quota, a disk that fails or was made read-only. */
static bool is_about_writing(int rc)
{
	switch (rc) {
	case SQLITE_IOERR_WRITE:
	case SQLITE_IOERR_FSYNC:
	case SQLITE_IOERR_TRUNCATE:
		return true;
	default:
		return (rc & 0xff) == SQLITE_FULL || (rc & 0xff) == SQLITE_READONLY;
	}
}

int query_end(struct query *q, struct error *err, const char *what)
{
	const char *why = sqlite3_errmsg(q->db->sqlite);
	int ret = 0;

	if (is_about_writing(q->rc))
		q->db->is_stuck = true;
	if (q->rc != SQLITE_OK && db_is_damage(q->rc) && q->db->path) {
		ret = error_set(err, EIO,
			"%s: the cache '%s' is damaged (%s) and was removed: "
			"unmount and mount again",
			what, q->db->path, why);
		db_remove_files(q->db->path);
	} else if (q->rc != SQLITE_OK) {
		ret = error_set(err, db_errno(q->rc), "%s: the cache answers: %s", what, why);
	}
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
	return ret;
}

int query_run(struct query *q, struct error *err, const char *what)
{
	while (query_next(q))
		continue;
	return query_end(q, err, what);
}

int db_count_changed(const struct db *db)
{
	return sqlite3_changes(db->sqlite);
}
