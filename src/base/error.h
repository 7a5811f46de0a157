/*
 * An error is a number and a sentence: what failed, on what, and why, in words
 * that the user of the mount can act on.
 *
 *	struct error err = {0};
 *	int ret = thing_open(&err);
 *	if (ret < 0)
 *		return error_prefix(&err, "cannot start");	-- or just return ret
 *
 * Functions that can fail return 0 or a negative errno and take a
 * `struct error *` as their last argument; NULL is legal there. The sentence is
 * written where the fact is known; the layers above may prefix it, never replace
 * it. Everything is of fixed size, so that reporting cannot run out of memory.
 *
 * Plain values: owned by the caller, no locks, no threads.
 */
#ifndef SQUIDEXFS_BASE_ERROR_H
#define SQUIDEXFS_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

struct error {
	int errnum;        /* positive errno; 0 while nothing failed */
	int http_status;   /* status of the server's answer; 0: there was none */
	bool is_remote;    /* the network's or the server's, not this machine's */
	bool is_told;      /* the log knows of it already */
	char trace_id[64]; /* the server's trace id (W3C trace context), or "" */
	char text[1024];   /* one sentence, no trailing newline */
};

/* Fills err and returns -errnum, so that failing is one return statement. */
int error_set(struct error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set, and keeps what is known of the HTTP answer. trace_id may be NULL. */
int error_set_http(struct error *err, int errnum, int http_status, const char *trace_id,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Puts "<prefix>: " before the sentence. Returns -err->errnum (-EIO if err is NULL). */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Each until the error is set again; NULL is legal. */
void error_mark_remote(struct error *err);
void error_mark_told(struct error *err);

/* The name of an errno as users know it ("ENOENT"); "E<number>" for one without a name. */
const char *error_name(int errnum);

#endif
