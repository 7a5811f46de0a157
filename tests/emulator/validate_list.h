#ifndef EMULATOR_VALIDATE_LIST_H
#define EMULATOR_VALIDATE_LIST_H

/*
 * The rules of a list: tags, references, assets, and arrays of objects.
 */

#include "validate_value.h"

void validate_list(struct validation *v, struct json_object *field, const char *path,
	struct json_object *value);

#endif
