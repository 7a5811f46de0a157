#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "api/client.h"
#include "api/client_private.h"
#include "api/fields.h"
#include "api/text.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"

/* Ten thousand ids of 255 characters, of up to three bytes each. */
#define IDS_BODY_MAX ((size_t)8 << 20)

/* Their metadata with its links is about a kilobyte each; of whole items fewer are asked for. */
#define IDS_ANSWER_MAX ((size_t)64 << 20)

static int fetch_newest(struct client *client, const struct call *call, const struct schema *schema,
	uint64_t skip, unsigned top, struct content_page *ret_page, struct error *err)
{
	struct buf url;
	int ret;

	buf_init(&url, CLIENT_URL_MAX);
	ret = client_add_schema_url(client, schema, &url);
	if (ret == 0)
		ret = buf_addf(&url, "?$top=%u", top);
	if (ret == 0 && skip > 0)
		ret = buf_addf(&url, "&$skip=%" PRIu64, skip);
	if (ret < 0)
		ret = client_refuse_url(ret, schema->name, err);
	else
		ret = client_get_page(client, call, schema, url.data, "newest", ret_page, err);
	buf_release(&url);
	return ret;
}

int client_fetch_newest(struct client *client, const struct call *call, const struct schema *schema,
	uint64_t skip, unsigned top, struct content_page *ret_page, struct error *err)
{
	int ret = fetch_newest(client, call, schema, skip, top, ret_page, err);

	while (ret == -EFBIG && top > 1) {
		top = (top + 3) / 4;
		client_forget(err);
		ret = fetch_newest(client, call, schema, skip, top, ret_page, err);
	}
	return ret;
}

static int add_ids(struct buf *body, char *const *ids, size_t n_ids)
{
	int ret = buf_addf(body, "{\"%s\":[", FIELD_IDS);

	for (size_t i = 0; ret == 0 && i < n_ids; i++) {
		if (i > 0)
			ret = buf_add_str(body, ",");
		if (ret == 0)
			ret = text_add_string(body, ids[i], strlen(ids[i]));
	}
	return ret == 0 ? buf_add_str(body, "]}") : ret;
}

/* Asks for items by their ids. fields: the value of X-Fields, NULL: all; kind: as in http_request. */
static int ask_ids(struct client *client, const struct call *call, const struct schema *schema,
	char *const *ids, size_t n_ids, const char *fields, const char *kind,
	struct http_response *res, struct error *err)
{
	struct http_request req = {
		.method = HTTP_POST,
		.content_type = "application/json",
		.max_body = IDS_ANSWER_MAX,
		.kind = kind,
		.is_repeatable = true,
	};
	struct buf url, body;
	int ret;

	assert(n_ids <= CLIENT_KNOWN_MAX);
	buf_init(&url, CLIENT_URL_MAX);
	buf_init(&body, IDS_BODY_MAX);
	ret = client_add_schema_url(client, schema, &url);
	if (ret == 0)
		ret = buf_add_str(&url, "/query");
	if (ret == 0)
		ret = add_ids(&body, ids, n_ids);
	if (ret < 0) {
		ret = client_refuse_url(ret, schema->name, err);
		goto out;
	}
	req.url = url.data;
	req.body = body.data;
	req.body_len = body.len;
	client_add_view_headers(client, &req);
	if (fields)
		http_request_add_header(&req, "X-Fields", fields);
	ret = client_ask(client, call, &req, schema->name, res, err);
out:
	buf_release(&body);
	buf_release(&url);
	return ret;
}

int client_fetch_known(struct client *client, const struct call *call, const struct schema *schema,
	char *const *ids, size_t n_ids, struct content_ids *ret_ids, struct error *err)
{
	struct http_response res;
	int ret;

	http_response_init(&res);
	/* No field has to be of that name: then the answer has no data at all. */
	ret = ask_ids(client, call, schema, ids, n_ids, "none", "known", &res, err);
	if (ret == 0)
		ret = content_ids_parse(
			buf_str(&res.body), res.body.len, schema, schema->name, ret_ids, err);
	http_response_release(&res);
	return ret;
}

int client_fetch_items(struct client *client, const struct call *call, const struct schema *schema,
	char *const *ids, size_t n_ids, struct content_page *ret_page, struct error *err)
{
	struct http_response res;
	int ret;

	http_response_init(&res);
	ret = ask_ids(client, call, schema, ids, n_ids, NULL, "items", &res, err);
	if (ret == 0)
		ret = content_page_parse(buf_str(&res.body), res.body.len, schema, client->view,
			schema->name, ret_page, err);
	if (ret == 0)
		ret_page->date_s = res.date_s;
	http_response_release(&res);
	return ret;
}
