/* What the pretended content server deletes: one item, or those of a bulk's jobs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "support/cms_private.h"

/* Returns the HTTP status. version -1: whatever there is. */
static int delete_locked(struct cms *cms, const char *path, int64_t version)
{
	struct cms_item *item = cms_find_locked(cms, path);
	const struct cms_item *end = &cms->items[cms->n_items];

	if (!item)
		return 410;
	if (version >= 0 && version != item->version)
		return 412;
	cms_unwrite(item);
	memmove(item, item + 1, (size_t)(end - (item + 1)) * sizeof(*item));
	cms->n_items--;
	return 204;
}

static void add_error(struct buf *body, int status)
{
	cms_must(buf_addf(body, "{\"message\":\"\",\"statusCode\":%d}", status));
}

void cms_answer_delete_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res)
{
	int64_t version = -1;
	char item[40];

	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcmp(req->headers[i].name, "If-Match") == 0)
			version = strtoll(req->headers[i].value + 1, NULL, 10);
	}
	snprintf(item, sizeof(item), "%.*s", (int)strcspn(path, "?"), path);
	res->status = delete_locked(cms, item, version);
	if (res->status != 204)
		add_error(&res->body, res->status);
}

void cms_answer_bulk_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res)
{
	static const char id_key[] = "\"id\":\"", version_key[] = "\"expectedVersion\":";
	const char *at = strstr(req->body, id_key);
	int schema_len = (int)strcspn(path, "/");

	cms_must(buf_add_str(&res->body, "["));
	for (int job = 0; at; job++) {
		const char *id = at + strlen(id_key);
		const char *version = strstr(id, version_key);
		char item[40];
		int status;

		snprintf(item, sizeof(item), "%.*s/%.*s", schema_len, path, (int)strcspn(id, "\""),
			id);
		at = strstr(id, id_key);
		if (!version || (at && version > at))
			abort();
		status = delete_locked(cms, item, strtoll(version + strlen(version_key), NULL, 10));
		cms_must(buf_addf(&res->body, "%s{\"jobIndex\":%d", job ? "," : "", job));
		if (status != 204) {
			cms_must(buf_add_str(&res->body, ",\"error\":"));
			add_error(&res->body, status);
		}
		cms_must(buf_add_str(&res->body, "}"));
	}
	cms_must(buf_add_str(&res->body, "]"));
	res->status = 200;
}
