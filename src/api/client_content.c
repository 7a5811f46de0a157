#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "api/client_private.h"
#include "api/facts.h"
#include "api/fields.h"
#include "api/text.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"
#include "net/url.h"

/* The server takes no body over 30 MB, so no item is larger than that, with its links. */
#define CONTENT_MAX ((size_t)32 << 20)

/* Two hundred items of 300 KB each; where they are larger, a smaller page is asked for. */
#define PAGE_MAX ((size_t)64 << 20)

/* Bytes of an id that go into an address: percent-encoded they leave room for the rest of it. */
#define URL_ID_MAX ((CLIENT_URL_MAX - 2048) / 3)

/* The body of a query for one id; longer ones than 255 characters the server does not have. */
#define QUERY_MAX ((size_t)1 << 20)

#define WHAT_SIZE 320

/* How an item is asked for. */
enum route {
	ROUTE_PATH,  /* GET {schema}/{id} */
	ROUTE_IDS,   /* GET {schema}?ids=: splits at commas */
	ROUTE_QUERY, /* POST {schema}/query: takes any id */
};

bool client_has_path(const char *id)
{
	/* "stream" is an endpoint of its own, and costs ten credits. */
	return strlen(id) <= URL_ID_MAX && url_is_segment(id) && strcmp(id, "stream") != 0;
}

static enum route find_route(const char *id)
{
	if (strlen(id) > URL_ID_MAX)
		return ROUTE_QUERY;
	if (client_has_path(id))
		return ROUTE_PATH;
	return strpbrk(id, ", ") ? ROUTE_QUERY : ROUTE_IDS;
}

int client_add_schema_url(struct client *client, const struct schema *schema, struct buf *url)
{
	int ret = buf_addf(url, "%s/api/content/", client->url);

	if (ret == 0)
		ret = url_add_encoded(url, client->app);
	if (ret == 0)
		ret = buf_add_str(url, "/");
	return ret == 0 ? url_add_encoded(url, schema->name) : ret;
}

void client_add_view_headers(const struct client *client, struct http_request *req)
{
	if (!client->is_published) {
		http_request_add_header(req, "X-Unpublished", "1");
		http_request_add_header(req, "X-NoResolveLanguages", "1");
		http_request_add_header(req, "X-NoDefaults", "1");
		http_request_add_header(req, "X-NoCleanup", "1");
	}
	if (client->languages)
		http_request_add_header(req, "X-Languages", client->languages);
	if (client->is_flat)
		http_request_add_header(req, "X-Flatten", "1");
}

/* "&$filter=id gt 'o''b'", encoded. */
static int add_after_filter(struct buf *url, const char *after_id)
{
	int ret = buf_add_str(url, "&$filter=id%20gt%20%27");

	for (const char *p = after_id; ret == 0 && *p;) {
		char part[64];
		size_t len = strcspn(p, "'");

		if (len == 0) {
			ret = buf_add_str(url, "%27%27");
			p++;
			continue;
		}
		if (len >= sizeof(part))
			len = sizeof(part) - 1;
		memcpy(part, p, len);
		part[len] = '\0';
		ret = url_add_encoded(url, part);
		p += len;
	}
	return ret == 0 ? buf_add_str(url, "%27") : ret;
}

static int add_page_url(struct client *client, const struct schema *schema, const char *after_id,
	uint64_t skip, unsigned top, struct buf *url)
{
	int ret = client_add_schema_url(client, schema, url);

	if (ret == 0)
		ret = buf_addf(url, "?$top=%u&$orderby=id", top);
	if (ret == 0 && skip > 0)
		ret = buf_addf(url, "&$skip=%" PRIu64, skip);
	if (ret == 0 && after_id)
		ret = add_after_filter(url, after_id);
	return ret;
}

/*
 * A listing must come to an end: each page brings something new, or is the last. Where items were
 * skipped, they may be gone, and an empty page is an answer.
 */
