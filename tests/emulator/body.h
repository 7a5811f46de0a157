#ifndef EMULATOR_BODY_H
#define EMULATOR_BODY_H

/*
 * Reads the JSON of a request body as strictly as the server does, and words
 * what is wrong as the server does (path, line and byte position included).
 */

#include <json-c/json.h>
#include <stddef.h>

/* What the body must be bound to; it decides which shapes are refused. */
enum body_shape {
	BODY_ANY,  /* any JSON value */
	BODY_DATA, /* the data of an item: an object of objects */
	BODY_BULK, /* {"jobs": [{"type": ..., "data": ...}]} */
};

/*
 * Returns 0 and the value in *ret_value (put it; NULL for "null" and for a body
 * of white space), or -1 and a sentence in *ret_message, which the caller frees.
 */
int body_parse(const char *text, size_t length, enum body_shape shape,
	struct json_object **ret_value, char **ret_message);

#endif
