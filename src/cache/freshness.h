/*
 * Is a directory that was listed completely still as the server has it? What has changed is
 * found from the newest on, what is gone by the total. Two halves: what is to be asked, which
 * knows no request and takes answers wherever they come from (freshness.c, freshness_gone.c); and
 * how: one directory by REST (freshness_check.c), or all of them at once (survey.h).
 *
 *	freshness_begin(&f, dir, err);
 *	while (f.step == FRESHNESS_READ_ON)
 *		... freshness_take_page(&f, &page, asked_ms, err);	-- from freshness_skip(&f) on
 *	if (f.step == FRESHNESS_FIND_GONE)
 *		... which of freshness_load_known() are there;
 *		freshness_take_known(&f, &known, &there, asked_ms, err);
 *	if (f.step == FRESHNESS_DONE)
 *		freshness_finish(&f, err);
 *	freshness_release(&f);
 *
 * Reading goes on until it meets an item that is known with the same version and that, by
 * the server's clock, was changed FRESHNESS_MARGIN_S before the last check or earlier:
 * lastModified counts whole seconds and was seen up to one after the answer's own Date, and
 * what was changed before a check may be committed after it. What is older has been seen.
 * Each page begins with the last item of the page before: one that does not was shifted by a
 * deletion, and might lack a change.
 *
 * Then the items in the store must be as many as the server counts. More of them: some are gone,
 * and which is found by their ids, in a very large directory those of some ranges first. Fewer: it
 * is read once more, and then listed, unless the check after the latest listing missed as many (a
 * server may count what it does not show). Listed it is, too, where much has changed, or most is
 * gone (listing.c doubts that), and after the server's clock was set back.
 *
 * The leader of the directory's flight calls these, without locks. Changes are stored as they
 * come, so that a check that fails midway leaves nothing wrong; the directory is called
 * checked by freshness_finish alone. The ids that a failed check has asked for are not asked
 * for again by the next one, so that the largest directory comes to an end, unless not all that
 * is missing is behind them.
 */
#ifndef SQUIDEXFS_CACHE_FRESHNESS_H
#define SQUIDEXFS_CACHE_FRESHNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache_dir;
struct call;
struct content_ids;
struct content_page;
struct error;
struct narrow;
struct schema_look;

#define FRESHNESS_MARGIN_S 5

/* Items of the first page; most checks need no more. */
#define FRESHNESS_FIRST 20

enum freshness_step {
	FRESHNESS_READ_ON,   /* the next page is wanted */
	FRESHNESS_FIND_GONE, /* the ids that are still there are wanted */
	FRESHNESS_DONE,      /* all is in the store */
	FRESHNESS_LIST,      /* list it */
};

struct freshness {
	struct cache_dir *dir;
	enum freshness_step step;
	uint64_t begun_ms;     /* before anything was asked for; of dir_asked_ms */
	int64_t since_s;       /* the last check, by the server's clock */
	int64_t checked_s;     /* this one; 0: no page yet */
	uint64_t n_known;      /* items in the store at its beginning */
	uint64_t n_read;       /* of the server's order */
	char *last_id;         /* of the latest page; NULL: at the beginning */
	int64_t n_unseen;      /* that the server counts and the store does not have */
	uint64_t n_missing;    /* that the store has and the server does not count */
	uint64_t n_gone;       /* of these, found */
	uint64_t row;          /* known ids up to it were asked for */
	bool is_resumed;       /* the row is where a failed check stopped */
	bool is_second;        /* it was read once already, in vain */
	struct narrow *narrow; /* where known ids are looked for first; NULL: everywhere */
};

/* The directory is LISTED. */
int freshness_begin(struct freshness *f, struct cache_dir *dir, struct error *err);
void freshness_release(struct freshness *f);

/* Items of the server's order before the page that is wanted, and how many are wanted. */
uint64_t freshness_skip(const struct freshness *f);
unsigned freshness_top(const struct freshness *f);

/* A page, newest first, from there on; asked_ms: before it was asked for. Its items are reordered. */
int freshness_take_page(
	struct freshness *f, struct content_page *page, uint64_t asked_ms, struct error *err);

/*
 * What was seen of it among others, date_s being the server's time of that: the step is
 * FRESHNESS_DONE if that shows that nothing has changed, and else nothing has moved. The size of a
 * text and the right to write are not in it: what changes with neither version nor time, a role, is
 * for the checks by pages to find.
 */
int freshness_take_look(struct freshness *f, const struct schema_look *look, int64_t date_s,
	uint64_t asked_ms, struct error *err);

/*
 * Takes over the ranges to look in first (narrow.h), on the heap. Where what is gone from them is
 * not all that is missing, the whole directory is looked through after all.
 */
void freshness_set_ranges(struct freshness *f, struct narrow *narrow);

/*
 * The next known ids, of which it is to be found whether they are there; none: that was all, and
 * the step is FRESHNESS_DONE, or the next are those of the whole directory.
 */
int freshness_load_known(struct freshness *f, struct content_ids *ret_known, struct error *err);
int freshness_take_known(struct freshness *f, const struct content_ids *known,
	const struct content_ids *there, uint64_t asked_ms, struct error *err);

int freshness_finish(struct freshness *f, struct error *err);

/* All of it, by REST. *ret_must_list: it is to be listed, and nothing else has moved. */
int freshness_check(
	struct cache_dir *dir, const struct call *call, bool *ret_must_list, struct error *err);

#endif
