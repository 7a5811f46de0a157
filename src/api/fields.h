/*
 * Every JSON key of the API, once, and the tolerant way to read them.
 *
 * An accessor finds the member of that key and type, or answers its fallback: an unknown
 * key is ignored, and a missing one is an error only where the caller says so.
 * Results are borrowed from the tree. Internal to api/: nothing else knows json-c.
 */
#ifndef SQUIDEXFS_API_FIELDS_H
#define SQUIDEXFS_API_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/* A content item (ContentDto; wire/40, 49) and a page of them (wire/12) */
extern const char FIELD_ID[];
extern const char FIELD_SCHEMA_NAME[];
extern const char FIELD_STATUS[];
extern const char FIELD_NEW_STATUS[];
extern const char FIELD_SCHEDULE[];
extern const char FIELD_DUE[];
extern const char FIELD_VERSION[];
extern const char FIELD_CREATED[];
extern const char FIELD_CREATED_BY[];
extern const char FIELD_MODIFIED[];
extern const char FIELD_MODIFIED_BY[];
extern const char FIELD_DATA[];
extern const char FIELD_IS_DELETED[];
extern const char FIELD_LINKS[];
extern const char FIELD_METHOD[];
extern const char FIELD_TOTAL[];
extern const char FIELD_ITEMS[];
extern const char FIELD_STATUSES[]; /* of the workflow */

/* A query that is posted (wire/33) */
extern const char FIELD_IDS[];

/* A question to GraphQL and what is wrong with it (wire/145, 147, 311) */
extern const char FIELD_QUERY[];
extern const char FIELD_ERRORS[];
extern const char FIELD_PATH[];
extern const char FIELD_LOCATIONS[];
extern const char FIELD_LINE[];

/* An app, a schema (seed/app.json, seed/schemas.json) */
extern const char FIELD_NAME[];
extern const char FIELD_SCHEMAS[]; /* also in OpenAPI */
extern const char FIELD_TYPE[];
extern const char FIELD_IS_SINGLETON[];
extern const char FIELD_IS_PUBLISHED[];
extern const char FIELD_FIELDS[];

/* An OpenAPI document (OpenAPI 3.0; seed/openapi.json) */
extern const char FIELD_PATHS[];
extern const char FIELD_GET[];
extern const char FIELD_RESPONSES[];
extern const char FIELD_OK[];
extern const char FIELD_CONTENT[];
extern const char FIELD_JSON_TYPE[];
extern const char FIELD_SCHEMA[];
extern const char FIELD_REF[];
extern const char FIELD_COMPONENTS[];
extern const char FIELD_PROPERTIES[];

/* A failure (ErrorDto: wire/83; RFC 7807; OAuth: wire/02) */
extern const char FIELD_MESSAGE[];
extern const char FIELD_ERROR_CODE[];
extern const char FIELD_TRACE_ID[];
extern const char FIELD_DETAILS[];
extern const char FIELD_TITLE[];
extern const char FIELD_ERROR[]; /* also of a bulk's job (wire/235) */
extern const char FIELD_STATUS_CODE[];
extern const char FIELD_JOB_INDEX[];
extern const char FIELD_ERROR_DESCRIPTION[];

/* A message of a subscription (wire/320) */
extern const char FIELD_PAYLOAD[];
extern const char FIELD_CONTENT_CHANGES[];

/* A token (RFC 6749, section 5.1; wire/01) */
extern const char FIELD_ACCESS_TOKEN[];
extern const char FIELD_EXPIRES_IN[];

/* NULL if there is none. object: NULL is legal, and has nothing in it. */
struct json_object *fields_get_object(struct json_object *object, const char *key);
struct json_object *fields_get_array(struct json_object *object, const char *key);

/* "" if there is none, and for a text that holds U+0000. */
const char *fields_get_string(struct json_object *object, const char *key);

bool fields_get_bool(struct json_object *object, const char *key, bool fallback);
int64_t fields_get_int(struct json_object *object, const char *key, int64_t fallback);

/*
 * values[i] is the member of the name keys[i], NULL where there is none: one walk over the object in
 * place of a search for each.
 */
void fields_get_all(struct json_object *object, const char *const *keys, size_t n_keys,
	struct json_object **ret_values);

/* As the accessors above, of a value that is at hand; NULL is legal. */
const char *fields_as_string(struct json_object *value);
bool fields_as_bool(struct json_object *value, bool fallback);
int64_t fields_as_int(struct json_object *value, int64_t fallback);

/* The member, whatever its type; false if there is none. JSON's null is NULL. */
bool fields_find(struct json_object *object, const char *key, struct json_object **ret_value);

#endif
