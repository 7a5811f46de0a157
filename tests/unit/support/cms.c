#include "support/cms.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"

#define ITEMS_MAX 4000
#define PAGE_ITEMS 200
#define CONTENT_PREFIX CMS_URL "/api/content/" CMS_APP_NAME "/"
#define APP_PREFIX CMS_URL "/api/apps/" CMS_APP_NAME
#define AFTER "&$filter=id%20gt%20%27"

struct cms_item {
	char schema[16];
	char id[16];
	int version;
};

struct cms {
	struct transport base;
	pthread_mutex_t lock;
	/* guarded by lock */
	struct cms_item items[ITEMS_MAX]; /* sorted by schema and id */
	size_t n_items;
	size_t counts[CMS_KINDS];
	size_t n_unchanged;
	enum cms_kind fail_kind;
	size_t fail_first, fail_end;
	int failure;
	/* set before requests come */
	void (*on_request)(void *payload, enum cms_kind kind);
	void *payload;
};

static void must(int ret)
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
	must(buf_addf(body,
		"{\"id\":\"%s\",\"schemaName\":\"%s\",\"status\":\"Draft\",\"version\":%d,"
		"\"created\":\"2026-11-24T19:38:58Z\",\"createdBy\":\"client:shop:default\","
		"\"lastModified\":\"2026-11-24T19:40:%02dZ\",\"lastModifiedBy\":\"client:x\","
		"\"isDeleted\":false,\"data\":{\"n\":{\"iv\":%d}},"
		"\"_links\":{\"self\":{\"method\":\"GET\",\"href\":\"/\"}}}",
		item->id, item->schema, item->version, item->version % 60, item->version));
}

static void answer_page_locked(struct cms *cms, const char *path, struct http_response *res)
{
	const char *after = strstr(path, AFTER);
	struct cms_item from = { .version = 0 };
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
		if (n == PAGE_ITEMS)
			continue;
		if (n++ > 0)
			must(buf_add_str(&items, ","));
		render(item, &items);
	}
	must(buf_addf(&res->body, "{\"total\":%zu,\"items\":[%s]}", total, buf_str(&items)));
	buf_release(&items);
	res->status = 200;
}

static bool has_etag(const struct http_request *req, const char *etag)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcmp(req->headers[i].name, "If-None-Match") == 0)
			return strcmp(req->headers[i].value, etag) == 0;
	}
	return false;
}

static struct cms_item *find_locked(struct cms *cms, const char *path)
{
	for (size_t i = 0; i < cms->n_items; i++) {
		char own[40];

		snprintf(own, sizeof(own), "%s/%s", cms->items[i].schema, cms->items[i].id);
		if (strcmp(own, path) == 0)
			return &cms->items[i];
	}
	return NULL;
}

static void answer_item_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res)
{
	const struct cms_item *item = find_locked(cms, path);

	res->status = 404;
	if (!item)
		return;
	snprintf(res->etag, sizeof(res->etag), "W/\"%d\"", item->version);
	res->status = 304;
	if (has_etag(req, res->etag)) {
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

	if (kind == cms->fail_kind && i >= cms->fail_first && i < cms->fail_end)
		return cms->failure;
	return 0;
}

static enum cms_kind kind_of(const struct http_request *req)
{
	if (strncmp(req->url, CONTENT_PREFIX, strlen(CONTENT_PREFIX)) != 0)
		return CMS_APP;
	return strchr(req->url, '?') ? CMS_PAGE : CMS_ITEM;
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
	} else if (kind == CMS_ITEM) {
		answer_item_locked(cms, path, req, res);
	} else {
		must(buf_add_str(&res->body, "{\"name\":\"" CMS_APP_NAME "\",\"_links\":{}}"));
		res->status = 200;
	}
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
	}
	qsort(cms->items, cms->n_items, sizeof(cms->items[0]), compare_items);
	pthread_mutex_unlock(&cms->lock);
}

void cms_remove(struct cms *cms, const char *schema, char letter, int first, int n_items)
{
	char path[40];

	pthread_mutex_lock(&cms->lock);
	for (int i = first; i < first + n_items; i++) {
		struct cms_item *item;

		snprintf(path, sizeof(path), "%s/%c%06d", schema, letter, i);
		item = find_locked(cms, path);
		if (!item)
			abort();
		*item = cms->items[--cms->n_items];
	}
	qsort(cms->items, cms->n_items, sizeof(cms->items[0]), compare_items);
	pthread_mutex_unlock(&cms->lock);
}

void cms_change(struct cms *cms, const char *schema, const char *id)
{
	struct cms_item *item;
	char path[40];

	snprintf(path, sizeof(path), "%s/%s", schema, id);
	pthread_mutex_lock(&cms->lock);
	item = find_locked(cms, path);
	if (!item)
		abort();
	item->version++;
	pthread_mutex_unlock(&cms->lock);
}

size_t cms_count(struct cms *cms, enum cms_kind kind)
{
	size_t n;

	pthread_mutex_lock(&cms->lock);
	n = cms->counts[kind];
	pthread_mutex_unlock(&cms->lock);
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
