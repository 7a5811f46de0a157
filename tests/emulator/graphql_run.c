#include "graphql_run.h"

#include "access.h"
#include "alloc.h"
#include "graphql_check.h"
#include "render.h"
#include "select.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct run {
	struct buf *out;
	const struct call *call;
	const struct view *view;
	struct graphql_shown *shown;
	struct graphql_errors *errors;
};

static void add_shown(struct graphql_shown *shown, const struct render_source *source)
{
	if (shown->count == shown->capacity) {
		shown->capacity = shown->capacity ? shown->capacity * 2 : 256;
		shown->items = must_resize(shown->items, shown->capacity, sizeof(*shown->items));
		shown->versions = must_resize(
			shown->versions, shown->capacity, sizeof(*shown->versions));
	}
	shown->items[shown->count] = source->item;
	shown->versions[shown->count++] = source->version;
}

void graphql_shown_release(struct graphql_shown *shown)
{
	free(shown->items);
	free(shown->versions);
	*shown = (struct graphql_shown){ 0 };
}

static void add_key(struct buf *out, const struct graphql_field *field, bool is_first)
{
	buf_add(out, ",\"", is_first ? 0 : 1);
	buf_puts(out, "\"");
	buf_puts(out, field->key);
	buf_puts(out, "\":");
}

/* A status is a name in upper case here: DRAFT. */
static void add_status(struct buf *out, const char *status)
{
	size_t start = out->length;

	buf_json_or_null(out, status);
	for (size_t i = start; status != NULL && i < out->length; i++)
		out->bytes[i] = (char)toupper((unsigned char)out->bytes[i]);
}

static void add_data(const struct run *run, const struct render_source *source)
{
	if (source->state == &source->item->now)
		render_current_data(run->out, run->call, run->view, source->item);
	else
		render_data(run->out, run->call, run->view, source, JSON_STRICT);
}

static void add_item_field(const struct run *run, const struct render_source *source,
	const struct graphql_type *type, const struct graphql_field *field)
{
	const struct item *item = source->item;
	const struct state *state = source->state;
	const char *new_status = source->scope == SCOPE_ALL ? state->new_status : NULL;

	switch (field->meaning) {
	case GRAPHQL_TYPENAME:
		buf_json_or_null(run->out, type->name);
		break;
	case GRAPHQL_ID:
		buf_json_or_null(run->out, item->name->id);
		break;
	case GRAPHQL_VERSION:
		buf_printf(run->out, "%d", source->version);
		break;
	case GRAPHQL_CREATED:
		buf_json_time(run->out, item->created);
		break;
	case GRAPHQL_CREATED_BY:
		buf_json_or_null(run->out, item->created_by);
		break;
	case GRAPHQL_MODIFIED:
		buf_json_time(run->out, state->modified);
		break;
	case GRAPHQL_MODIFIED_BY:
		buf_json_or_null(run->out, state->modified_by);
		break;
	case GRAPHQL_STATUS:
		add_status(run->out, state->status);
		break;
	case GRAPHQL_STATUS_COLOR:
		buf_json_or_null(run->out, status_color(state->status));
		break;
	case GRAPHQL_NEW_STATUS:
		add_status(run->out, new_status);
		break;
	case GRAPHQL_NEW_STATUS_COLOR:
		buf_json_or_null(run->out, new_status != NULL ? status_color(new_status) : NULL);
		break;
	default:
		add_data(run, source);
	}
}

static void add_item(const struct run *run, const struct render_source *source,
	const struct graphql_type *type, const struct graphql_field *fields)
{
	buf_puts(run->out, "{");
	for (const struct graphql_field *field = fields; field != NULL; field = field->next) {
		add_key(run->out, field, field == fields);
		add_item_field(run, source, type, field);
	}
	buf_puts(run->out, "}");
	add_shown(run->shown, source);
}

static void add_current(const struct run *run, struct item *item, const struct graphql_type *type,
	const struct graphql_field *fields)
{
	const struct render_source source = { .item = item,
		.state = &item->now,
		.version = item->version,
		.scope = run->view->scope,
		.order = ORDER_STORE };

	add_item(run, &source, type, fields);
}

static void add_items(const struct run *run, const struct selection *selection,
	const struct graphql_type *type, const struct graphql_field *fields)
{
	buf_puts(run->out, "[");
	for (size_t i = 0; i < selection->count; i++) {
		if (i > 0)
			buf_puts(run->out, ",");
		add_current(run, selection->items[i], type, fields);
	}
	buf_puts(run->out, "]");
}

