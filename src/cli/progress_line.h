/*
 * How far the listing of one directory has come, as a line of text.
 *
 *	progress_line_render(&p, 80, line, sizeof(line));
 *	-- "recipes [#####-----] 50%, 25/50 pages, 5,000/10,000 items, 1,250/s, 4 s left"
 *
 * What the width has no room for goes: first the bar, then the end of the text. Width 0: the
 * whole text, without a bar. ASCII alone. Pure function.
 */
#ifndef SQUIDEXFS_CLI_PROGRESS_LINE_H
#define SQUIDEXFS_CLI_PROGRESS_LINE_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_LINE_MAX 512

struct progress_line {
	const char *name;
	uint64_t n_items;
	int64_t n_left; /* -1: not known */
	uint64_t elapsed_ms;
};

/* size: at least 1. What is longer than size - 1 is cut. */
void progress_line_render(
	const struct progress_line *progress, unsigned width, char *ret_line, size_t size);

/* "1,234,567" */
#define PROGRESS_NUMBER_SIZE 32
const char *progress_number(uint64_t number, char text[PROGRESS_NUMBER_SIZE]);

#endif
