#include "render.h"

#include "access.h"
#include "alloc.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The path of an item in the API, its id encoded. */
static void add_item_path(struct buf *out, const struct item *item)
{
	buf_printf(out, "/api/content/%s/%s/", item->app->name, item->schema->name);
	buf_url(out, item->name->id);
}

void render_link(struct buf *out, const char *name, const char *method, const char *href)
{
	if (out->bytes[out->length - 1] != '{')
		buf_puts(out, ",");
	buf_printf(out, "\"%s\":{\"href\":\"%s\",\"method\":\"%s\"}", name, href, method);
}

static void item_link(struct buf *out, const struct item *item, const char *name,
	const char *method, const char *below)
{
	struct buf href = { 0 };

	add_item_path(&href, item);
	buf_puts(&href, below);
	render_link(out, name, method, href.bytes);
	buf_release(&href);
}

static const char *const next_statuses[][3] = {
	{ STATUS_DRAFT, STATUS_ARCHIVED, STATUS_PUBLISHED },
	{ STATUS_PUBLISHED, STATUS_ARCHIVED, STATUS_DRAFT },
	{ STATUS_ARCHIVED, STATUS_DRAFT, NULL },
};

static void add_flow_links(struct buf *out, const struct render_source *source)
{
	const char *status = state_editing_status(source->state);

	for (size_t i = 0; i < 3; i++) {
		for (size_t n = 1; next_statuses[i][0] == status && n < 3; n++) {
			char name[32];

			if (next_statuses[i][n] == NULL)
				continue;
			snprintf(name, sizeof(name), "status/%s", next_statuses[i][n]);
			item_link(out, source->item, name, "PUT", "/status");
		}
	}
	if (status == STATUS_ARCHIVED)
		return;
	item_link(out, source->item, "update", "PUT", "");
	item_link(out, source->item, "patch", "PATCH", "");
}

static void add_write_links(
	struct buf *out, const struct view *view, const struct render_source *source)
{
	const struct item *item = source->item;
	bool shows_draft = source->scope == SCOPE_ALL && source->state->new_status != NULL;
	struct buf href = { 0 };

	if (shows_draft)
		item_link(out, item, "draft/delete", "DELETE", "/draft");
	else if (source->state->status == STATUS_PUBLISHED)
		item_link(out, item, "draft/create", "POST", "/draft");
	if (source->scope == SCOPE_ALL && source->state->schedule != NULL)
		item_link(out, item, "cancel", "DELETE", "/status");
	if (source->state->schedule != NULL)
		item_link(out, item, "cancel", "DELETE", "/status");
	if (view->flags & VIEW_FLOW)
		add_flow_links(out, source);
	if (item->schema->is_singleton)
		return;
	item_link(out, item, "delete", "DELETE", "");
	buf_printf(&href, "/api/content/%s/%s?id=", item->app->name, item->schema->name);
	buf_url(&href, item->name->id);
	render_link(out, "clone", "POST", href.bytes);
	buf_release(&href);
}

static void add_links(struct buf *out, const struct call *call, const struct view *view,
	const struct render_source *source)
{
	char previous[32];

	buf_puts(out, ",\"_links\":{");
	if (!source->state->deleted) {
		item_link(out, source->item, "self", "GET", "");
		if (source->version > 0) {
			snprintf(previous, sizeof(previous), "/%d", source->version - 1);
			item_link(out, source->item, "previous", "GET", previous);
		}
		if (role_may(call->role, "contents.update"))
			add_write_links(out, view, source);
	}
	buf_puts(out, "}");
}

static void add_member(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, ",\"%s\":", name);
	buf_json_string(out, value, JSON_RELAXED);
}

static void add_time(struct buf *out, const char *name, long long seconds)
{
	buf_printf(out, ",\"%s\":\"", name);
	buf_time(out, seconds);
	buf_puts(out, "\"");
}

/* Opens the item in the web interface: base64 of a small JSON object. */
static void add_edit_token(struct buf *out, const struct call *call, const struct item *item)
{
	struct buf token = { 0 };

	buf_puts(&token, "{\"a\":");
	buf_json_string(&token, item->app->name, JSON_STRICT);
	buf_puts(&token, ",\"s\":");
	buf_json_string(&token, item->schema->name, JSON_STRICT);
	buf_puts(&token, ",\"i\":");
	buf_json_string(&token, item->name->id, JSON_STRICT);
	buf_printf(&token, ",\"u\":\"%s/\"}", call->server->base_url);
	buf_puts(out, ",\"editToken\":\"");
	buf_base64(out, token.bytes, token.length);
	buf_puts(out, "\"");
	buf_release(&token);
}

static void add_status(struct buf *out, const struct render_source *source)
{
	const struct state *state = source->state;
	bool shows_draft = source->scope == SCOPE_ALL && state->new_status != NULL;

	add_member(out, "status", state->status);
	if (shows_draft)
		add_member(out, "newStatus", state->new_status);
	add_member(out, "statusColor", status_color(state->status));
	if (shows_draft)
		add_member(out, "newStatusColor", status_color(state->new_status));
}

static void add_schedule(struct buf *out, const struct schedule *schedule)
{
	if (schedule == NULL)
		return;
	buf_printf(out, ",\"scheduleJob\":{\"id\":\"%s\"", schedule->id);
	add_member(out, "status", schedule->status);
	add_time(out, "dueTime", schedule->due);
	add_member(out, "color", status_color(schedule->status));
	add_member(out, "scheduledBy", schedule->by);
	buf_puts(out, "}");
}

