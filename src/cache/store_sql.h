/*
 * The store's SQL, all of it: tables and statements. Internal to the store.
 *
 * Parameters are numbered in the order in which they are given; the columns of an item
 * are in store_item_fill's order.
 */
#ifndef SQUIDEXFS_CACHE_STORE_SQL_H
#define SQUIDEXFS_CACHE_STORE_SQL_H

/* Of store_schema; and of the texts: another rendering is another format. */
#define STORE_FORMAT 3

enum store_statement {
	STORE_BEGIN,
	STORE_COMMIT,
	STORE_ROLLBACK,
	STORE_SESSION,
	STORE_DIR_FIND,
	STORE_DIR_ADD,
	STORE_DIR_RENDERED,
	STORE_DIR_GET,
	STORE_DIR_LISTED,
	STORE_DIR_MODIFIED,
	STORE_DIR_CHECKED,
	STORE_DIR_SET_CHECKED,
	STORE_DIR_COUNT,
	STORE_DIR_WINDOW,
	STORE_ITEM_KNOWN,
	STORE_ITEM_ADD,
	STORE_ITEM_CHANGE,
	STORE_ITEM_STAMP,
	STORE_ITEM_TOUCH,
	STORE_TEXT_SET,
	STORE_TEXT_DROP,
	STORE_KEPT,
	STORE_SET_KEPT,
	STORE_LATEST_USE,
	STORE_ITEM_USE,
	STORE_ITEM_EVICT,
	STORE_VICTIMS,
	STORE_PAGES,
	STORE_FREE_PAGES,
	STORE_SHRINK,
	STORE_ITEM_REMOVE,
	STORE_ITEM_REMOVE_GONE,
	STORE_WINDOW_REMOVE,
	STORE_ITEM_FIND,
	STORE_ITEM_FIND_INO,
	STORE_ITEM_GET,
	STORE_ITEM_READ,
	STORE_ITEM_LIST,
	STORE_ID_LIST,
	STORE_COUNT,
	STORE_BYTES,
	STORE_STATEMENTS,
};

extern const char store_schema[];
extern const char *const store_statements[STORE_STATEMENTS];

#endif