static void add_result(
	const struct run *run, const struct selection *selection, const struct graphql_field *field)
{
	buf_puts(run->out, "{");
	for (const struct graphql_field *member = field->fields; member != NULL;
		member = member->next) {
		add_key(run->out, member, member == field->fields);
		if (member->meaning == GRAPHQL_TOTAL)
			buf_printf(run->out, "%ld", selection->total);
		else if (member->meaning == GRAPHQL_ITEMS)
			add_items(run, selection, field->type, member->fields);
		else
			buf_printf(run->out, "\"%sResultDto\"", field->type->name);
	}
	buf_puts(run->out, "}");
}

/* The field is null, and the others go on. */
static void refuse_query(const struct run *run, const struct graphql_field *field, int status,
	const char *message, struct json_object *details)
{
	struct graphql_error error = { .at = field->at, .path = field->key };

	buf_puts(run->out, "null");
	if (status != 400) {
		error.code = "POSTGRES";
		graphql_error_add(
			run->errors, &error, "Error trying to resolve field '%s'.", field->key);
		return;
	}
	error.code = "VALIDATION";
	error.detail = "O_DATA";
	if (details != NULL)
		message = json_object_get_string(json_object_array_get_idx(details, 0));
	graphql_error_add(run->errors, &error, "%s", message);
}

static void run_query(const struct run *run, const struct graphql_field *field)
{
	const struct query_input in = { .top = graphql_argument(field, "top"),
		.skip = graphql_argument(field, "skip"),
		.filter = graphql_argument(field, "filter"),
		.orderby = graphql_argument(field, "orderby"),
		.search = graphql_argument(field, "search"),
		.query_string = "" };
	const struct select_source source = { .app = run->call->app,
		.schema = field->type->schema };
	struct json_object *details = NULL;
	struct query *query = NULL;
	struct selection selection;
	char *message = NULL;
	int status = query_parse(field->type->schema->json, run->call->app->languages, &in, &query,
		&message, &details);

	if (status != 0) {
		refuse_query(run, field, status, message, details);
		free(message);
		json_object_put(details);
		return;
	}
	select_items(&selection, &source, query, run->view);
	/* Without a hit in the text index the server never gets to the items. */
	if (!query_has_full_text(query) || selection.total != 0)
		run->shown->looked = true;
	if (field->meaning == GRAPHQL_LIST)
		add_items(run, &selection, field->type, field->fields);
	else
		add_result(run, &selection, field);
	select_release(&selection);
	query_free(query);
}

/* False if the item has no such version. */
static bool add_version(
	const struct run *run, struct item *item, long version, const struct graphql_field *field)
{
	struct state state;
	const struct render_source source = { .item = item,
		.state = &state,
		.version = (int)version,
		.scope = SCOPE_ALL,
		.order = ORDER_AS_WRITTEN };

	if (version > item->version || !item_state(item, (int)version, &state))
		return false;
	add_item(run, &source, field->type, field->fields);
	return true;
}

/* A version below 0 is the current one.  False if there is nothing to be seen. */
static bool add_found(const struct run *run, const struct graphql_field *field, const char *id)
{
	const char *version = graphql_argument(field, "version");
	struct item *item = app_item(run->call->app, id);

	if (item == NULL || item->schema != field->type->schema)
		return false;
	if (version != NULL && *version != '-')
		return add_version(run, item, strtol(version, NULL, 10), field);
	if (!item_visible(item, run->view->scope))
		return false;
	add_current(run, item, field->type, field->fields);
	return true;
}

static void run_find(const struct run *run, const struct graphql_field *field, const char *id)
{
	run->shown->looked = true;
	if (!add_found(run, field, id))
		buf_puts(run->out, "null");
}

static void run_field(const struct run *run, const struct graphql_field *field)
{
	const struct graphql_error forbidden = {
		.at = field->at, .path = field->key, .code = "DOMAIN_FORBIDDEN"
	};

	if (field->meaning == GRAPHQL_TYPENAME) {
		buf_json_or_null(run->out, "ApplicationQueries");
	} else if (!role_may(run->call->role, "contents.read")) {
		graphql_error_add(
			run->errors, &forbidden, "You do not have the necessary permission.");
		buf_puts(run->out, "null");
	} else if (field->meaning == GRAPHQL_FIND) {
		run_find(run, field, graphql_argument(field, "id"));
	} else if (field->meaning == GRAPHQL_SINGLETON) {
		run_find(run, field, field->type->schema->id);
	} else {
		run_query(run, field);
	}
}

void graphql_run(struct buf *out, const struct call *call, const struct view *view,
	const struct graphql_operation *operation, struct graphql_shown *shown,
	struct graphql_errors *errors)
{
	const struct run run = { out, call, view, shown, errors };

	buf_puts(out, "{");
	for (const struct graphql_field *field = operation->fields; field != NULL;
		field = field->next) {
		add_key(out, field, field == operation->fields);
		run_field(&run, field);
	}
	buf_puts(out, "}");
}
