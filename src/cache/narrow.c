#include "cache/narrow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "base/error.h"
#include "cache/cache_private.h"

/* Credits of a request to GraphQL; a query of CLIENT_KNOWN_MAX ids is one. */
#define CREDITS 2

void narrow_begin(struct narrow *narrow, uint64_t n_known)
{
	*narrow = (struct narrow){ .n = 1 };
	narrow->ranges[0].n_items = n_known;
}

static void release_range(struct narrow_range *range)
{
	free(range->after_id);
	free(range->last_id);
	*range = (struct narrow_range){ 0 };
}

void narrow_release(struct narrow *narrow)
{
	for (size_t i = 0; i < narrow->n; i++)
		release_range(&narrow->ranges[i]);
	narrow->n = 0;
	narrow->i = 0;
}

static uint64_t count_items(const struct narrow *narrow)
{
	uint64_t n_items = 0;

	for (size_t i = 0; i < narrow->n; i++)
		n_items += narrow->ranges[i].n_items;
	return n_items;
}

static uint64_t credits_of(uint64_t n_ids)
{
	return (n_ids + CLIENT_KNOWN_MAX - 1) / CLIENT_KNOWN_MAX;
}

/* Into how many each of the ranges can be split. */
static size_t count_parts(const struct narrow *narrow)
{
	return narrow->n > 0 ? CLIENT_RANGES_MAX / narrow->n : 1;
}

/* At best, what is missing in a range is in one of its parts. */
bool narrow_is_worth(const struct narrow *narrow)
{
	uint64_t n_items = count_items(narrow);
	size_t n_parts = count_parts(narrow);

	return n_parts > 1 && CREDITS + credits_of(n_items / n_parts) < credits_of(n_items);
}

/* The next part of a range, which then begins behind it. No part: nothing is left. */
static int cut_off(struct narrow_range *range, struct cache_dir *dir, uint64_t n_items,
	struct narrow_range *ret_part, struct error *err)
{
	char *last_id = NULL, *after_id = NULL;
	size_t n_ids;
	int ret = store_list_ids(dir->cache->store, dir->number, range->after_id, range->last_id,
		n_items - 1, 1, &last_id, &n_ids, err);

	if (ret < 0 || n_ids == 0)
		return ret;
	after_id = strdup(last_id);
	if (!after_id) {
		free(last_id);
		return error_set(err, ENOMEM, "out of memory");
	}
	*ret_part = (struct narrow_range){ range->after_id, last_id, n_items };
	range->after_id = after_id;
	range->n_items -= n_items;
	return 0;
}

/* Adds the parts of a range, which is empty afterwards. */
static int split_range(struct narrow *parts, struct narrow_range *range, size_t n_parts,
	struct cache_dir *dir, struct error *err)
{
	uint64_t n_items = range->n_items / n_parts;
	int ret = 0;

	for (size_t i = 1; ret == 0 && n_items > 0 && i < n_parts; i++) {
		struct narrow_range part = { 0 };

		ret = cut_off(range, dir, n_items, &part, err);
		if (part.n_items == 0)
			break;
		parts->ranges[parts->n++] = part;
	}
	parts->ranges[parts->n++] = *range;
	*range = (struct narrow_range){ 0 };
	return ret;
}

int narrow_split(struct narrow *narrow, struct cache_dir *dir, struct error *err)
{
	struct narrow *parts = calloc(1, sizeof(*parts));
	size_t n_parts = count_parts(narrow);
	int ret = 0;

	if (!parts)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; ret == 0 && i < narrow->n; i++)
		ret = split_range(parts, &narrow->ranges[i], n_parts, dir, err);
	narrow_release(narrow);
	*narrow = *parts;
	free(parts);
	return ret;
}

void narrow_take_totals(struct narrow *narrow, const int64_t *totals)
{
	size_t n = 0;

	for (size_t i = 0; i < narrow->n; i++) {
		if (totals[i] == (int64_t)narrow->ranges[i].n_items)
			release_range(&narrow->ranges[i]);
		else
			narrow->ranges[n++] = narrow->ranges[i];
	}
	narrow->n = n;
}
