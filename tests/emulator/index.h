#ifndef EMULATOR_INDEX_H
#define EMULATOR_INDEX_H

/*
 * Items in an order of their own, as the indexes of a database have them.
 *
 * An index lives in the world's arena, and the world's lock guards it.
 */

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

struct item;

struct item_index {
	struct item **items;
	size_t count;
	size_t capacity;
};

/* Below, at or above 0; 0 only for the same item. */
typedef int item_order(const struct item *a, const struct item *b);

/* The item must not be in it yet. */
void index_add(struct arena *arena, struct item_index *index, struct item *item, item_order *order);
/* What the order looks at must not have changed since the item was added. */
void index_remove(struct item_index *index, struct item *item, item_order *order);

/* Ids from one to another one; NULL where that side is open. */
struct id_range {
	const char *first;
	const char *last;
	bool has_first; /* whether first itself belongs to it */
	bool has_last;
};

struct index_span {
	size_t first;
	size_t end;
};

/* The places of a range in an index that is sorted by id. */
struct index_span index_span(const struct item_index *index, const struct id_range *range);
bool index_is_in_range(const struct item *item, const struct id_range *range);

#endif