static int check_progress(const struct content_page *page, const char *after_id, uint64_t skip,
	const char *what, struct error *err)
{
	if (page->n_items == 0 && page->total > 0 && skip == 0)
		return error_set(err, EIO,
			"%s: the server sent an empty page, although there are items left", what);
	for (size_t i = 0; after_id && i < page->n_items; i++) {
		if (strcmp(page->items[i].id, after_id) == 0)
			return error_set(
				err, EIO, "%s: the server sent item '%s' again", what, after_id);
	}
	return 0;
}

int client_get_page(struct client *client, const struct call *call, const struct schema *schema,
	const char *url, const char *kind, struct content_page *ret_page, struct error *err)
{
	struct http_request req = {
		.method = HTTP_GET,
		.url = url,
		.max_body = PAGE_MAX,
		.kind = kind,
		.is_repeatable = true,
	};
	struct http_response res;
	int ret;

	http_response_init(&res);
	client_add_view_headers(client, &req);
	ret = client_ask(client, call, &req, schema->name, &res, err);
	if (ret == 0)
		ret = content_page_parse(buf_str(&res.body), res.body.len, schema, client->view,
			schema->name, ret_page, err);
	if (ret == 0) {
		ret_page->date_s = res.date_s;
		facts_learn(client->facts, schema->name, &res.body, ret_page);
	}
	http_response_release(&res);
	return ret;
}

static int fetch_page(struct client *client, const struct call *call, const struct schema *schema,
	const char *after_id, uint64_t skip, unsigned top, struct content_page *ret_page,
	struct error *err)
{
	struct content_page page;
	struct buf url;
	int ret;

	content_page_init(&page);
	buf_init(&url, CLIENT_URL_MAX);
	ret = add_page_url(client, schema, after_id, skip, top, &url);
	if (ret < 0)
		ret = client_refuse_url(ret, schema->name, err);
	else
		ret = client_get_page(client, call, schema, url.data, "page", &page, err);
	if (ret == 0)
		ret = check_progress(&page, after_id, skip, schema->name, err);
	if (ret == 0) {
		content_page_release(ret_page);
		*ret_page = page;
		content_page_init(&page);
	}
	content_page_release(&page);
	buf_release(&url);
	return ret;
}

int client_fetch_page_at(struct client *client, const struct call *call,
	const struct schema *schema, const char *after_id, uint64_t skip, unsigned top,
	struct content_page *ret_page, struct error *err)
{
	int ret = fetch_page(client, call, schema, after_id, skip, top, ret_page, err);

	while (ret == -EFBIG && top > 1) {
		top = (top + 3) / 4;
		client_forget(err);
		ret = fetch_page(client, call, schema, after_id, skip, top, ret_page, err);
	}
	return ret;
}

static int fetch_by_path(struct client *client, const struct call *call,
	const struct schema *schema, const char *id, const char *etag, const char *what,
	struct content *ret_content, enum client_found *ret_found, struct error *err)
{
	struct http_request req = {
		.method = HTTP_GET,
		.max_body = CONTENT_MAX,
		.kind = "content",
		.is_repeatable = true,
	};
	bool has_etag = etag && *etag;
	struct http_response res;
	struct buf url;
	int ret;

	http_response_init(&res);
	buf_init(&url, CLIENT_URL_MAX);
	ret = client_add_schema_url(client, schema, &url);
	if (ret == 0)
		ret = buf_add_str(&url, "/");
	if (ret == 0)
		ret = url_add_encoded(&url, id);
	if (ret < 0) {
		ret = client_refuse_url(ret, what, err);
		goto out;
	}
	req.url = url.data;
	client_add_view_headers(client, &req);
	if (has_etag)
		http_request_add_header(&req, "If-None-Match", etag);
	ret = client_ask(client, call, &req, what, &res, err);
	if (ret < 0)
		goto out;
	*ret_found = has_etag && res.status == 304 ? CLIENT_UNCHANGED : CLIENT_FOUND;
	if (*ret_found == CLIENT_UNCHANGED)
		goto out;
	ret = content_parse(
		buf_str(&res.body), res.body.len, schema, client->view, what, ret_content, err);
	if (ret == 0)
		snprintf(ret_content->etag, sizeof(ret_content->etag), "%s", res.etag);
out:
	buf_release(&url);
	http_response_release(&res);
	return ret;
}

