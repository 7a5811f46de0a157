#ifndef EMULATOR_SORT_H
#define EMULATOR_SORT_H

/*
 * The order of a list: fields, each ascending or descending.
 *
 * A zeroed struct sort is the default order.  It owns its fields.
 */

#include "model.h"

enum sort_direction { SORT_ASCENDING, SORT_DESCENDING };

struct sort_key {
	struct field_ref field;
	enum sort_direction direction;
};

struct sort {
	struct sort_key *keys;
	size_t count;
};

/* Takes over the field. */
void sort_add(struct sort *s, struct field_ref field, enum sort_direction direction);
void sort_release(struct sort *s);
/* Puts the default order into an empty one, and "id ascending" to the end. */
void sort_complete(struct sort *s);
int sort_compare(const struct sort *s, struct json_object *a, struct json_object *b);

#endif
