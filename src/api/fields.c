#include "api/fields.h"

#include <json-c/json.h>
#include <string.h>

const char FIELD_ID[] = "id";
const char FIELD_SCHEMA_NAME[] = "schemaName";
const char FIELD_STATUS[] = "status";
const char FIELD_NEW_STATUS[] = "newStatus";
const char FIELD_SCHEDULE[] = "scheduleJob";
const char FIELD_DUE[] = "dueTime";
const char FIELD_VERSION[] = "version";
const char FIELD_CREATED[] = "created";
const char FIELD_CREATED_BY[] = "createdBy";
const char FIELD_MODIFIED[] = "lastModified";
const char FIELD_MODIFIED_BY[] = "lastModifiedBy";
const char FIELD_DATA[] = "data";
const char FIELD_IS_DELETED[] = "isDeleted";
const char FIELD_LINKS[] = "_links";
const char FIELD_METHOD[] = "method";
const char FIELD_TOTAL[] = "total";
const char FIELD_ITEMS[] = "items";

const char FIELD_STATUSES[] = "statuses";

const char FIELD_IDS[] = "ids";

const char FIELD_QUERY[] = "query";
const char FIELD_ERRORS[] = "errors";
const char FIELD_PATH[] = "path";
const char FIELD_LOCATIONS[] = "locations";
const char FIELD_LINE[] = "line";

const char FIELD_NAME[] = "name";
const char FIELD_SCHEMAS[] = "schemas";
const char FIELD_TYPE[] = "type";
const char FIELD_IS_SINGLETON[] = "isSingleton";
const char FIELD_IS_PUBLISHED[] = "isPublished";
const char FIELD_FIELDS[] = "fields";

const char FIELD_PATHS[] = "paths";
const char FIELD_GET[] = "get";
const char FIELD_RESPONSES[] = "responses";
const char FIELD_OK[] = "200";
const char FIELD_CONTENT[] = "content";
const char FIELD_JSON_TYPE[] = "application/json";
const char FIELD_SCHEMA[] = "schema";
const char FIELD_REF[] = "$ref";
const char FIELD_COMPONENTS[] = "components";
const char FIELD_PROPERTIES[] = "properties";

const char FIELD_MESSAGE[] = "message";
const char FIELD_ERROR_CODE[] = "errorCode";
const char FIELD_TRACE_ID[] = "traceId";
const char FIELD_DETAILS[] = "details";
const char FIELD_TITLE[] = "title";
const char FIELD_ERROR[] = "error";
const char FIELD_STATUS_CODE[] = "statusCode";
const char FIELD_JOB_INDEX[] = "jobIndex";
const char FIELD_ERROR_DESCRIPTION[] = "error_description";

const char FIELD_PAYLOAD[] = "payload";
const char FIELD_CONTENT_CHANGES[] = "contentChanges";

const char FIELD_ACCESS_TOKEN[] = "access_token";
const char FIELD_EXPIRES_IN[] = "expires_in";

bool fields_find(struct json_object *object, const char *key, struct json_object **ret_value)
{
	if (!json_object_is_type(object, json_type_object))
		return false;
	return json_object_object_get_ex(object, key, ret_value);
}

static struct json_object *get(struct json_object *object, const char *key, json_type type)
{
	struct json_object *value = NULL;

	if (!fields_find(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

struct json_object *fields_get_object(struct json_object *object, const char *key)
{
	return get(object, key, json_type_object);
}

struct json_object *fields_get_array(struct json_object *object, const char *key)
{
	return get(object, key, json_type_array);
}

const char *fields_as_string(struct json_object *value)
{
	const char *str;

	if (!json_object_is_type(value, json_type_string))
		return "";
	str = json_object_get_string(value);
	return strlen(str) == (size_t)json_object_get_string_len(value) ? str : "";
}

bool fields_as_bool(struct json_object *value, bool fallback)
{
	if (!json_object_is_type(value, json_type_boolean))
		return fallback;
	return json_object_get_boolean(value);
}

int64_t fields_as_int(struct json_object *value, int64_t fallback)
{
	if (!json_object_is_type(value, json_type_int))
		return fallback;
	return json_object_get_int64(value);
}

const char *fields_get_string(struct json_object *object, const char *key)
{
	return fields_as_string(get(object, key, json_type_string));
}

bool fields_get_bool(struct json_object *object, const char *key, bool fallback)
{
	return fields_as_bool(get(object, key, json_type_boolean), fallback);
}

int64_t fields_get_int(struct json_object *object, const char *key, int64_t fallback)
{
	return fields_as_int(get(object, key, json_type_int), fallback);
}

void fields_get_all(struct json_object *object, const char *const *keys, size_t n_keys,
	struct json_object **ret_values)
{
	for (size_t i = 0; i < n_keys; i++)
		ret_values[i] = NULL;
	if (!json_object_is_type(object, json_type_object))
		return;
	json_object_object_foreach(object, key, value)
	{
		size_t i = 0;

		/* Most names differ in their first letter. */
		while (i < n_keys && (*keys[i] != *key || strcmp(keys[i], key) != 0))
			i++;
		if (i < n_keys)
			ret_values[i] = value;
	}
}
