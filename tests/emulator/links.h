#ifndef EMULATOR_LINKS_H
#define EMULATOR_LINKS_H

/* The _links of what an administrator sees; the data files leave them out. */

#include "world.h"

/* Adds them to the schema's JSON and to its fields. */
void links_add_schema(struct schema *schema);
void links_add_languages(struct app *app);
/* {"href": ..., "method": ...} under a name of an object. */
void links_put(struct json_object *links, const char *name, const char *method, const char *format,
	...) __attribute__((format(printf, 4, 5)));

#endif
