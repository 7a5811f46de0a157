/*
 * The pages of a directory's listing: has them asked for, in advance where there is a pool, and
 * puts them into the store in their order (window.h says which, and whether they join). Internal
 * to the listing.
 *
 * The pool's threads ask for as many as readers will soon want; whoever brings the one that
 * is next stores it, and all that have arrived behind it, one transaction a page, while others
 * travel. What fails in the pool is left to the reader that comes to it: it asks with its own
 * deadline, and the failure, if it fails again, is its own. Until a page is good, nothing is asked
 * for in advance.
 *
 * Memory: what travels and waits for its turn is bounded by the texts it will have.
 */
#ifndef SQUIDEXFS_CACHE_PAGES_H
#define SQUIDEXFS_CACHE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

struct cache_dir;
struct call;
struct error;
struct store_batch;

/* A reader has come to the end of what is there. Lock held. */
void pages_want_more_locked(struct cache_dir *dir);

/* A reader was given these rows. */
void pages_note_read(struct cache_dir *dir, const struct store_batch *batch);

/* Nothing moves unless a reader does it: pages_fetch_next, or the end of the listing. Lock held. */
bool pages_need_reader_locked(const struct cache_dir *dir);

/* The next page, on this thread, if it is left to a reader. The flight's leader calls it. */
int pages_fetch_next(struct cache_dir *dir, const struct call *call, struct error *err);

/*
 * Waits for whoever stores pages, and drops what is on its way. From then to pages_resume nobody
 * stores or plans. The flight's leader calls them.
 */
int pages_stop(struct cache_dir *dir, const struct call *call, struct error *err);
void pages_resume(struct cache_dir *dir);

#endif
