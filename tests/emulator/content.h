#ifndef EMULATOR_CONTENT_H
#define EMULATOR_CONTENT_H

/*
 * The data of an item on its way into the store: merging a patch, filling in
 * defaults, checking it against its schema.
 */

#include "change.h"

/*
 * Checks what a client sent.  Returns 0, or -1 and *failure.
 */
int content_check(const struct change *change, struct json_object *data, struct failure *failure);
/*
 * The text to be stored when a change's data is written over an old text (NULL
 * for a new item).  It is the world's.  The same text is returned where nothing
 * changed.
 */
const char *content_write(const struct change *change, const struct item *item, const char *old);

#endif
