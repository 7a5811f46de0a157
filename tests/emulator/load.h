#ifndef EMULATOR_LOAD_H
#define EMULATOR_LOAD_H

/*
 * Reads a world from its data directory: one folder an app, each with app.json,
 * languages.json, clients.json, schemas.json, assets.json, history.json (if
 * any) and contents/<schema>.json.  README.md describes the files.
 *
 * Returns 0, or -1 and a line on stderr; *world is empty then.
 */

#include "world.h"

int world_load(struct world *world, const char *data_dir, int items);
/* Adds a schema to its app, which keeps a reference to the JSON. */
struct schema *load_schema(struct app *app, struct json_object *json);
void world_release(struct world *world);

#endif
