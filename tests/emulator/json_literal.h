#ifndef EMULATOR_JSON_LITERAL_H
#define EMULATOR_JSON_LITERAL_H

/*
 * The value of a comparison in a JSON query, brought to the type of its field.
 */

#include "model.h"
#include "problem.h"

/*
 * False and one sentence for each value of the wrong kind.  *ret is the
 * caller's to put, on success only; NULL stands for a JSON null.
 */
bool json_literal_convert(enum field_type type, struct json_object *value, const char *path,
	struct json_object **ret, struct problem *p);

#endif
