#ifndef EMULATOR_READER_H
#define EMULATOR_READER_H

/*
 * A place in a JSON text, and what is wrong there.  body.c reads values with
 * it; here are its characters, strings and complaints.
 *
 * All functions that return an int return 0, or -1 after a complaint.
 */

#include "body.h"
#include "buf.h"

struct reader {
	const char *start;
	const char *p;
	const char *end;
	enum body_shape shape;
	int depth;
	struct buf path;    /* "$.jobs[0].type" */
	struct buf message; /* set once: the first thing that is wrong */
};

/* Says what is wrong, with path, line and byte.  Returns -1. */
int reader_fail(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text ended too early. */
int reader_fail_open(struct reader *r);
/* The value cannot be bound to this type of the server. */
int reader_refuse(struct reader *r, const char *type);
void reader_skip_space(struct reader *r);
/* Reads a string, beginning at its quote, decoded. */
int reader_string(struct reader *r, struct buf *text);

#endif
