#include "cache/store_sql.h"

/*
 * Texts live in a table of their own, so that reading rows does not drag them along.
 * A row's number is never given again: last_row is the latest that was. (What AUTOINCREMENT keeps for
 * that is read and written for each row: a tenth of what storing one costs.) A name is shortened only where three
 * bytes for each of the id's could go over the limit of a name, so only ids that long
 * (STORE_SHORT_ID_MAX) are indexed by inode number.
 */
const char store_schema[] = "CREATE TABLE dir ("
			    "	dir INTEGER PRIMARY KEY AUTOINCREMENT,"
			    "	name TEXT NOT NULL UNIQUE,"
			    "	fingerprint INTEGER NOT NULL,"
			    "	generation INTEGER NOT NULL,"
			    "	modified_s INTEGER NOT NULL,"
			    "	checked_s INTEGER NOT NULL DEFAULT 0,"
			    "	listed_use INTEGER NOT NULL DEFAULT 0);"
			    "CREATE TABLE item ("
			    "	row INTEGER PRIMARY KEY,"
			    "	dir INTEGER NOT NULL,"
			    "	id TEXT NOT NULL,"
			    "	ino INTEGER NOT NULL,"
			    "	version INTEGER NOT NULL,"
			    "	created_s INTEGER NOT NULL,"
			    "	modified_s INTEGER NOT NULL,"
			    "	size INTEGER NOT NULL,"
			    "	digest INTEGER NOT NULL,"
			    "	used INTEGER NOT NULL,"
			    "	is_writable INTEGER NOT NULL,"
			    "	generation INTEGER NOT NULL,"
			    "	session INTEGER NOT NULL,"
			    "	checked_ms INTEGER NOT NULL,"
			    "	status TEXT NOT NULL,"
			    "	new_status TEXT NOT NULL,"
			    "	created_by TEXT NOT NULL,"
			    "	modified_by TEXT NOT NULL,"
			    "	etag TEXT NOT NULL,"
			    "	UNIQUE (dir, id));"
			    "CREATE INDEX item_in_order ON item (dir, row);"
			    "CREATE INDEX item_of_long_id ON item (dir, ino)"
			    "	WHERE length(CAST(id AS BLOB)) > 80;"
			    "CREATE INDEX item_by_use ON item (used) WHERE used > 0;"
			    "CREATE TABLE text ("
			    "	row INTEGER PRIMARY KEY,"
			    "	text BLOB NOT NULL);"
			    "CREATE TABLE kept (bytes INTEGER NOT NULL, last_row INTEGER NOT NULL);"
			    "INSERT INTO kept VALUES (0, 0);"
			    "CREATE TRIGGER item_takes_text AFTER DELETE ON item"
			    " WHEN old.used > 0 BEGIN"
			    "	DELETE FROM text WHERE row = old.row;"
			    "	UPDATE kept SET bytes = bytes - old.size; END;";

/* Of a brief item, and of a whole one. */
#define FACTS                                                                               \
	"item.row, ino, dir, version, modified_s, size, is_writable, generation, session, " \
	"checked_ms, digest, used, id"
#define COLUMNS FACTS ", status, new_status, created_by, modified_by, etag, created_s"

