/*
 * The freshness of all directories at once: one GraphQL request with the total and the newest
 * items of each, two credits whatever their number, where a check of one by REST is one.
 *
 *	ret = survey_join(dir, call, &has_moved, err);
 *	if (ret == 0 && !has_moved)
 *		... look again, or check the one directory (freshness.h) ...
 *
 * It is made where a directory has expired and others with it: at least SURVEY_MIN that were
 * used since their latest check, or of an earlier mount the third that is looked at. All that
 * have expired are then asked for. Those of which it shows that nothing has changed are fresh; the
 * others are left to a check of their own, when somebody wants them, as are empty ones: nothing in an
 * empty answer tells whose it is.
 *
 * One survey at a time; who wants one meanwhile waits for it. It leads the flights of its
 * directories, takes none that is led by somebody else, and waits for none: so it is to be
 * joined by a thread that leads no directory's flight itself.
 *
 * GraphQL that will not do is no failure: then nothing has moved.
 */
#ifndef SQUIDEXFS_CACHE_SURVEY_H
#define SQUIDEXFS_CACHE_SURVEY_H

#include <stdbool.h>

struct cache_dir;
struct call;
struct error;

#define SURVEY_MIN 3

/* Newest items of each: so many may have changed within the margin of the check before. */
#define SURVEY_TOP 5

/* *ret_has_moved: this thread found the directory unchanged, and it is fresh. */
int survey_join(
	struct cache_dir *dir, const struct call *call, bool *ret_has_moved, struct error *err);

#endif
