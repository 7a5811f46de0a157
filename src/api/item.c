#include "api/item.h"

#include <string.h>

#include "api/fields.h"
#include "api/schema.h"

struct item item_look_at(struct json_object *root)
{
	static const char *const keys[ITEM_MEMBERS] = {
		[ITEM_ID] = FIELD_ID,
		[ITEM_SCHEMA_NAME] = FIELD_SCHEMA_NAME,
		[ITEM_STATUS] = FIELD_STATUS,
		[ITEM_NEW_STATUS] = FIELD_NEW_STATUS,
		[ITEM_SCHEDULE] = FIELD_SCHEDULE,
		[ITEM_VERSION] = FIELD_VERSION,
		[ITEM_CREATED] = FIELD_CREATED,
		[ITEM_CREATED_BY] = FIELD_CREATED_BY,
		[ITEM_MODIFIED] = FIELD_MODIFIED,
		[ITEM_MODIFIED_BY] = FIELD_MODIFIED_BY,
		[ITEM_IS_DELETED] = FIELD_IS_DELETED,
		[ITEM_LINKS] = FIELD_LINKS,
	};
	struct item item = { .root = root };

	fields_get_all(root, keys, ITEM_MEMBERS, item.members);
	return item;
}

const char *item_string(const struct item *item, enum item_member member)
{
	return fields_as_string(item->members[member]);
}

bool item_is_deleted(const struct item *item)
{
	return fields_as_bool(item->members[ITEM_IS_DELETED], false);
}

bool item_is_of_schema(const struct item *item, const struct schema *schema)
{
	const char *name = item_string(item, ITEM_SCHEMA_NAME);

	return !*name || strcmp(name, schema->name) == 0;
}
