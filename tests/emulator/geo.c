#include "geo.h"

#include <math.h>
#include <string.h>

static const double earth_radius_m = 6371008.8;
static const double radians_per_degree = 0.017453292519943295;

static double number(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value))
		return NAN;
	return json_object_get_double(value);
}

static bool read_place(struct json_object *place, double *ret_latitude, double *ret_longitude)
{
	struct json_object *coordinates = NULL;

	if (!json_object_is_type(place, json_type_object))
		return false;
	if (json_object_object_get_ex(place, "coordinates", &coordinates)) {
		if (!json_object_is_type(coordinates, json_type_array) ||
			json_object_array_length(coordinates) < 2)
			return false;
		*ret_longitude = json_object_get_double(json_object_array_get_idx(coordinates, 0));
		*ret_latitude = json_object_get_double(json_object_array_get_idx(coordinates, 1));
		return true;
	}
	*ret_latitude = number(place, "latitude");
	*ret_longitude = number(place, "longitude");
	return !isnan(*ret_latitude) && !isnan(*ret_longitude);
}

/* Great-circle distance by the haversine formula. */
static double distance_m(double latitude1, double longitude1, double latitude2, double longitude2)
{
	double half_height = sin((latitude2 - latitude1) * radians_per_degree / 2);
	double half_width = sin((longitude2 - longitude1) * radians_per_degree / 2);
	double chord = half_height * half_height + cos(latitude1 * radians_per_degree) *
							   cos(latitude2 * radians_per_degree) *
							   half_width * half_width;

	return 2 * earth_radius_m * asin(sqrt(fmin(chord, 1)));
}

bool geo_is_within(struct json_object *place, struct json_object *circle)
{
	double latitude = 0;
	double longitude = 0;

	if (!read_place(place, &latitude, &longitude))
		return false;
	return distance_m(latitude, longitude, number(circle, "latitude"),
		       number(circle, "longitude")) < number(circle, "distance");
}
