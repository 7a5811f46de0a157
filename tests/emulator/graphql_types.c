#include "graphql_types.h"

#include "buf.h"

#include <ctype.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct graphql_parameter list_parameters[] = { { "top", "Int", false },
	{ "skip", "Int", false }, { "filter", "String", false }, { "orderby", "String", false },
	{ "search", "String", false }, { NULL, NULL, false } };
static const struct graphql_parameter find_parameters[] = { { "id", "String", true },
	{ "version", "Int", false }, { NULL, NULL, false } };
static const struct graphql_parameter no_parameters[] = { { NULL, NULL, false } };

static const struct {
	const char *before; /* the name of the type */
	const char *after;
	enum graphql_meaning meaning;
	const struct graphql_parameter *parameters;
} root_fields[] = {
	{ "query", "Contents", GRAPHQL_LIST, list_parameters },
	{ "query", "ContentsWithTotal", GRAPHQL_LIST_WITH_TOTAL, list_parameters },
	{ "find", "Content", GRAPHQL_FIND, find_parameters },
	{ "find", "Singleton", GRAPHQL_SINGLETON, no_parameters },
};

static const struct graphql_member item_fields[] = {
	{ "__typename", "String!", GRAPHQL_TYPENAME },
	{ "id", "String!", GRAPHQL_ID },
	{ "version", "Int!", GRAPHQL_VERSION },
	{ "created", "Instant!", GRAPHQL_CREATED },
	{ "createdBy", "String!", GRAPHQL_CREATED_BY },
	{ "lastModified", "Instant!", GRAPHQL_MODIFIED },
	{ "lastModifiedBy", "String!", GRAPHQL_MODIFIED_BY },
	{ "status", "String!", GRAPHQL_STATUS },
	{ "statusColor", "String!", GRAPHQL_STATUS_COLOR },
	{ "newStatus", "String", GRAPHQL_NEW_STATUS },
	{ "newStatusColor", "String", GRAPHQL_NEW_STATUS_COLOR },
	{ "data__dynamic", "JsonScalar!", GRAPHQL_DATA_DYNAMIC },
};

static const struct graphql_member event_fields[] = {
	{ "__typename", "String!", GRAPHQL_TYPENAME },
	{ "type", "EnrichedContentEventType", GRAPHQL_EVENT_TYPE },
	{ "id", "String!", GRAPHQL_ID },
	{ "version", "Int!", GRAPHQL_VERSION },
	{ "created", "DateTime!", GRAPHQL_CREATED },
	{ "createdBy", "String!", GRAPHQL_CREATED_BY },
	{ "lastModified", "DateTime!", GRAPHQL_MODIFIED },
	{ "lastModifiedBy", "String!", GRAPHQL_MODIFIED_BY },
	{ "status", "String!", GRAPHQL_STATUS },
	{ "newStatus", "String", GRAPHQL_NEW_STATUS },
};

static const struct graphql_member result_fields[] = {
	{ "__typename", "String!", GRAPHQL_TYPENAME },
	{ "total", "Int!", GRAPHQL_TOTAL },
	{ "items", NULL, GRAPHQL_ITEMS },
};

/* my-blog is MyBlog; a name that begins with no letter gets a prefix. */
static void add_pascal_case(struct buf *out, const char *slug)
{
	bool starts_word = true;

	buf_puts(out, isalpha((unsigned char)*slug) ? "" : "gql_");
	for (; *slug != '\0'; slug++) {
		char letter = (char)(starts_word ? toupper((unsigned char)*slug) : *slug);

		starts_word = !isalnum((unsigned char)*slug);
		if (!starts_word)
			buf_add(out, &letter, 1);
	}
}

static bool is_taken(const struct graphql_type *types, const char *name)
{
	static const char *const reserved[] = { "Asset", "AssetResultDto", "Component", "Content",
		"EnrichedAssetEvent", "EnrichedContentEvent", "JsonScalar", "User" };

	for (size_t i = 0; i < COUNT(reserved); i++) {
		if (strcmp(reserved[i], name) == 0)
			return true;
	}
	for (; types != NULL; types = types->next) {
		if (strcmp(types->name, name) == 0)
			return true;
	}
	return false;
}

/* Where slugs make the same name (a-b-1 and a-b1: AB1), all but the first are counted. */
static const char *free_name(
	struct arena *arena, const struct graphql_type *types, const char *slug)
{
	struct buf name = { 0 };
	const char *result;
	size_t length;

	add_pascal_case(&name, slug);
	length = name.length;
	for (unsigned n = 2; is_taken(types, name.bytes); n++) {
		name.length = length;
		buf_printf(&name, "%u", n);
	}
	result = arena_strdup(arena, name.bytes);
	buf_release(&name);
	return result;
}

static bool has_type(const struct schema *schema)
{
	struct json_object *fields = json_object_object_get(schema->json, "fields");

	return schema->is_published && json_object_is_type(fields, json_type_array) &&
	       json_object_array_length(fields) > 0;
}

struct graphql_type *graphql_types(struct arena *arena, const struct app *app)
{
	struct graphql_type *first = NULL;
	struct graphql_type **tail = &first;

	for (struct schema *schema = app->schemas; schema != NULL; schema = schema->next) {
		struct graphql_type *type;

		if (!has_type(schema))
			continue;
		type = arena_alloc(arena, sizeof(*type));
		type->schema = schema;
		type->name = free_name(arena, first, schema->name);
		*tail = type;
		tail = &type->next;
	}
	return first;
}

/* Whether name is before, the name of the type, after. */
static bool is_composed(
	const char *name, const char *before, const struct graphql_type *type, const char *after)
{
	size_t head = strlen(before);
	size_t middle = strlen(type->name);

	return strncmp(name, before, head) == 0 && strncmp(name + head, type->name, middle) == 0 &&
	       strcmp(name + head + middle, after) == 0;
}

bool graphql_find_root_field(
	const struct graphql_type *types, const char *name, struct graphql_root_field *ret)
{
	if (strcmp(name, "__typename") == 0) {
		*ret = (struct graphql_root_field){ GRAPHQL_TYPENAME, NULL, no_parameters };
		return true;
	}
	for (; types != NULL; types = types->next) {
		for (size_t i = 0; i < COUNT(root_fields); i++) {
			if (root_fields[i].meaning == GRAPHQL_SINGLETON &&
				!types->schema->is_singleton)
				continue;
			if (!is_composed(name, root_fields[i].before, types, root_fields[i].after))
				continue;
			*ret = (struct graphql_root_field){ root_fields[i].meaning, types,
				root_fields[i].parameters };
			return true;
		}
	}
	return false;
}

static const struct graphql_member *find_member(
	const struct graphql_member *members, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	}
	return NULL;
}

const struct graphql_member *graphql_find_item_field(const char *name)
{
	return find_member(item_fields, COUNT(item_fields), name);
}

const struct graphql_member *graphql_find_result_field(const char *name)
{
	return find_member(result_fields, COUNT(result_fields), name);
}

const struct graphql_member *graphql_find_event_field(const char *name)
{
	return find_member(event_fields, COUNT(event_fields), name);
}
