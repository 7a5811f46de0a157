#ifndef EMULATOR_VALIDATE_TEXT_H
#define EMULATOR_VALIDATE_TEXT_H

/*
 * The rules of a text: its length, its characters and words, its pattern.
 */

#include "validate_value.h"

void validate_text(
	struct validation *v, struct json_object *field, const char *path, const char *text);

/*
 * Checks a count against two properties of the field, say "minLength" and
 * "maxLength".  unit: the noun in the sentence, say "character(s)".
 */
void validate_count(struct validation *v, struct json_object *field, const char *path,
	const char *const limits[2], size_t count, const char *unit);

#endif
