#include "index.h"

#include "query.h"
#include "world.h"

#include <string.h>

/* The first place whose item is not before this one. */
static size_t index_find(const struct item_index *index, const struct item *item, item_order *order)
{
	size_t low = 0;
	size_t high = index->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (order(index->items[middle], item) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void index_add(struct arena *arena, struct item_index *index, struct item *item, item_order *order)
{
	size_t at = index->count;

	if (index->count == index->capacity) {
		size_t capacity = index->capacity ? index->capacity * 2 : 64;
		struct item **items = arena_alloc(arena, capacity * sizeof(struct item *));

		if (index->count > 0)
			memcpy(items, index->items, index->count * sizeof(struct item *));
		index->items = items;
		index->capacity = capacity;
	}
	if (index->count > 0 && order(index->items[index->count - 1], item) > 0)
		at = index_find(index, item, order);
	memmove(index->items + at + 1, index->items + at,
		(index->count - at) * sizeof(struct item *));
	index->items[at] = item;
	index->count++;
}

void index_remove(struct item_index *index, struct item *item, item_order *order)
{
	size_t at = index_find(index, item, order);

	if (at >= index->count || index->items[at] != item)
		return;
	index->count--;
	memmove(index->items + at, index->items + at + 1,
		(index->count - at) * sizeof(struct item *));
}

/* The first place whose id is behind this one, or not before it. */
static size_t find_id(const struct item_index *index, const char *id, int least)
{
	size_t low = 0;
	size_t high = index->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (query_compare_ids(index->items[middle]->name->id, id) < least)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct index_span index_span(const struct item_index *index, const struct id_range *range)
{
	struct index_span span = { 0, index->count };

	if (range->first != NULL)
		span.first = find_id(index, range->first, range->has_first ? 0 : 1);
	if (range->last != NULL)
		span.end = find_id(index, range->last, range->has_last ? 1 : 0);
	if (span.end < span.first)
		span.end = span.first;
	return span;
}

bool index_is_in_range(const struct item *item, const struct id_range *range)
{
	const char *id = item->name->id;

	if (range->first != NULL &&
		query_compare_ids(id, range->first) < (range->has_first ? 0 : 1))
		return false;
	return range->last == NULL ||
	       query_compare_ids(id, range->last) < (range->has_last ? 1 : 0);
}
