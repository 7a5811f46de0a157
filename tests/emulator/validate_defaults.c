#include "clock.h"
#include "validate.h"
#include "validate_value.h"

#include <string.h>
#include <time.h>

static const char *master_language(struct json_object *languages)
{
	struct json_object *items = json_object_object_get(languages, "items");
	size_t count = items != NULL ? json_object_array_length(items) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (json_object_get_boolean(json_object_object_get(item, "isMaster")))
			return json_object_get_string(json_object_object_get(item, "iso2Code"));
	}
	return "iv";
}

/* What "now" and "today" mean: midnight where only the day counts. */
enum precision { PRECISION_DAY, PRECISION_SECOND };

static struct json_object *current_time(enum precision precision)
{
	char text[32];
	time_t now = (time_t)clock_now();
	struct tm utc;

	gmtime_r(&now, &utc);
	if (precision == PRECISION_DAY)
		strftime(text, sizeof(text), "%Y-%m-%dT00:00:00Z", &utc);
	else
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_object_new_string(text);
}

static struct json_object *copy_of(struct json_object *value)
{
	struct json_object *copy = NULL;

	if (value != NULL)
		json_object_deep_copy(value, &copy, NULL);
	return copy;
}

/* A new object, or NULL where the field has no default. */
static struct json_object *default_value(struct json_object *field, const char *partition)
{
	struct json_object *by_language = field_property(field, "defaultValues");
	const char *calculated = field_text(field, "calculatedDefaultValue");
	struct json_object *value = NULL;

	if (strcmp(calculated, "EmptyArray") == 0)
		return json_object_new_array();
	if (strcmp(calculated, "Now") == 0)
		return current_time(PRECISION_SECOND);
	if (strcmp(calculated, "Today") == 0)
		return current_time(PRECISION_DAY);
	if (json_object_is_type(by_language, json_type_object) &&
		json_object_object_get_ex(by_language, partition, &value))
		return copy_of(value);
	return copy_of(field_property(field, "defaultValue"));
}

static void add_default(struct json_object *field, const char *partition, struct json_object *data)
{
	const char *name = field_name(field);
	struct json_object *partitions = NULL;
	struct json_object *value;

	json_object_object_get_ex(data, name, &partitions);
	if (json_object_object_get_ex(partitions, partition, NULL))
		return;
	value = default_value(field, partition);
	if (value == NULL)
		return;
	if (partitions == NULL) {
		partitions = json_object_new_object();
		json_object_object_add(data, name, partitions);
	}
	json_object_object_add(partitions, partition, value);
}

void validate_add_defaults(struct json_object *schema, struct json_object *languages,
	struct json_object *data, bool required_too)
{
	struct json_object *fields = json_object_object_get(schema, "fields");

	for (size_t i = 0; i < json_object_array_length(fields); i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);
		const char *partitioning = json_object_get_string(
			json_object_object_get(field, "partitioning"));
		bool localized = partitioning != NULL && strcmp(partitioning, "language") == 0;

		if (required_too || !field_flag(field, "isRequired"))
			add_default(field, localized ? master_language(languages) : "iv", data);
	}
}
