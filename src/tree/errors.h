/*
 * The latest failures, kept for /.squidexfs/errors: an errno says little, so the reason
 * is one command away.
 *
 *	error_log_add(log, clock_wall_s(clock), "open", path, &err);
 *	error_log_render(log, &text);		-- one JSON object a line, oldest first
 *
 * Holds ERROR_LOG_MAX entries in memory that is there from the beginning; the oldest
 * goes. Strings are copied; what is too long is cut. Any thread may call; the lock is a
 * leaf.
 */
#ifndef SQUIDEXFS_TREE_ERRORS_H
#define SQUIDEXFS_TREE_ERRORS_H

#include <stdint.h>

struct buf;
struct error;
struct error_log;

#define ERROR_LOG_MAX 100

/* NULL if out of memory. */
struct error_log *error_log_new(void);
void error_log_free(struct error_log *log);

void error_log_add(struct error_log *log, int64_t time_s, const char *operation, const char *path,
	const struct error *err);

/* Adds the lines to the text: 0, -EFBIG or -ENOMEM. */
int error_log_render(struct error_log *log, struct buf *text);

/* How many were ever added, those that are no longer kept too. */
uint64_t error_log_count(struct error_log *log);

#endif
