/*
 * JSON texts of our own, for the control files: a line for each failed operation, and the
 * pages that say how the mount is doing. No other layer needs json-c for them.
 *
 *	struct report r;
 *	report_begin(&r, &text);
 *	report_add_string(&r, "version", "0.1.0");
 *	report_begin_array(&r, "apps");
 *	report_begin_object(&r, NULL);		-- no keys inside arrays
 *	report_add_int(&r, "items", 42);
 *	report_end(&r);
 *	report_end(&r);
 *	ret = report_finish(&r);		-- first failure of all the calls, or 0
 *
 * Strings may hold any bytes (text.h). Plain values; the buffer is borrowed until
 * report_finish. One thread at a time.
 */
#ifndef SQUIDEXFS_API_REPORT_H
#define SQUIDEXFS_API_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;

/* An operation that failed. Strings are borrowed. */
struct error_report {
	int64_t time_s;        /* since 1970, UTC */
	const char *path;      /* in the mount */
	const char *operation; /* "read" */
	const struct error *err;
};

/*
 * Adds one line: {"time":...,"path":...,"operation":...,"errno":"EACCES","status":403,
 * "message":...,"traceId":...}; no status where there was no answer, no traceId where the
 * server sent none.
 * 0, -EFBIG or -ENOMEM.
 */
int report_error_line(struct buf *text, const struct error_report *report);

/* Something that happened to an item. Strings are borrowed; "" is left out. */
struct event_report {
	int64_t time_s; /* when it was told of; since 1970, UTC */
	const char *app, *schema, *id;
	const char *type, *status; /* in the server's words: "UPDATED", "Published" */
	int64_t version;           /* -1: left out */
	int64_t modified_s;        /* 0: left out */
};

/*
 * Adds one line: {"time":...,"app":...,"schema":...,"id":...,"type":...,"status":...,"version":7,
 * "lastModified":...}. 0, -EFBIG or -ENOMEM.
 */
int report_event_line(struct buf *text, const struct event_report *report);

/* Objects and arrays in one another, the outermost included. */
#define REPORT_DEPTH_MAX 8

struct report {
	struct buf *text;
	size_t depth;
	struct {
		bool is_array;
		bool has_members;
	} levels[REPORT_DEPTH_MAX];
	int ret; /* first failure */
};

/* Begins the outermost object. */
void report_begin(struct report *r, struct buf *text);

/* Closes it, adds a newline, and tells whether all went well: 0, -EFBIG or -ENOMEM. */
int report_finish(struct report *r);

/* key: NULL inside an array. */
void report_begin_object(struct report *r, const char *key);
void report_begin_array(struct report *r, const char *key);
void report_end(struct report *r); /* the innermost one */

void report_add_string(struct report *r, const char *key, const char *value);
void report_add_int(struct report *r, const char *key, int64_t value);
void report_add_amount(struct report *r, const char *key, double value); /* >= 0, in tenths */
void report_add_bool(struct report *r, const char *key, bool value);
void report_add_time(struct report *r, const char *key, int64_t time_s); /* ISO 8601, UTC */

#endif
