/*
 * What is shown while the server does not answer: what is at hand, however old. Private to
 * the cache.
 *
 *	ret = ... ask the server ...;
 *	if (stale_replaces(dir, ret, &why))
 *		... the rows will do, if they are all there is to know ...
 *	else if (ret == 0)
 *		stale_note_answer(dir);
 *
 * Only the lack of an answer is covered up: no connection, no answer in time, 5xx, what is not
 * JSON. Any other answer is one, and "not found" or "not allowed" is shown as what it is. More
 * than that: after a refusal (401, 403) nothing stale is shown until the server has answered
 * well again, even if it goes away meanwhile. A refused token concerns all of the app, a role
 * one directory.
 *
 * A directory that was asked for in vain is not asked for again for STALE_MS, where what is at hand
 * will do, and the kernel believes what it shows for as long. So with each look the server's
 * return is soon noticed, and with a server that is slow to fail one reader waits and not each
 * of them. Once it counts as away (net/breaker.h), asking costs nothing.
 *
 * Rows go when a listing has ended, not while it runs: one that fails midway leaves all that the
 * complete one before it had, and those are shown.
 *
 * Any thread; takes the directory's lock.
 */
#ifndef SQUIDEXFS_CACHE_STALE_H
#define SQUIDEXFS_CACHE_STALE_H

#include <stdbool.h>
#include <stdint.h>

struct cache_dir;
struct error;
struct store_item;

#define STALE_MS 1000

/* ret and why of asking the server. true: what is at hand may be shown in its place. */
bool stale_replaces(struct cache_dir *dir, int ret, const struct error *why);
void stale_note_answer(struct cache_dir *dir);

/* For how long yet the directory is not asked for, where what is at hand will do; 0: ask. */
uint64_t stale_left_ms(struct cache_dir *dir);

/*
 * Both, for a directory as a whole: 0, where it was answered, or its rows are all that there
 * was when it was last answered; else ret, and why goes to err.
 */
int stale_judge_listing(struct cache_dir *dir, int ret, const struct error *why, struct error *err);

/*
 * While it is not asked for, an item as it is at hand: 0; or -ENOENT with a sentence, where the
 * directory's rows are all that there was. STALE_UNKNOWN: ask. What is answered is counted.
 */
#define STALE_UNKNOWN 1
int stale_find(struct cache_dir *dir, const char *id, struct store_item *ret_item,
	uint64_t *ret_fresh_ms, struct error *err);

/* An answer was stale. */
void stale_count(struct cache_dir *dir);

#endif
