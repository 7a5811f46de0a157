#include "support/cms.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/moment.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/cms_private.h"

#define CONTENT_PREFIX CMS_URL "/api/content/" CMS_APP_NAME "/"
#define APP_PREFIX CMS_URL "/api/apps/" CMS_APP_NAME
#define ORDER_BY_ID "$orderby=id"
#define BEGIN_S 1795549200 /* 2026-11-24T19:40:00Z */
#define STATUSES "\"statuses\":[{\"status\":\"Draft\"},{\"status\":\"Published\"}]"
#define AFTER "&$filter=id%20gt%20%27"

void cms_must(int ret)
{
	if (ret < 0)
		abort();
}

static int compare_items(const void *a, const void *b)
{
	const struct cms_item *left = a, *right = b;
	int order = strcmp(left->schema, right->schema);

	return order ? order : strcmp(left->id, right->id);
}

static void render(const struct cms_item *item, struct buf *body)
{
	char created[MOMENT_TEXT_SIZE], modified[MOMENT_TEXT_SIZE];

	moment_format(item->created_s, created);
	moment_format(item->modified_s, modified);
	cms_must(buf_addf(body,
		"{\"id\":\"%s\",\"schemaName\":\"%s\",\"status\":\"Draft\",\"version\":%d,"
		"\"created\":\"%s\",\"createdBy\":\"client:shop:default\","
		"\"lastModified\":\"%s\",\"lastModifiedBy\":\"client:x\","
		"\"isDeleted\":false,\"data\":{\"n\":{\"iv\":%d}},"
		"\"_links\":{\"self\":{\"method\":\"GET\",\"href\":\"/\"}}}",
		item->id, item->schema, item->version, created, modified, item->version));
}

static size_t read_parameter(const char *path, const char *name, size_t fallback)
{
	const char *found = strstr(path, name);

	return found ? strtoul(found + strlen(name), NULL, 10) : fallback;
}

static void answer_page_locked(struct cms *cms, const char *path, struct http_response *res)
{
	const char *after = strstr(path, AFTER);
	struct cms_item from = { .version = 0 };
	size_t skip = read_parameter(path, "$skip=", 0);
	size_t total = 0, n = 0;
	struct buf items;

	buf_init(&items, (size_t)1 << 20);
	snprintf(from.schema, sizeof(from.schema), "%.*s", (int)strcspn(path, "?"), path);
	if (after)
		snprintf(from.id, sizeof(from.id), "%.*s", (int)strcspn(after + strlen(AFTER), "%"),
			after + strlen(AFTER));
	for (size_t i = 0; i < cms->n_items; i++) {
		const struct cms_item *item = &cms->items[i];

		if (strcmp(item->schema, from.schema) != 0 || strcmp(item->id, from.id) <= 0)
			continue;
		total++;
		if (total <= skip || n == PAGE_ITEMS)
			continue;
		if (n++ > 0)
			cms_must(buf_add_str(&items, ","));
		render(item, &items);
	}
	cms_must(buf_addf(
		&res->body, "{\"total\":%zu,\"items\":[%s]," STATUSES "}", total, buf_str(&items)));
	buf_release(&items);
	res->status = 200;
}

int cms_compare_newest(const void *a, const void *b)
{
	const struct cms_item *left = *(const struct cms_item *const *)a;
	const struct cms_item *right = *(const struct cms_item *const *)b;

	if (left->modified_s != right->modified_s)
		return left->modified_s < right->modified_s ? 1 : -1;
	return strcmp(left->id, right->id);
}

static void answer_newest_locked(struct cms *cms, const char *path, struct http_response *res)
{
	const struct cms_item **newest = calloc(ITEMS_MAX, sizeof(*newest));
	size_t skip = read_parameter(path, "$skip=", 0);
	size_t end = skip + read_parameter(path, "$top=", PAGE_ITEMS);
	size_t total = 0;
	struct buf items;

	if (!newest)
		abort();
	buf_init(&items, (size_t)1 << 20);
	for (size_t i = 0; i < cms->n_items; i++) {
		if (strlen(cms->items[i].schema) == strcspn(path, "?") &&
			strncmp(cms->items[i].schema, path, strcspn(path, "?")) == 0)
			newest[total++] = &cms->items[i];
	}
	qsort(newest, total, sizeof(newest[0]), cms_compare_newest);
	for (size_t i = skip; i < end && i < total; i++) {
		if (i > skip)
			cms_must(buf_add_str(&items, ","));
		render(newest[i], &items);
	}
	cms_must(buf_addf(&res->body, "{\"total\":%" PRId64 ",\"items\":[%s]," STATUSES "}",
		(int64_t)total + cms->extra_total, buf_str(&items)));
	buf_release(&items);
	free(newest);
	res->status = 200;
}

