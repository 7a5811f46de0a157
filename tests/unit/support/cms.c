#include "support/cms.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/cms_private.h"

#define CONTENT_PREFIX CMS_URL "/api/content/" CMS_APP_NAME "/"
#define APP_PREFIX CMS_URL "/api/apps/" CMS_APP_NAME
#define ORDER_BY_ID "$orderby=id"
#define BEGIN_S 1795549200 /* 2026-11-24T19:40:00Z */

void cms_must(int ret)
{
	if (ret < 0)
		abort();
}

int cms_compare_items(const void *a, const void *b)
{
	const struct cms_item *left = a, *right = b;
	int order = strcmp(left->schema, right->schema);

	return order ? order : strcmp(left->id, right->id);
}

struct cms_item *cms_find_locked(struct cms *cms, const char *path)
{
	struct cms_item key = { .version = 0 };
	size_t len = strcspn(path, "/");

	snprintf(key.schema, sizeof(key.schema), "%.*s", (int)len, path);
	snprintf(key.id, sizeof(key.id), "%s", path[len] ? path + len + 1 : "");
	return bsearch(&key, cms->items, cms->n_items, sizeof(cms->items[0]), cms_compare_items);
}

bool cms_has_header(const struct http_request *req, const char *name, const char *value)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcmp(req->headers[i].name, name) == 0)
			return strcmp(req->headers[i].value, value) == 0;
	}
	return false;
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
	if (cms_is_write(req))
		return CMS_WRITE;
	if (req->method == HTTP_DELETE)
		return CMS_DELETE;
	if (req->method == HTTP_POST) {
		if (strstr(req->url, "/bulk"))
			return CMS_BULK;
		if (strstr(req->url, "/graphql"))
			return CMS_GRAPHQL;
		return cms_has_header(req, "X-Fields", "none") ? CMS_KNOWN : CMS_ITEMS;
	}
	if (!strchr(req->url, '?'))
		return CMS_ITEM;
	return strstr(req->url, ORDER_BY_ID) ? CMS_PAGE : CMS_NEWEST;
}

/* 0, or the negative errno of an answer that does not come. */
static int answer_locked(struct cms *cms, enum cms_kind kind, const struct http_request *req,
	struct http_response *res)
{
	const char *path = req->url + strlen(kind == CMS_APP ? APP_PREFIX : CONTENT_PREFIX);
	int ret = 0;

	if (kind == CMS_PAGE) {
		cms_answer_page_locked(cms, path, res);
	} else if (kind == CMS_NEWEST) {
		cms_answer_newest_locked(cms, path, res);
	} else if (kind == CMS_KNOWN || kind == CMS_ITEMS) {
		cms_answer_known_locked(cms, path, req, res);
	} else if (kind == CMS_WRITE) {
		ret = cms_answer_write_locked(cms, path, req, res);
	} else if (kind == CMS_DELETE) {
		cms_answer_delete_locked(cms, path, req, res);
	} else if (kind == CMS_BULK) {
		cms_answer_bulk_locked(cms, path, req, res);
	} else if (kind == CMS_GRAPHQL) {
		cms_answer_graphql_locked(cms, req, res);
	} else if (kind == CMS_ITEM) {
		cms_answer_item_locked(cms, path, req, res);
	} else {
		cms_must(buf_add_str(&res->body, "{\"name\":\"" CMS_APP_NAME "\",\"_links\":{}}"));
		res->status = 200;
	}
	return ret;
}

static int cms_perform(struct transport *t, const struct call *call, const struct http_request *req,
	struct http_response *res, struct error *err)
{
	struct cms *cms = (struct cms *)t;
	enum cms_kind kind = kind_of(req);
	int failure;

	(void)call;
	if (cms->on_request)
		cms->on_request(cms->payload, kind);
	http_response_release(res);
	buf_init(&res->body, req->max_body);
	pthread_mutex_lock(&cms->lock);
	failure = count_locked(cms, kind);
	if (failure > 0)
		res->status = failure;
	else if (failure == 0)
		failure = answer_locked(cms, kind, req, res);
	res->date_s = cms->has_no_date ? 0 : cms->now_s;
	pthread_mutex_unlock(&cms->lock);
	if (failure >= 0)
		return 0;
	http_response_release(res);
	res->is_doubtful = kind == CMS_WRITE;
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
	cms_forget_writes(cms);
	for (size_t i = 0; i < cms->n_items; i++)
		cms_unwrite(&cms->items[i]);
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
	qsort(cms->items, cms->n_items, sizeof(cms->items[0]), cms_compare_items);
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
	for (struct cms_item *item = begin; item <= last; item++)
		cms_unwrite(item);
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
