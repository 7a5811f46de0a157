#include "openapi.h"

#include "convert.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

struct json_object *openapi_object(const char *name, ...)
{
	struct json_object *object = json_object_new_object();
	va_list args;

	va_start(args, name);
	while (name != NULL) {
		json_object_object_add(
			object, name, json_object_new_string(va_arg(args, const char *)));
		name = va_arg(args, const char *);
	}
	va_end(args);
	return object;
}

void openapi_type_name(const char *slug, struct buf *ret)
{
	bool begins = true;

	for (const char *p = slug; *p != '\0'; p++) {
		char c = begins ? (char)toupper((unsigned char)*p) : *p;

		begins = *p == '-';
		if (!begins)
			buf_add(ret, &c, 1);
	}
}

static void add_flag(struct json_object *object, const char *name, bool value)
{
	json_object_object_add(object, name, json_object_new_boolean(value));
}

static struct json_object *reference_to(const char *prefix, const char *type)
{
	struct buf path = { 0 };
	struct json_object *object;

	buf_printf(&path, "#/components/schemas/%s%s", prefix, type);
	object = openapi_object("$ref", path.bytes, NULL);
	buf_release(&path);
	return object;
}

/* Copies a limit of the field under the name that it has in a JSON Schema. */
static void copy_limit(struct json_object *type, const char *name, struct json_object *properties,
	const char *property)
{
	struct json_object *limit = json_object_object_get(properties, property);

	if (limit != NULL)
		json_object_object_add(type, name, json_copy(limit));
}

static void add_list(struct json_object *type, struct json_object *properties)
{
	struct json_object *schema_ids = json_object_object_get(properties, "schemaIds");
	bool is_reference = strcmp(json_text(properties, "fieldType"), "References") == 0;

	copy_limit(type, "maxItems", properties, "maxItems");
	copy_limit(type, "minItems", properties, "minItems");
	if (is_reference && !json_flag(properties, "allowDuplicates"))
		add_flag(type, "uniqueItems", true);
	json_object_object_add(type, "items", openapi_object("type", "string", NULL));
	if (is_reference && schema_ids != NULL)
		json_object_object_add(type, "schemaIds", json_copy(schema_ids));
}

static void add_geolocation(struct json_object *type)
{
	struct json_object *members = json_object_new_object();

	json_object_object_add(members, "latitude", openapi_object("type", "number", NULL));
	json_object_object_add(members, "longitude", openapi_object("type", "number", NULL));
	json_object_object_add(type, "properties", members);
}

/* How a value of a field is written in JSON; NULL for any JSON. */
static const char *json_type_of(const char *field_type)
{
	static const char *const types[][2] = { { "String", "string" }, { "DateTime", "string" },
		{ "Number", "number" }, { "Boolean", "boolean" }, { "Tags", "array" },
		{ "Assets", "array" }, { "References", "array" }, { "Array", "array" },
		{ "Components", "array" }, { "Component", "object" }, { "Geolocation", "object" },
		{ "UserInfo", "object" } };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i][0], field_type) == 0)
			return types[i][1];
	}
	return NULL;
}

static void add_limits(struct json_object *type, struct json_object *properties)
{
	const char *field_type = json_text(properties, "fieldType");

	if (strcmp(field_type, "String") == 0) {
		copy_limit(type, "maxLength", properties, "maxLength");
		copy_limit(type, "minLength", properties, "minLength");
		copy_limit(type, "pattern", properties, "pattern");
	} else if (strcmp(field_type, "Number") == 0) {
		copy_limit(type, "maximum", properties, "maxValue");
		copy_limit(type, "minimum", properties, "minValue");
	} else if (strcmp(field_type, "DateTime") == 0) {
		json_object_object_add(type, "format", json_object_new_string("date-time"));
	} else if (strcmp(field_type, "Geolocation") == 0) {
		add_geolocation(type);
	} else if (strcmp(json_text(type, "type"), "array") == 0) {
		add_list(type, properties);
	}
}

/* The type of one value; item_type names the rows of an array. */
static struct json_object *value_type(struct json_object *field, const char *item_type)
{
	struct json_object *properties = json_object_object_get(field, "properties");
	const char *name = json_type_of(json_text(properties, "fieldType"));
	struct json_object *type = json_object_new_object();

	if (name != NULL)
		json_object_object_add(type, "type", json_object_new_string(name));
	add_limits(type, properties);
	add_flag(type, "nullable", true);
	if (json_object_object_get(field, "nested") != NULL)
		json_object_object_add(type, "items", reference_to(item_type, ""));
	else if (strncmp(json_text(properties, "fieldType"), "Components", 10) == 0)
		json_object_object_add(type, "items", openapi_object("type", "object", NULL));
	return type;
}

