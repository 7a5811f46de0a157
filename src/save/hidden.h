/*
 * Items that the server has and the mount does not show: removed here and not yet there, or moved
 * away to a name that is here alone.
 *
 *	hidden_add(hidden, dir, "x", HIDDEN_FOREVER, err);
 *	if (hidden_has(hidden, dir, "x"))	-- a name that is not there
 *	hidden_remove(hidden, dir, "x");	-- it is shown again
 *
 * Whoever hides an item shows it again. What has a time (of clock_now_ms) shows itself when
 * that has come. An item that is hidden twice is hidden once, for the longer time.
 *
 * Ids are copied. Threads: any; the lock inside is a leaf. Where nothing is hidden, asking
 * takes no lock.
 */
#ifndef SQUIDEXFS_SAVE_HIDDEN_H
#define SQUIDEXFS_SAVE_HIDDEN_H

#include <stdbool.h>
#include <stdint.h>

struct cache_dir;
struct clock;
struct error;
struct hidden;

#define HIDDEN_FOREVER UINT64_MAX

struct hidden *hidden_new(const struct clock *clock); /* NULL: out of memory */
void hidden_free(struct hidden *hidden);              /* NULL is legal */

/* -ENOMEM. */
int hidden_add(struct hidden *hidden, const struct cache_dir *dir, const char *id,
	uint64_t until_ms, struct error *err);

/* hidden NULL: nothing is. */
bool hidden_has(struct hidden *hidden, const struct cache_dir *dir, const char *id);

/* false: it was not hidden. */
bool hidden_remove(struct hidden *hidden, const struct cache_dir *dir, const char *id);

#endif