static struct json_object *shown_data(
	const struct call *call, const struct view *view, const struct render_source *source)
{
	const struct item *item = source->item;
	const char *text = source->scope == SCOPE_ALL ? state_editing_text(source->state)
						      : source->state->data;
	struct json_object *stored = item_parse(item, text);
	struct json_object *shown = convert_data(
		item->schema, stored, view, call->server->base_url, source->order);

	json_object_put(stored);
	return shown;
}

void render_data(struct buf *out, const struct call *call, const struct view *view,
	const struct render_source *source, enum json_style style)
{
	struct json_object *data = shown_data(call, view, source);

	buf_json(out, data, style);
	json_object_put(data);
}

void render_state(struct buf *out, const struct call *call, const struct view *view,
	const struct render_source *source)
{
	const struct item *item = source->item;
	const struct state *state = source->state;

	buf_puts(out, "{\"id\":");
	buf_json_string(out, item->name->id, JSON_RELAXED);
	add_member(out, "createdBy", item->created_by);
	add_member(out, "lastModifiedBy", state->modified_by);
	buf_puts(out, ",\"data\":");
	render_data(out, call, view, source, JSON_RELAXED);
	add_time(out, "created", item->created);
	add_time(out, "lastModified", state->modified);
	add_status(out, source);
	add_edit_token(out, call, item);
	add_schedule(out, state->schedule);
	add_member(out, "schemaId", item->schema->id);
	add_member(out, "schemaName", item->schema->name);
	add_member(out, "schemaDisplayName", item->schema->name);
	buf_printf(out, ",\"isDeleted\":%s,\"version\":%d", state->deleted ? "true" : "false",
		source->version);
	add_links(out, call, view, source);
	buf_puts(out, "}");
}

static void add_or_null(struct buf *out, const char *name, const char *value)
{
	if (value != NULL)
		buf_printf(out, ",\"%s\":\"%s\"", name, value);
	else
		buf_printf(out, ",\"%s\":null", name);
}

void render_stream_item(
	struct buf *out, const struct call *call, const struct view *view, struct item *item)
{
	const struct state *state = &item->now;
	struct render_source source = { .item = item,
		.state = state,
		.version = item->version,
		.scope = view->scope,
		.order = ORDER_STORE };
	const char *new_status = view->scope == SCOPE_ALL ? state->new_status : NULL;
	struct json_object *data = shown_data(call, view, &source);

	buf_printf(out, "{\"canUpdate\":false,\"isSingleton\":false,\"statusColor\":\"%s\"",
		status_color(state->status));
	add_or_null(out, "newStatusColor", new_status ? status_color(new_status) : NULL);
	add_or_null(out, "scheduledStatusColor",
		state->schedule ? status_color(state->schedule->status) : NULL);
	add_or_null(out, "schemaDisplayName", item->schema->name);
	add_edit_token(out, call, item);
	buf_puts(out, ",\"referenceFields\":null,\"nextStatuses\":null,\"referenceData\":null");
	buf_printf(out, ",\"schemaId\":\"%s,%s\"", item->schema->id, item->schema->name);
	add_or_null(out, "newStatus", new_status);
	add_or_null(out, "status", state->status);
	buf_puts(out, ",\"data\":");
	buf_json(out, data, JSON_STRICT);
	if (state->schedule != NULL)
		add_schedule(out, state->schedule);
	else
		buf_puts(out, ",\"scheduleJob\":null");
	buf_printf(out, ",\"appId\":\"%s,%s\",\"isDeleted\":%s,\"id\":", item->app->id,
		item->app->name, state->deleted ? "true" : "false");
	buf_json_string(out, item->name->id, JSON_STRICT);
	add_member(out, "createdBy", item->created_by);
	add_member(out, "lastModifiedBy", state->modified_by);
	add_time(out, "created", item->created);
	add_time(out, "lastModified", state->modified);
	buf_printf(out, ",\"version\":%d}", item->version);
	json_object_put(data);
}

void render_statuses(struct buf *out)
{
	const char *const all[] = { STATUS_ARCHIVED, STATUS_DRAFT, STATUS_PUBLISHED };

	for (size_t i = 0; i < 3; i++)
		buf_printf(out, "%s{\"status\":\"%s\",\"color\":\"%s\"}", i > 0 ? "," : "", all[i],
			status_color(all[i]));
}

void render_sha256(const void *bytes, size_t length, char ret[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	EVP_Digest(bytes, length, digest, &size, EVP_sha256(), NULL);
	for (unsigned i = 0; i < size && i < 32; i++)
		snprintf(ret + (size_t)2 * i, 3, "%02X", digest[i]);
}

void render_etag(const struct view *view, struct item *const *items, size_t count,
	const int *versions, char ret[65])
{
	struct buf text = { 0 };

	ret[0] = '\0';
	if (view->flags & VIEW_NO_CACHE_KEYS || (count == 0 && view->key.length == 0))
		return;
	buf_puts(&text, view->key.bytes);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%d", items[i]->name->id,
			versions != NULL ? versions[i] : items[i]->version);
	if (count > 0)
		buf_printf(&text, "%d%d", items[0]->schema->version, view->app->version);
	render_sha256(text.bytes, text.length, ret);
	buf_release(&text);
}
