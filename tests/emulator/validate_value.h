#ifndef EMULATOR_VALIDATE_VALUE_H
#define EMULATOR_VALIDATE_VALUE_H

/*
 * Checks one value of one field: its kind first, then the rules of the field.
 */

#include "validate.h"

/* One run over a document. */
struct validation {
	const struct validate_env *env;
	struct json_object *errors; /* in the order in which they were found */
	/* Of references and assets: the server looks those up at the end. */
	struct json_object *late_errors;
};

/* Whether a field may be without a value: its partition is an optional one. */
enum presence { PRESENCE_NEEDED, PRESENCE_OPTIONAL };

/* value: NULL for a null and for a value that is not there. */
void validate_value(struct validation *v, struct json_object *field, const char *path,
	enum presence presence, struct json_object *value);

/* "path: sentence" */
void validation_add(struct validation *v, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A property of a field ("maxLength"), NULL if it is not set; the text of one,
 * "" if it is not set; and whether one is set to true.
 */
struct json_object *field_property(struct json_object *field, const char *name);
const char *field_text(struct json_object *field, const char *name);
bool field_flag(struct json_object *field, const char *name);
const char *field_name(struct json_object *field);

/* The field of this name in an array of fields, or NULL. */
struct json_object *fields_find(struct json_object *fields, const char *name);

#endif