static bool has_header(const struct http_request *req, const char *name, const char *value)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcmp(req->headers[i].name, name) == 0)
			return strcmp(req->headers[i].value, value) == 0;
	}
	return false;
}

struct cms_item *cms_find_locked(struct cms *cms, const char *path)
{
	struct cms_item key = { .version = 0 };
	size_t len = strcspn(path, "/");

	snprintf(key.schema, sizeof(key.schema), "%.*s", (int)len, path);
	snprintf(key.id, sizeof(key.id), "%s", path[len] ? path + len + 1 : "");
	return bsearch(&key, cms->items, cms->n_items, sizeof(cms->items[0]), compare_items);
}

/* The ids of the body that are there, in the body's order. */
static void answer_known_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res)
{
	const char *p = (const char *)req->body + strlen("{\"ids\":[");
	size_t total = 0, n = 0;
	struct buf items;

	buf_init(&items, (size_t)8 << 20);
	while (*p == '"' || *p == ',') {
		const struct cms_item *item;
		char own[40];

		p += strspn(p, ",\"");
		snprintf(own, sizeof(own), "%.*s/%.*s", (int)strcspn(path, "/"), path,
			(int)strcspn(p, "\""), p);
		p += strcspn(p, "\"") + 1;
		item = cms_find_locked(cms, own);
		total += item != NULL;
		if (!item || (cms->known_max > 0 && n == cms->known_max))
			continue;
		if (n++ > 0)
			cms_must(buf_add_str(&items, ","));
		render(item, &items);
	}
	cms_must(buf_addf(&res->body, "{\"total\":%zu,\"items\":[%s]}", total, buf_str(&items)));
	buf_release(&items);
	res->status = 200;
}

static void answer_item_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res)
{
	const struct cms_item *item = cms_find_locked(cms, path);

	res->status = 404;
	if (!item)
		return;
	snprintf(res->etag, sizeof(res->etag), "W/\"%d\"", item->version);
	res->status = 304;
	if (has_header(req, "If-None-Match", res->etag)) {
		cms->n_unchanged++;
		return;
	}
	res->status = 200;
	render(item, &res->body);
}

/* 0: answer it. */
static int count_locked(struct cms *cms, enum cms_kind kind)
{
	size_t i = cms->counts[kind]++;

	if ((cms->fail_kind == kind || cms->fail_kind == CMS_KINDS) && i >= cms->fail_first &&
		i < cms->fail_end)
		return cms->failure;
	return 0;
}

static enum cms_kind kind_of(const struct http_request *req)
{
	if (strncmp(req->url, CONTENT_PREFIX, strlen(CONTENT_PREFIX)) != 0)
		return CMS_APP;
	if (req->method == HTTP_DELETE)
		return CMS_DELETE;
	if (req->method == HTTP_POST) {
		if (strstr(req->url, "/bulk"))
			return CMS_BULK;
		if (strstr(req->url, "/graphql"))
			return CMS_GRAPHQL;
		return has_header(req, "X-Fields", "none") ? CMS_KNOWN : CMS_ITEMS;
	}
	if (!strchr(req->url, '?'))
		return CMS_ITEM;
	return strstr(req->url, ORDER_BY_ID) ? CMS_PAGE : CMS_NEWEST;
}

static int cms_perform(struct transport *t, const struct call *call, const struct http_request *req,
	struct http_response *res, struct error *err)
{
	struct cms *cms = (struct cms *)t;
	enum cms_kind kind = kind_of(req);
	const char *path = req->url + strlen(kind == CMS_APP ? APP_PREFIX : CONTENT_PREFIX);
	int failure;

	(void)call;
	if (cms->on_request)
		cms->on_request(cms->payload, kind);
	http_response_release(res);
	buf_init(&res->body, req->max_body);
	pthread_mutex_lock(&cms->lock);
	failure = count_locked(cms, kind);
	if (failure > 0) {
		res->status = failure;
	} else if (kind == CMS_PAGE) {
		answer_page_locked(cms, path, res);
	} else if (kind == CMS_NEWEST) {
		answer_newest_locked(cms, path, res);
	} else if (kind == CMS_KNOWN || kind == CMS_ITEMS) {
		answer_known_locked(cms, path, req, res);
	} else if (kind == CMS_DELETE) {
		cms_answer_delete_locked(cms, path, req, res);
	} else if (kind == CMS_BULK) {
		cms_answer_bulk_locked(cms, path, req, res);
	} else if (kind == CMS_GRAPHQL) {
		cms_answer_graphql_locked(cms, req, res);
	} else if (kind == CMS_ITEM) {
		answer_item_locked(cms, path, req, res);
	} else {
		cms_must(buf_add_str(&res->body, "{\"name\":\"" CMS_APP_NAME "\",\"_links\":{}}"));
		res->status = 200;
	}
	res->date_s = cms->has_no_date ? 0 : cms->now_s;
	pthread_mutex_unlock(&cms->lock);
	if (failure >= 0)
		return 0;
	http_response_release(res);
	return error_set(err, -failure, "no answer");
}

