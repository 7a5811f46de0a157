#include "subscription.h"

#include "alloc.h"
#include "arena.h"
#include "graphql_check.h"
#include "graphql_parse.h"

#include <stdlib.h>
#include <string.h>

struct subscription {
	struct arena arena;
	const char *id;
	const char *schema; /* NULL for all */
	const struct graphql_field *root;
};

/* The arguments are copied, for those of variables point into the payload. */
static int prepare(
	struct subscription *made, struct json_object *payload, struct graphql_errors *errors)
{
	const struct graphql_error wrong_type = { .code = "INVALID_OPERATION" };
	struct json_object *variables = NULL;
	struct graphql_operation *operation = graphql_parse(&made->arena, errors);
	const char *schema;

	if (operation == NULL)
		return -1;
	if (operation->next != NULL || strcmp(operation->type, "subscription") != 0) {
		graphql_error_add(
			errors, &wrong_type, "Over a WebSocket the emulator has one subscription.");
		return -1;
	}
	json_object_object_get_ex(payload, "variables", &variables);
	graphql_check_subscription(operation, variables, errors);
	if (errors->count > 0)
		return -1;
	made->root = operation->fields;
	schema = graphql_argument(made->root, "schemaName");
	made->schema = schema != NULL ? arena_strdup(&made->arena, schema) : NULL;
	return 0;
}

struct subscription *subscription_new(
	const char *id, struct json_object *payload, struct buf *ret_errors)
{
	struct subscription *made = must_calloc(1, sizeof(*made));
	struct json_object *query = NULL;
	struct graphql_errors errors = { .source = "" };

	made->id = arena_strdup(&made->arena, id);
	json_object_object_get_ex(payload, "query", &query);
	if (json_object_is_type(query, json_type_string))
		errors.source = arena_strdup(&made->arena, json_object_get_string(query));
	if (prepare(made, payload, &errors)) {
		buf_printf(ret_errors, "[%s]", errors.list.bytes);
		subscription_free(made);
		made = NULL;
	}
	graphql_errors_release(&errors);
	return made;
}

void subscription_free(struct subscription *subscription)
{
	if (subscription == NULL)
		return;
	arena_release(&subscription->arena);
	free(subscription);
}

const char *subscription_id(const struct subscription *subscription)
{
	return subscription->id;
}

bool subscription_wants(const struct subscription *subscription, const struct item *item)
{
	return subscription->schema == NULL ||
	       strcmp(subscription->schema, item->schema->name) == 0;
}

/* The status is written as the workflow has it, not in upper case. */
static void add_value(struct buf *out, const struct graphql_field *field, const char *type,
	const struct item *item)
{
	switch (field->meaning) {
	case GRAPHQL_TYPENAME:
		buf_json_or_null(out, "EnrichedContentEvent");
		break;
	case GRAPHQL_ID:
		buf_json_or_null(out, item->name->id);
		break;
	case GRAPHQL_VERSION:
		buf_printf(out, "%d", item->version);
		break;
	case GRAPHQL_CREATED:
		buf_json_time(out, item->created);
		break;
	case GRAPHQL_CREATED_BY:
		buf_json_or_null(out, item->created_by);
		break;
	case GRAPHQL_MODIFIED:
		buf_json_time(out, item->now.modified);
		break;
	case GRAPHQL_MODIFIED_BY:
		buf_json_or_null(out, item->now.modified_by);
		break;
	case GRAPHQL_STATUS:
		buf_json_or_null(out, item->now.status);
		break;
	case GRAPHQL_NEW_STATUS:
		buf_json_or_null(out, item->now.new_status);
		break;
	default:
		buf_json_or_null(out, type);
	}
}

void subscription_tell(struct buf *out, const struct subscription *subscription, const char *type,
	const struct item *item)
{
	const struct graphql_field *root = subscription->root;

	buf_puts(out, "{\"type\":\"next\",\"id\":");
	buf_json_or_null(out, subscription->id);
	buf_puts(out, ",\"payload\":{\"data\":{");
	buf_json_or_null(out, root->key);
	buf_puts(out, ":{");
	for (const struct graphql_field *field = root->fields; field != NULL; field = field->next) {
		buf_json_or_null(out, field->key);
		buf_puts(out, ":");
		add_value(out, field, type, item);
		buf_puts(out, field->next != NULL ? "," : "}}}}");
	}
}
