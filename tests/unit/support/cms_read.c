/* What the pretended content server shows by REST: pages, newest items, queries of ids, single items. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/moment.h"
#include "base/buf.h"
#include "support/cms_private.h"

#define STATUSES "\"statuses\":[{\"status\":\"Draft\"},{\"status\":\"Published\"}]"
#define AFTER "&$filter=id%20gt%20%27"

static void add_status(const struct cms_written *written, struct buf *body)
{
	cms_must(buf_addf(body, "\"status\":\"%s\",", written ? written->status : "Draft"));
	if (written && *written->new_status)
		cms_must(buf_addf(body, "\"newStatus\":\"%s\",", written->new_status));
	if (written && *written->due)
		cms_must(buf_addf(body, "\"scheduleJob\":{\"status\":\"%s\",\"dueTime\":\"%s\"},",
			written->due_status, written->due));
}

void cms_render(const struct cms_item *item, struct buf *body)
{
	char created[MOMENT_TEXT_SIZE], modified[MOMENT_TEXT_SIZE];

	moment_format(item->created_s, created);
	moment_format(item->modified_s, modified);
	cms_must(buf_addf(body, "{\"id\":\"%s\",\"schemaName\":\"%s\",", item->id, item->schema));
	add_status(item->written, body);
	cms_must(buf_addf(body,
		"\"version\":%d,\"created\":\"%s\",\"createdBy\":\"client:shop:default\","
		"\"lastModified\":\"%s\",\"lastModifiedBy\":\"client:x\",\"isDeleted\":false,",
		item->version, created, modified));
	if (item->written)
		cms_must(buf_addf(body, "\"data\":%s,", item->written->data));
	else
		cms_must(buf_addf(body, "\"data\":{\"n\":{\"iv\":%d}},", item->version));
	cms_must(buf_add_str(body, "\"_links\":{\"self\":{\"method\":\"GET\",\"href\":\"/\"}}}"));
}

static size_t read_parameter(const char *path, const char *name, size_t fallback)
{
	const char *found = strstr(path, name);

	return found ? strtoul(found + strlen(name), NULL, 10) : fallback;
}

void cms_answer_page_locked(struct cms *cms, const char *path, struct http_response *res)
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
		cms_render(item, &items);
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

void cms_answer_newest_locked(struct cms *cms, const char *path, struct http_response *res)
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
		cms_render(newest[i], &items);
	}
	cms_must(buf_addf(&res->body, "{\"total\":%" PRId64 ",\"items\":[%s]," STATUSES "}",
		(int64_t)total + cms->extra_total, buf_str(&items)));
	buf_release(&items);
	free(newest);
	res->status = 200;
}

/* The ids of the body that are there, in the body's order. */
void cms_answer_known_locked(struct cms *cms, const char *path, const struct http_request *req,
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
		cms_render(item, &items);
	}
	cms_must(buf_addf(&res->body, "{\"total\":%zu,\"items\":[%s]}", total, buf_str(&items)));
	buf_release(&items);
	res->status = 200;
}

void cms_answer_item_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res)
{
	const struct cms_item *item = cms_find_locked(cms, path);

	res->status = 404;
	if (!item)
		return;
	snprintf(res->etag, sizeof(res->etag), "W/\"%d\"", item->version);
	res->status = 304;
	if (cms_has_header(req, "If-None-Match", res->etag)) {
		cms->n_unchanged++;
		return;
	}
	res->status = 200;
	cms_render(item, &res->body);
}
