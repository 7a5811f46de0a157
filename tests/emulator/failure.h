#ifndef EMULATOR_FAILURE_H
#define EMULATOR_FAILURE_H

/*
 * Why a call was refused: what an ErrorDto says.
 *
 * A zeroed struct is "nothing went wrong".  Every fail_*() returns -1, so that
 * failing is one return statement; the first failure stays.
 */

#include "buf.h"

#include <json-c/json.h>

struct failure {
	int status;
	const char *code;            /* errorCode, a constant; NULL for none */
	char *message;               /* owned; NULL is "" */
	struct json_object *details; /* owned array of strings, NULL for none */
};

int failure_set(struct failure *failure, int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* 400 "Validation error" with one detail. */
int failure_invalid(struct failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* 400 "Validation error"; takes over the array. */
int failure_details(struct failure *failure, struct json_object *details);
/* The ErrorDto. */
void failure_write(const struct failure *failure, const char *trace, struct buf *out);
void failure_release(struct failure *failure);

#endif
