#ifndef EMULATOR_GEO_H
#define EMULATOR_GEO_H

/*
 * Distances between places: {latitude, longitude} or a GeoJSON Point.
 */

#include <json-c/json.h>
#include <stdbool.h>

/*
 * Whether a place lies nearer to the centre of a circle {latitude, longitude,
 * distance} than its distance (in metres).  False for what is no place.
 */
bool geo_is_within(struct json_object *place, struct json_object *circle);

#endif
