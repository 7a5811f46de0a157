/*
 * In which ranges of ids a large directory has lost items: by the totals of many ranges in one
 * GraphQL request, so that not all known ids have to be asked for.
 *
 *	narrow_begin(&narrow, n_known);
 *	while (narrow_is_worth(&narrow)) {
 *		narrow_split(&narrow, dir, err);
 *		... how many items the server has in narrow.ranges[..n].ids, by client_count_ranges ...
 *		narrow_take_totals(&narrow, totals);
 *	}
 *	... narrow.ranges hold what is missing, if the totals can be trusted ...
 *	narrow_release(&narrow);
 *
 * Ranges are made in the order of the bytes of ids, and the server may have another (its database's
 * collation): then totals that add up prove nothing. So what is found here is a guess at where to
 * look, and whoever looks there counts what is found.
 *
 * Of one thread.
 */
#ifndef SQUIDEXFS_CACHE_NARROW_H
#define SQUIDEXFS_CACHE_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/client_graphql.h"

struct cache_dir;
struct error;

struct narrow_range {
	char *after_id;   /* NULL: from the beginning */
	char *last_id;    /* NULL: to the end */
	uint64_t n_items; /* known in it */
};

struct narrow {
	struct narrow_range ranges[CLIENT_RANGES_MAX]; /* apart, in ascending order */
	size_t n;
	size_t i; /* whoever goes through them is here */
};

/* All of a directory with so many known items. */
void narrow_begin(struct narrow *narrow, uint64_t n_known);
void narrow_release(struct narrow *narrow);

/* Asking for totals once more costs less than it will save. */
bool narrow_is_worth(const struct narrow *narrow);

/* As many smaller ranges as may be asked for at once. */
int narrow_split(struct narrow *narrow, struct cache_dir *dir, struct error *err);

/* A total for each range (-1: none): those where it is that of the known items are dropped. */
void narrow_take_totals(struct narrow *narrow, const int64_t *totals);

#endif
