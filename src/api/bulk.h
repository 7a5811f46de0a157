/*
 * The bodies of a bulk request: jobs out of changes (wire/138, 235, 337), and results out of
 * the answer, which come in any order, without contents and versions.
 *
 *	bulk_add(&body, changes, n, err);
 *	... POST .../bulk ...
 *	bulk_parse(&answer, changes, n, results, err);
 *
 * Scripts run and validation is whole, as for single changes; the server's own default is
 * otherwise. Pure functions. Internal to api/.
 */
#ifndef SQUIDEXFS_API_BULK_H
#define SQUIDEXFS_API_BULK_H

#include <stddef.h>

#include "api/client_change.h"

struct buf;
struct error;

/* NULL: there is no such job. Borrowed, static. */
const char *bulk_job_type(enum change_kind kind);

/* -EFBIG over the buffer's ceiling; -EOPNOTSUPP: one of them has no job. */
int bulk_add(struct buf *body, const struct change *changes, size_t n_changes, struct error *err);

/*
 * Fills ret and err of each result (initialised by the caller). A change that the answer leaves
 * out is doubtful, with -EIO. -EIO: not such an answer; then no result is filled.
 */
int bulk_parse(const struct buf *answer, const struct change *changes, size_t n_changes,
	struct change_result *results, struct error *err);

#endif
