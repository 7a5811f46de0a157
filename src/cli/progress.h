/*
 * What a long piece of work shows of itself: on a terminal one line that is drawn over and
 * over, elsewhere a plain line every now and then. Each part of the work leaves a line.
 *
 *	progress_new(stdout, clock, &progress, err);
 *	progress_begin(progress, "recipes");
 *	progress_set(progress, n_items, n_left);
 *	progress_end(progress, "recipes: 10,000 items");	-- NULL: leave nothing
 *	progress_free(progress);
 *
 * Somebody calls progress_tick several times a second, who need not be the one who works.
 * Nothing but "\r" and blanks is used to draw, and not even that where the terminal is dumb
 * (TERM) or no terminal at all.
 *
 * Any thread; the lock inside is held while the line is written.
 */
#ifndef SQUIDEXFS_CLI_PROGRESS_H
#define SQUIDEXFS_CLI_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

struct clock;
struct error;
struct progress;

/* Where no line is drawn over: how often one is written. */
#define PROGRESS_PLAIN_MS 5000

/* The stream and the clock are borrowed. */
int progress_new(
	FILE *out, const struct clock *clock, struct progress **ret_progress, struct error *err);
void progress_free(struct progress *progress); /* NULL is legal */

/* name is copied, and cut if need be. */
void progress_begin(struct progress *progress, const char *name);
void progress_set(struct progress *progress, uint64_t n_items, int64_t n_left);
void progress_end(struct progress *progress, const char *sentence);
void progress_tick(struct progress *progress);

#endif
