#ifndef EMULATOR_MODEL_H
#define EMULATOR_MODEL_H

/*
 * The fields that a query may name, and the type of each.
 *
 * A field is named by a path: "status", or "data", field, partition ("iv" or a
 * language) and, below arrays and free JSON, more names.  The model borrows the
 * schema and the languages and must not outlive them; a struct field_ref owns
 * its names.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum field_type {
	FIELD_ANY,
	FIELD_BOOLEAN,
	FIELD_DATETIME,
	FIELD_GEO,
	FIELD_NUMBER,
	FIELD_OBJECT,
	FIELD_OBJECT_ARRAY,
	FIELD_STRING,
	FIELD_STRING_ARRAY
};

struct model {
	struct json_object *schema;    /* NULL: only the fields of every item */
	struct json_object *languages; /* {items: [{iso2Code}]} */
};

/* A list of names as a query gives them. */
struct name_list {
	char **names;
	size_t count;
};

struct field_ref {
	struct name_list path; /* as stored */
	enum field_type type;
};

/* Where the model has no such field. */
struct field_miss {
	size_t index;   /* of the name that is unknown */
	char type[256]; /* of what should have it: "Contents.Data_Title" */
};

/*
 * MODEL_ODATA: the names come from an OData path, where "-" is written "_".
 */
enum model_spelling { MODEL_PLAIN, MODEL_ODATA };

/* False if there is no such field; *ret_miss says where the search ended. */
bool model_find(const struct model *m, const struct name_list *names, enum model_spelling spelling,
	struct field_ref *ret, struct field_miss *ret_miss);

void name_list_add(struct name_list *list, const char *name, size_t length);
void name_list_release(struct name_list *list);
void field_ref_release(struct field_ref *field);

/* True for a field of the data document, false for one of the item itself. */
bool field_ref_is_data(const struct field_ref *field);

/*
 * The value of a field in an entity.  False if it is not there, which is not
 * the same as a JSON null.  The value is borrowed from the entity.
 */
bool field_ref_value(
	const struct field_ref *field, struct json_object *entity, struct json_object **ret);

#endif
