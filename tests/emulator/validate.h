#ifndef EMULATOR_VALIDATE_H
#define EMULATOR_VALIDATE_H

/*
 * Checks the data of an item against its schema, and fills in defaults.
 *
 * Both take the schema as an item of the schemas document and the languages
 * document ({items: [{iso2Code, isMaster, isOptional, ...}]}).  Neither keeps a
 * reference to what it is given, and neither takes a lock; the callbacks run on
 * the caller's thread.
 */

#include <json-c/json.h>
#include <stdbool.h>

struct validate_env {
	struct json_object *languages;
	/*
	 * Whether an item exists that is not deleted and belongs to one of the
	 * schemas (an array of schema ids, or NULL for any).
	 */
	bool (*content_exists)(void *payload, const char *id, struct json_object *schema_ids);
	bool (*asset_exists)(void *payload, const char *id);
	/*
	 * Whether another item of the schema already holds this value in this
	 * unique field ("data.slug.iv"); NULL switches the check off.
	 */
	bool (*value_taken)(void *payload, const char *path, struct json_object *value);
	void *payload;
};

/*
 * VALIDATE_FULL checks a whole document; VALIDATE_PATCH checks only the fields
 * and partitions that are there.
 */
enum validate_mode { VALIDATE_FULL, VALIDATE_PATCH };

/*
 * Returns NULL if data is valid, else an array of the server's sentences in the
 * server's order ("servings.iv: Must be between 1 and 100.").
 */
struct json_object *validate_data(struct json_object *schema, const struct validate_env *env,
	struct json_object *data, enum validate_mode mode);

/*
 * Adds the default values of the fields that data does not hold, in place.
 * required_too: also for required fields, which normally get none.
 */
void validate_add_defaults(struct json_object *schema, struct json_object *languages,
	struct json_object *data, bool required_too);

#endif