const char *const store_statements[STORE_STATEMENTS] = {
	[STORE_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_COMMIT] = "COMMIT",
	[STORE_ROLLBACK] = "ROLLBACK",
	[STORE_SESSION] = "SELECT session FROM meta",

	[STORE_DIR_FIND] = "SELECT dir, fingerprint, modified_s FROM dir WHERE name = ?1",
	[STORE_DIR_ADD] = "INSERT INTO dir (name, fingerprint, generation, modified_s)"
			  " VALUES (?1, ?2, 0, 0) RETURNING dir",
	[STORE_DIR_RENDERED] =
		"UPDATE dir SET fingerprint = ?2, generation = generation + 1, modified_s = 0"
		" WHERE dir = ?1",
	[STORE_DIR_GET] = "SELECT name, generation, listed_use FROM dir WHERE dir = ?1",
	[STORE_DIR_LISTED] = "UPDATE dir SET generation = generation + 1, checked_s = 0,"
			     " listed_use = ?2 WHERE dir = ?1 RETURNING generation",
	[STORE_DIR_MODIFIED] = "UPDATE dir SET modified_s = ?2 WHERE dir = ?1 AND modified_s < ?2",
	[STORE_DIR_CHECKED] = "SELECT generation, checked_s FROM dir WHERE dir = ?1",
	[STORE_DIR_SET_CHECKED] = "UPDATE dir SET checked_s = ?2 WHERE dir = ?1",
	[STORE_DIR_COUNT] = "SELECT count(*) FROM item WHERE dir = ?1",
	[STORE_DIR_WINDOW] = "SELECT max(row) FROM (SELECT row FROM item"
			     " WHERE dir = ?1 AND row > ?2 ORDER BY row LIMIT ?3)",

	[STORE_ITEM_KNOWN] = "SELECT row, version, session, checked_ms, digest, size, used"
			     " FROM item WHERE dir = ?1 AND id = ?2",
	/* What returns rows makes SQLite keep a journal for the statement: that costs a third of it. */
	[STORE_ITEM_ADD] =
		"INSERT INTO item (version, created_s, modified_s, size, digest, used,"
		" is_writable, generation, session, checked_ms, status, new_status, created_by,"
		" modified_by, etag, row, dir, id, ino)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
		" ?17, ?18, ?19) ON CONFLICT (dir, id) DO NOTHING",
	/* A list tells no ETag; the one at hand is good for the version that it came with. */
	[STORE_ITEM_CHANGE] =
		"UPDATE item SET version = ?1, created_s = ?2, modified_s = ?3, size = ?4,"
		" digest = ?5, used = ?6, is_writable = ?7, generation = ?8, session = ?9,"
		" checked_ms = ?10, status = ?11, new_status = ?12, created_by = ?13,"
		" modified_by = ?14,"
		" etag = CASE WHEN ?15 = '' AND version = ?1 AND digest = ?5 THEN etag"
		" ELSE ?15 END"
		" WHERE row = ?16",
	[STORE_ITEM_STAMP] = "UPDATE item SET generation = ?2 WHERE row = ?1",
	[STORE_ITEM_TOUCH] = "UPDATE item SET session = ?2, checked_ms = ?3,"
			     " generation = (SELECT generation FROM dir WHERE dir.dir = item.dir)"
			     " WHERE row = ?1",
	[STORE_TEXT_READ] = "SELECT text FROM item JOIN text ON text.row = item.row"
			    " WHERE item.row = ?1 AND digest = ?2",
	[STORE_TEXT_SET] = "INSERT OR REPLACE INTO text (row, text) VALUES (?1, ?2)",
	[STORE_TEXT_DROP] = "DELETE FROM text WHERE row = ?1",
	[STORE_KEPT] = "SELECT bytes FROM kept",
	[STORE_LAST_ROW] = "SELECT last_row FROM kept",
	[STORE_SET_LAST_ROW] = "UPDATE kept SET last_row = ?1",
	[STORE_SET_KEPT] = "UPDATE kept SET bytes = ?1",
	[STORE_LATEST_USE] = "SELECT max(used) FROM item WHERE used > 0",
	[STORE_ITEM_USE] = "UPDATE item SET used = ?2 WHERE row = ?1 AND used > 0",
	[STORE_ITEM_EVICT] = "UPDATE item SET used = 0 WHERE row = ?1 AND used > 0 AND used < ?2",
	[STORE_VICTIMS] = "SELECT row, size FROM item WHERE used > 0 AND used < ?1"
			  " ORDER BY used LIMIT ?2",
	[STORE_PAGES] = "PRAGMA page_count",
	[STORE_FREE_PAGES] = "PRAGMA freelist_count",
	[STORE_SHRINK] = "PRAGMA incremental_vacuum(64)",
	[STORE_ITEM_REMOVE] = "DELETE FROM item WHERE dir = ?1 AND id = ?2 RETURNING row, id",
	[STORE_ITEM_REMOVE_GONE] = "DELETE FROM item WHERE dir = ?1 AND id = ?2"
				   " AND NOT (session = ?3 AND checked_ms > ?4)"
				   " RETURNING row, id",
	[STORE_WINDOW_REMOVE] = "DELETE FROM item WHERE dir = ?1 AND row > ?2 AND row <= ?3"
				" AND generation <> ?4 RETURNING row, id",

	[STORE_ITEM_FIND] = "SELECT " COLUMNS " FROM item WHERE dir = ?1 AND id = ?2",
	[STORE_ITEM_FIND_INO] = "SELECT " COLUMNS " FROM item WHERE dir = ?1 AND ino = ?2"
				" AND length(CAST(id AS BLOB)) > 80",
	[STORE_ITEM_GET] = "SELECT " COLUMNS " FROM item WHERE row = ?1",
	[STORE_ITEM_GET_BRIEF] = "SELECT " FACTS " FROM item WHERE row = ?1",
	[STORE_ITEM_READ] = "SELECT " COLUMNS ", text FROM item"
			    " LEFT JOIN text ON text.row = item.row"
			    " WHERE item.row = ?1",
	[STORE_ITEM_LIST] = "SELECT " FACTS " FROM item WHERE dir = ?1 AND row > ?2"
			    " ORDER BY row LIMIT ?3",
	/* Answered by the index of (dir, id) alone. */
	[STORE_ID_LIST] = "SELECT id FROM item WHERE dir = ?1 AND id > ?2 AND id <= ?3"
			  " ORDER BY id LIMIT ?4 OFFSET ?5",

	[STORE_COUNT] = "SELECT count(*) FROM item",
	[STORE_BYTES] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
};
