#include "support/pretended_server.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define ID_MAX 2048

static int hex(char c)
{
	return c <= '9' ? c - '0' : (c | ' ') - 'a' + 10;
}

/* Decodes up to the end of the parameter. */
static void decode(const char *text, char id[ID_MAX])
{
	size_t n = 0;

	for (; *text && *text != '&' && n < ID_MAX - 1; text++) {
		if (*text == '%') {
			id[n++] = (char)(hex(text[1]) * 16 + hex(text[2]));
			text += 2;
		} else {
			id[n++] = *text;
		}
	}
	id[n] = '\0';
}

static void add_item(const struct pretended_server *server, const char *id, struct buf *body)
{
	bool is_locked = server->locked && strcmp(server->locked, id) == 0;

	buf_addf(body, "{\"id\":\"%s\",\"schemaName\":\"recipes\",\"status\":\"Published\",", id);
	buf_addf(body, "\"version\":%d,\"created\":\"2026-01-01T00:00:00Z\",", server->version);
	buf_add_str(body, "\"createdBy\":\"client:shop:default\",\"lastModifiedBy\":\"\",");
	buf_addf(body, "\"lastModified\":\"2026-01-02T00:00:%02dZ\",", server->version);
	buf_addf(body, "\"data\":{\"title\":{\"iv\":\"%0*d\"}},\"_links\":{", server->version + 1,
		0);
	buf_addf(body, "\"self\":{\"href\":\"/\",\"method\":\"GET\"}%s}}",
		is_locked ? "" : ",\"update\":{\"href\":\"/\",\"method\":\"PUT\"}");
}

static bool has_id(const struct pretended_server *server, const char *id)
{
	for (size_t i = 0; i < server->n_ids; i++) {
		if (strcmp(server->ids[i], id) == 0)
			return true;
	}
	return false;
}

static void add_page(const struct pretended_server *server, const char *url, struct buf *body)
{
	const char *filter = strstr(url, "$filter=id%20gt%20%27");
	const char *top = strstr(url, "$top=");
	size_t left = top ? strtoul(top + 5, NULL, 10) : 200;
	size_t first = 0;
	char after[ID_MAX];

	if (filter) {
		decode(filter + strlen("$filter=id%20gt%20%27"), after);
		after[strlen(after) - 1] = '\0'; /* the closing quote */
		while (first < server->n_ids && strcmp(server->ids[first], after) <= 0)
			first++;
	}
	buf_addf(body, "{\"total\":%zu,\"items\":[", server->n_ids - first);
	for (size_t i = first; i < server->n_ids && left > 0; i++, left--) {
		if (i > first)
			buf_add_str(body, ",");
		add_item(server, server->ids[i], body);
	}
	buf_add_str(body, "]}");
}

/* One item by ids=, the one way for an id that no path can hold. */
static void add_by_ids(const struct pretended_server *server, const char *ids, struct buf *body)
{
	char id[ID_MAX];
	bool is_there;

	decode(ids, id);
	is_there = has_id(server, id);
	buf_addf(body, "{\"total\":%d,\"items\":[", is_there ? 1 : 0);
	if (is_there)
		add_item(server, id, body);
	buf_add_str(body, "]}");
}

static int answer(struct pretended_server *server, const char *url, struct buf *body)
{
	const char *recipes = strstr(url, "/api/content/shop/recipes");
	char id[ID_MAX];

	if (!recipes) {
		buf_add_str(body, "{\"total\":0,\"items\":[]}");
		return 200;
	}
	recipes += strlen("/api/content/shop/recipes");
	if (strncmp(recipes, "?ids=", 5) == 0) {
		add_by_ids(server, recipes + 5, body);
		return 200;
	}
	if (*recipes != '/') {
		add_page(server, url, body);
		return 200;
	}
	decode(recipes + 1, id);
	if (!has_id(server, id)) {
		buf_add_str(body, "{\"message\":\"\",\"statusCode\":404}");
		return 404;
	}
	add_item(server, id, body);
	return 200;
}

static int server_perform(struct transport *t, const struct call *call,
	const struct http_request *req, struct http_response *res, struct error *err)
{
	struct pretended_server *server = (struct pretended_server *)t;

	(void)call;
	(void)err;
	server->n_requests++;
	buf_init(&res->body, req->max_body);
	snprintf(res->content_type, sizeof(res->content_type), "application/json");
	if (server->fail_after && server->n_requests > server->fail_after)
		res->status = 500;
	else if (server->status != 200)
		res->status = server->status;
	else
		res->status = answer(server, req->url, &res->body);
	if (!res->body.len)
		buf_addf(&res->body, "{\"message\":\"as told\",\"statusCode\":%d}", res->status);
	return 0;
}

static const struct transport_ops server_ops = {
	.name = "pretended_server",
	.perform = server_perform,
};

void pretended_server_init(struct pretended_server *server, const char *const *ids, size_t n_ids)
{
	*server = (struct pretended_server){
		.transport = { .ops = &server_ops },
		.ids = ids,
		.n_ids = n_ids,
		.version = 1,
		.status = 200,
	};
}
