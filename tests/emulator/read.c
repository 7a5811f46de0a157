#include "change.h"
#include "handlers.h"
#include "render.h"
#include "route.h"

#include <stdlib.h>
#include <string.h>

/* What one item answers with: its whole or its data only. */
enum shape { SHAPE_ITEM, SHAPE_DATA };

static void finish(struct call *call, const struct view *view, struct item *item, int version)
{
	char tag[65];

	render_etag(view, &item, 1, &version, tag);
	if (*tag != '\0')
		response_etag(call->response, tag);
	call->response->vary_content = true;
	answer_body(call, 200);
}

/* A version is shown as it was, whether it was published or is deleted now. */
static void answer_version(struct call *call, struct item *item, const char *text, enum shape shape)
{
	char *rest;
	long version = strtol(text, &rest, 10);
	struct state state;
	struct render_source source = { .item = item,
		.state = &state,
		.version = (int)version,
		.scope = SCOPE_ALL,
		.order = ORDER_AS_WRITTEN };
	struct view view;

	if (item == NULL || *text == '\0' || *rest != '\0' || version < 0 ||
		version > item->version || !item_state(item, (int)version, &state)) {
		answer_error(call, 404, "");
		return;
	}
	view_init(&view, call->request, call->app);
	if (shape == SHAPE_DATA)
		render_data(&call->response->body, call, &view, &source, JSON_RELAXED);
	else
		render_state(&call->response->body, call, &view, &source);
	finish(call, &view, item, (int)version);
	view_release(&view);
}

static struct item *find_item(struct call *call)
{
	struct item *item = app_item(call->app, answer_item_id(call));

	return item != NULL && item->schema == call->schema ? item : NULL;
}

void handle_get(struct call *call)
{
	const char *version = request_query(call->request, "version");
	struct item *item = find_item(call);
	struct view view;

	if (version != NULL) {
		answer_version(call, item, version, SHAPE_ITEM);
		return;
	}
	view_init(&view, call->request, call->app);
	/* An editor gets deleted items too; isDeleted says so. */
	if (item == NULL || (view.scope == SCOPE_PUBLISHED && !item_visible(item, view.scope))) {
		answer_error(call, 404, "");
	} else {
		render_item(&call->response->body, call, &view, item);
		finish(call, &view, item, item->version);
	}
	view_release(&view);
}

void handle_get_version(struct call *call)
{
	answer_version(call, find_item(call), route_param(call, "version"), SHAPE_DATA);
}

void handle_validity(struct call *call)
{
	struct change change = {
		.schema = call->schema, .id = answer_item_id(call), .expected = ANY_VERSION
	};
	struct change_result result;
	struct failure failure = { 0 };

	if (change_validate(&change, &result, &failure) == 0) {
		call->response->status = 204;
		return;
	}
	if (failure.status == 404) {
		failure_release(&failure);
		answer_problem(call);
		return;
	}
	answer_failure(call, &failure);
}

/*
 * All items, without order, each as "data: {...}".  The SQL store shows the
 * deleted ones to an editor.
 */
void handle_stream(struct call *call)
{
	const struct item_index *index = &call->schema->by_id;
	struct buf *out = &call->response->body;
	struct view view;

	view_init(&view, call->request, call->app);
	for (size_t i = 0; i < index->count; i++) {
		struct item *item = index->items[i];

		if (view.scope == SCOPE_PUBLISHED && !item_visible(item, view.scope))
			continue;
		buf_puts(out, "data: ");
		render_stream_item(out, call, &view, item);
		buf_puts(out, "\n\n");
	}
	view_release(&view);
	call->response->status = 200;
}
