/*
 * What was last read of some of the store's rows, in memory: an open, a stat and the next part of a list
 * are answered from here without SQLite and without the store's lock.
 *
 *	rows_put(rows, &item);				-- read from the database, under the store's lock
 *	rows_put_list(rows, dir, after_row, batch);	-- likewise
 *	rows_drop(rows, row, is_new);			-- the database changes it, under the same lock
 *	rows_get(rows, row, &item), rows_list(rows, dir, after_row, batch)	-- any time
 *
 * It says what the database would say at that moment, and nothing of how fresh that is. It holds
 * because whoever writes a row drops it (SQLite itself reports each one: db_conf), and
 * whoever reads one puts it here before he lets go of the lock under which both is done.
 *
 * A row knows the one behind it in its directory. Rows are given in ascending order, so a new one
 * comes behind the last one of its directory, and nowhere else; one that goes is missed where the row
 * before it points to it.
 *
 * Items are brief (store.h). Those with an id of ROWS_ID_MAX bytes or more are not kept. The table has a
 * fixed size, 4.5 MB if all of it is in use, of which memory is what was touched; rows of the
 * same place forget each other.
 *
 * Threads: any; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_CACHE_ROWS_H
#define SQUIDEXFS_CACHE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

struct rows;
struct store_batch;
struct store_item;

#define ROWS_PLACES 32768
#define ROWS_ID_MAX 48

struct rows *rows_new(void);       /* NULL if out of memory */
void rows_free(struct rows *rows); /* NULL is legal */

void rows_put(struct rows *rows, const struct store_item *item);

/* What lies behind after_row; fewer than STORE_BATCH_MAX: there are no more. */
void rows_put_list(
	struct rows *rows, uint64_t dir, uint64_t after_row, const struct store_batch *batch);

void rows_drop(struct rows *rows, uint64_t row, bool is_new);

/* false: not at hand (or out of memory); what is returned is then untouched, or empty. */
bool rows_get(struct rows *rows, uint64_t row, struct store_item *ret_item);
bool rows_list(struct rows *rows, uint64_t dir, uint64_t after_row, struct store_batch *ret_batch);

#endif
