#ifndef EMULATOR_ODATA_OPTIONS_H
#define EMULATOR_ODATA_OPTIONS_H

/*
 * The options of an OData text such as "$top=1&$orderby=id desc".
 *
 * Values are percent-decoded and belong to the struct, which is released with
 * odata_options_release().
 */

#include <json-c/json.h>

struct odata_options {
	struct json_object *values; /* name -> decoded value */
};

void odata_options_init(struct odata_options *options, const char *text);
void odata_options_release(struct odata_options *options);
/* NULL if the text has no such option. */
const char *odata_options_get(const struct odata_options *options, const char *name);

#endif