/* Builds the request that asks for a list of one id. */
static int add_list_request(struct client *client, const struct schema *schema, const char *id,
	enum route route, struct buf *url, struct buf *body)
{
	int ret = client_add_schema_url(client, schema, url);

	if (ret == 0)
		ret = buf_add_str(url, route == ROUTE_IDS ? "?ids=" : "/query");
	if (ret < 0)
		return ret;
	if (route == ROUTE_IDS)
		return url_add_encoded(url, id);
	ret = buf_addf(body, "{\"%s\":[", FIELD_IDS);
	if (ret == 0)
		ret = text_add_string(body, id, strlen(id));
	return ret == 0 ? buf_add_str(body, "]}") : ret;
}

static int take_item(struct content_page *page, const char *id, const char *what,
	struct content *ret_content, struct error *err)
{
	for (size_t i = 0; i < page->n_items; i++) {
		if (strcmp(page->items[i].id, id) != 0)
			continue;
		content_release(ret_content);
		*ret_content = page->items[i];
		content_init(&page->items[i]);
		return 0;
	}
	return error_set(err, ENOENT, "%s: not found", what);
}

static int fetch_by_list(struct client *client, const struct call *call,
	const struct schema *schema, const char *id, enum route route, const char *what,
	struct content *ret_content, struct error *err)
{
	struct http_request req = {
		.method = route == ROUTE_IDS ? HTTP_GET : HTTP_POST,
		.max_body = CONTENT_MAX,
		.kind = "content",
		.is_repeatable = true,
	};
	struct http_response res;
	struct content_page page;
	struct buf url, body;
	int ret;

	http_response_init(&res);
	content_page_init(&page);
	buf_init(&url, CLIENT_URL_MAX);
	buf_init(&body, QUERY_MAX);
	ret = add_list_request(client, schema, id, route, &url, &body);
	if (ret < 0) {
		ret = client_refuse_url(ret, what, err);
		goto out;
	}
	req.url = url.data;
	req.body = body.data;
	req.body_len = body.len;
	req.content_type = body.data ? "application/json" : NULL;
	client_add_view_headers(client, &req);
	ret = client_ask(client, call, &req, what, &res, err);
	if (ret == 0)
		ret = content_page_parse(
			buf_str(&res.body), res.body.len, schema, client->view, what, &page, err);
	if (ret == 0)
		ret = take_item(&page, id, what, ret_content, err);
out:
	content_page_release(&page);
	buf_release(&body);
	buf_release(&url);
	http_response_release(&res);
	return ret;
}

int client_fetch_content(struct client *client, const struct call *call,
	const struct schema *schema, const char *id, const char *etag, struct content *ret_content,
	enum client_found *ret_found, struct error *err)
{
	enum route route = find_route(id);
	enum client_found found = CLIENT_FOUND;
	struct content content;
	char what[WHAT_SIZE];
	int ret;

	snprintf(what, sizeof(what), "%s/%s", schema->name, id);
	content_init(&content);
	if (route == ROUTE_PATH)
		ret = fetch_by_path(client, call, schema, id, etag, what, &content, &found, err);
	else
		ret = fetch_by_list(client, call, schema, id, route, what, &content, err);
	/* "_schemaId_" stands for a singleton's item, and some databases take "ID" for "id". */
	if (ret == 0 && found == CLIENT_FOUND && strcmp(content.id, id) != 0)
		ret = error_set(
			err, ENOENT, "%s: the server knows it as '%s' only", what, content.id);
	if (ret == 0)
		*ret_found = found;
	if (ret == 0 && found == CLIENT_FOUND) {
		content_release(ret_content);
		*ret_content = content;
		content_init(&content);
	}
	content_release(&content);
	return ret;
}