struct cms *cms_new(void)
{
	static const struct transport_ops ops = { .name = "cms", .perform = cms_perform };
	struct cms *cms = calloc(1, sizeof(*cms));

	if (!cms)
		abort();
	cms->base.ops = &ops;
	cms->now_s = BEGIN_S;
	pthread_mutex_init(&cms->lock, NULL);
	return cms;
}

void cms_free(struct cms *cms)
{
	pthread_mutex_destroy(&cms->lock);
	free(cms);
}

struct transport *cms_transport(struct cms *cms)
{
	return &cms->base;
}

void cms_add(struct cms *cms, const char *schema, char letter, int n_items)
{
	pthread_mutex_lock(&cms->lock);
	for (int i = 0; i < n_items; i++) {
		struct cms_item *item = &cms->items[cms->n_items++];

		if (cms->n_items > ITEMS_MAX)
			abort();
		snprintf(item->schema, sizeof(item->schema), "%s", schema);
		snprintf(item->id, sizeof(item->id), "%c%06d", letter, i);
		item->version = 1;
		item->created_s = cms->now_s;
		item->modified_s = cms->now_s;
	}
	qsort(cms->items, cms->n_items, sizeof(cms->items[0]), compare_items);
	pthread_mutex_unlock(&cms->lock);
}

void cms_remove(struct cms *cms, const char *schema, char letter, int first, int n_items)
{
	struct cms_item *begin, *last, *end;
	char path[40];

	pthread_mutex_lock(&cms->lock);
	end = &cms->items[cms->n_items];
	snprintf(path, sizeof(path), "%s/%c%06d", schema, letter, first);
	begin = cms_find_locked(cms, path);
	snprintf(path, sizeof(path), "%s/%c%06d", schema, letter, first + n_items - 1);
	last = cms_find_locked(cms, path);
	if (!begin || last != begin + n_items - 1)
		abort();
	memmove(begin, last + 1, (size_t)(end - (last + 1)) * sizeof(*begin));
	cms->n_items -= (size_t)n_items;
	pthread_mutex_unlock(&cms->lock);
}

void cms_change(struct cms *cms, const char *schema, const char *id)
{
	struct cms_item *item;
	char path[40];

	snprintf(path, sizeof(path), "%s/%s", schema, id);
	pthread_mutex_lock(&cms->lock);
	item = cms_find_locked(cms, path);
	if (!item)
		abort();
	item->version++;
	item->modified_s = cms->now_s;
	pthread_mutex_unlock(&cms->lock);
}

void cms_advance(struct cms *cms, int64_t s)
{
	pthread_mutex_lock(&cms->lock);
	cms->now_s += s;
	pthread_mutex_unlock(&cms->lock);
}

void cms_send_no_date(struct cms *cms)
{
	cms->has_no_date = true;
}

void cms_count_wrongly(struct cms *cms, int64_t n_extra)
{
	cms->extra_total = n_extra;
}

void cms_cut_known(struct cms *cms, size_t n_items)
{
	cms->known_max = n_items;
}

size_t cms_count(struct cms *cms, enum cms_kind kind)
{
	size_t n;

	pthread_mutex_lock(&cms->lock);
	n = cms->counts[kind];
	pthread_mutex_unlock(&cms->lock);
	return n;
}

size_t cms_count_all(struct cms *cms)
{
	size_t n = 0;

	for (int kind = 0; kind < CMS_KINDS; kind++)
		n += cms_count(cms, (enum cms_kind)kind);
	return n;
}

size_t cms_count_unchanged(struct cms *cms)
{
	size_t n;

	pthread_mutex_lock(&cms->lock);
	n = cms->n_unchanged;
	pthread_mutex_unlock(&cms->lock);
	return n;
}

void cms_fail(struct cms *cms, enum cms_kind kind, size_t first, size_t n, int ret_or_status)
{
	pthread_mutex_lock(&cms->lock);
	cms->fail_kind = kind;
	cms->fail_first = first;
	cms->fail_end = first + n;
	cms->failure = ret_or_status;
	pthread_mutex_unlock(&cms->lock);
}

void cms_on_request(
	struct cms *cms, void (*on_request)(void *payload, enum cms_kind kind), void *payload)
{
	cms->on_request = on_request;
	cms->payload = payload;
}