static struct json_object *closed_object(struct json_object *members)
{
	struct json_object *type = openapi_object("type", "object", NULL);

	add_flag(type, "additionalProperties", false);
	json_object_object_add(type, "properties", members);
	return type;
}

static void add_item_type(struct json_object *types, const char *name, struct json_object *nested)
{
	struct json_object *members = json_object_new_object();

	for (size_t i = 0; i < json_object_array_length(nested); i++) {
		struct json_object *field = json_object_array_get_idx(nested, i);

		if (!json_flag(field, "isHidden"))
			json_object_object_add(
				members, json_text(field, "name"), value_type(field, ""));
	}
	json_object_object_add(types, name, closed_object(members));
}

/* A field of the data: an object of partitions. */
static struct json_object *field_type(
	struct json_object *types, const char *prefix, struct json_object *field)
{
	struct json_object *nested = json_object_object_get(field, "nested");
	struct json_object *type = openapi_object("type", "object", NULL);
	struct buf item_type = { 0 };

	buf_puts(&item_type, prefix);
	openapi_type_name(json_text(field, "name"), &item_type);
	buf_puts(&item_type, "ItemDto");
	if (nested != NULL)
		add_item_type(types, item_type.bytes, nested);
	add_flag(type, "nullable", true);
	json_object_object_add(type, "additionalProperties", value_type(field, item_type.bytes));
	buf_release(&item_type);
	return type;
}

static void add_member(
	struct json_object *members, const char *name, const char *type, bool is_nullable)
{
	struct json_object *member = openapi_object("type", type, NULL);

	if (strcmp(name, "created") == 0 || strcmp(name, "lastModified") == 0)
		json_object_object_add(member, "format", json_object_new_string("date-time"));
	add_flag(member, "nullable", is_nullable);
	json_object_object_add(members, name, member);
}

static void add_required(struct json_object *type, const char *const *names, size_t count)
{
	struct json_object *required = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(required, json_object_new_string(names[i]));
	json_object_object_add(type, "required", required);
}

static struct json_object *content_type(const char *prefix)
{
	static const char *const members[] = { "id", "created", "createdBy", "lastModified",
		"lastModifiedBy", "newStatus", "status", "newStatusColor", "schemaId", "schemaName",
		"schemaDisplayName", "statusColor" };
	static const char *const required[] = { "id", "created", "createdBy", "lastModified",
		"lastModifiedBy", "status", "schemaId", "schemaName", "schemaDisplayName",
		"statusColor", "data" };
	struct json_object *properties = json_object_new_object();
	struct json_object *data = reference_to(prefix, "DataDto");
	struct json_object *type;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		add_member(properties, members[i], "string", strncmp(members[i], "new", 3) == 0);
	add_flag(data, "nullable", false);
	json_object_object_add(properties, "data", data);
	type = closed_object(properties);
	add_required(type, required, sizeof(required) / sizeof(required[0]));
	return type;
}

static struct json_object *result_type(const char *prefix)
{
	static const char *const required[] = { "total", "items" };
	struct json_object *properties = json_object_new_object();
	struct json_object *items = openapi_object("type", "array", NULL);
	struct json_object *type;

	add_member(properties, "total", "number", false);
	add_flag(items, "nullable", false);
	json_object_object_add(items, "items", reference_to(prefix, "ContentDto"));
	json_object_object_add(properties, "items", items);
	type = closed_object(properties);
	add_required(type, required, 2);
	return type;
}

static void add_types(struct json_object *types, const char *prefix, struct json_object *data)
{
	struct buf name = { 0 };

	buf_printf(&name, "%sDataDto", prefix);
	json_object_object_add(types, name.bytes, data);
	name.length = 0;
	buf_printf(&name, "%sContentDto", prefix);
	json_object_object_add(types, name.bytes, content_type(prefix));
	name.length = 0;
	buf_printf(&name, "%sContentResultDto", prefix);
	json_object_object_add(types, name.bytes, result_type(prefix));
	buf_release(&name);
}

void openapi_add_types(struct json_object *types, const struct schema *schema)
{
	struct json_object *fields = json_object_object_get(schema->json, "fields");
	struct json_object *members = json_object_new_object();
	struct buf prefix = { 0 };

	openapi_type_name(schema->name, &prefix);
	for (size_t i = 0; i < json_object_array_length(fields); i++) {
		struct json_object *field = json_object_array_get_idx(fields, i);

		if (!json_flag(field, "isHidden"))
			json_object_object_add(members, json_text(field, "name"),
				field_type(types, prefix.bytes, field));
	}
	add_types(types, prefix.bytes, closed_object(members));
	buf_release(&prefix);
}

void openapi_add_common_types(struct json_object *types)
{
	add_types(types, "", json_object_new_object());
}
