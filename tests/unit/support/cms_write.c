/* What the pretended content server changes: an item's data, its status, its draft, its schedule. */
#include "support/cms_write.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "support/cms_private.h"

#define WRITE_TEXT_MAX 65536
#define PATH_SIZE 40

/* What a request asks for. */
struct wish {
	char path[PATH_SIZE]; /* "recipes/a000001" */
	char status[16];      /* in the query */
	const char *suffix;   /* "", "/status", "/draft" */
	int version;          /* -1: any */
	bool is_new, is_patch;
};

bool cms_is_write(const struct http_request *req)
{
	bool is_of_state = strstr(req->url, "/status") || strstr(req->url, "/draft");

	switch (req->method) {
	case HTTP_PUT:
	case HTTP_PATCH:
		return true;
	case HTTP_DELETE:
		return is_of_state;
	case HTTP_POST:
		return !strstr(req->url, "/query") && !strstr(req->url, "/bulk") &&
		       !strstr(req->url, "/graphql");
	default:
		return false;
	}
}

static const char *find_header(const struct http_request *req, const char *name)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	}
	return NULL;
}

static struct json_object *parse(const char *text, size_t len)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object = json_tokener_parse_ex(tokener, text, (int)len);

	if (!object)
		abort();
	json_tokener_free(tokener);
	return object;
}

static void add_compactly(struct buf *text, const char *json, size_t len)
{
	struct json_object *object = parse(json, len);

	cms_must(buf_add_str(text, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN)));
	json_object_put(object);
}

static void note_write_locked(struct cms *cms, const char *path, const struct http_request *req)
{
	const char *version = find_header(req, "If-Match");
	struct buf text;

	if (cms->n_writes == WRITES_MAX)
		abort();
	buf_init(&text, WRITE_TEXT_MAX);
	cms_must(buf_addf(&text, "%s %s", http_method_name(req->method), path));
	if (version)
		cms_must(buf_addf(&text, " %s", version));
	if (req->body_len > 0) {
		cms_must(buf_add_str(&text, " "));
		add_compactly(&text, req->body, req->body_len);
	}
	cms->writes[cms->n_writes++] = strdup(buf_str(&text));
	buf_release(&text);
}

static void copy_parameter(const char *path, const char *name, char *to, size_t size)
{
	const char *found = strstr(path, name);

	if (found)
		snprintf(to, size, "%.*s", (int)strcspn(found + strlen(name), "&"),
			found + strlen(name));
}

static struct wish read_wish(const char *path, const struct http_request *req)
{
	const char *version = find_header(req, "If-Match");
	int len = (int)strcspn(path, "?");
	int schema_len = (int)strcspn(path, "/?");
	struct wish wish = { .suffix = "", .version = -1 };

	if (version)
		wish.version = (int)strtol(version + 1, NULL, 10);
	wish.is_patch = req->method == HTTP_PATCH || strstr(path, "patch=true");
	copy_parameter(path, "status=", wish.status, sizeof(wish.status));
	wish.is_new = schema_len == len;
	if (wish.is_new) {
		int n = snprintf(wish.path, sizeof(wish.path), "%.*s/", len, path);

		copy_parameter(path, "?id=", wish.path + n, sizeof(wish.path) - (size_t)n);
		return wish;
	}
	len = schema_len + 1 + (int)strcspn(path + schema_len + 1, "/?");
	snprintf(wish.path, sizeof(wish.path), "%.*s", len, path);
	if (path[len] == '/')
		wish.suffix = strncmp(path + len, "/status", 7) == 0 ? "/status" : "/draft";
	return wish;
}

/* What stays of it, when all that was written is to be kept. */
static struct cms_written *written_of(struct cms_item *item)
{
	struct cms_written *written = item->written;

	if (written)
		return written;
	written = calloc(1, sizeof(*written));
	if (!written || asprintf(&written->data, "{\"n\":{\"iv\":%d}}", item->version) < 0)
		abort();
	snprintf(written->status, sizeof(written->status), "Draft");
	item->written = written;
	return written;
}

void cms_unwrite(struct cms_item *item)
{
	if (item->written)
		free(item->written->data);
	free(item->written);
	item->written = NULL;
}

static bool is_unset(struct json_object *value)
{
	struct json_object *unset;

	return json_object_is_type(value, json_type_object) &&
	       json_object_object_get_ex(value, "$unset", &unset);
}

/* Fields, and in them languages: each value whole. */
static void merge(struct json_object *into, struct json_object *patch, int depth)
{
	struct json_object_iterator at = json_object_iter_begin(patch);
	struct json_object_iterator end = json_object_iter_end(patch);

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *name = json_object_iter_peek_name(&at);
		struct json_object *value = json_object_iter_peek_value(&at);
		struct json_object *old;

		if (is_unset(value))
			json_object_object_del(into, name);
		else if (depth == 0 && json_object_object_get_ex(into, name, &old))
			merge(old, value, 1);
		else
			json_object_object_add(into, name, json_object_get(value));
	}
}

static void set_data(struct cms_written *written, const char *text, size_t len, bool is_patch)
{
	struct json_object *data = parse(text, len);

	if (is_patch) {
		struct json_object *whole = parse(written->data, strlen(written->data));

		merge(whole, data, 0);
		json_object_put(data);
		data = whole;
	}
	free(written->data);
	written->data = strdup(json_object_to_json_string_ext(data, JSON_C_TO_STRING_PLAIN));
	json_object_put(data);
}

static void set_status(struct cms_written *written, const char *status)
{
	bool is_published = strcmp(status, "Published") == 0;

	if (!*written->new_status || is_published)
		snprintf(written->status, sizeof(written->status), "%s", status);
	if (!*written->new_status)
		return;
	snprintf(
		written->new_status, sizeof(written->new_status), "%s", is_published ? "" : status);
}

static void order_status(struct cms_written *written, const struct http_request *req)
{
	struct json_object *body, *status, *due;

	if (req->method == HTTP_DELETE) {
		*written->due = *written->due_status = '\0';
		return;
	}
	body = parse(req->body, req->body_len);
	if (!json_object_object_get_ex(body, "status", &status))
		abort();
	if (json_object_object_get_ex(body, "dueTime", &due)) {
		snprintf(written->due, sizeof(written->due), "%s", json_object_get_string(due));
		snprintf(written->due_status, sizeof(written->due_status), "%s",
			json_object_get_string(status));
	} else {
		set_status(written, json_object_get_string(status));
	}
	json_object_put(body);
}

static void change_locked(struct cms *cms, struct cms_item *item, const struct wish *wish,
	const struct http_request *req)
{
	struct cms_written *written = written_of(item);

	item->version++;
	item->modified_s = cms->now_s;
	if (strcmp(wish->suffix, "/status") == 0)
		order_status(written, req);
	else if (*wish->suffix)
		snprintf(written->new_status, sizeof(written->new_status), "%s",
			req->method == HTTP_POST ? "Draft" : "");
	else
		set_data(written, req->body, req->body_len, wish->is_patch);
	if (*wish->status)
		set_status(written, wish->status);
}

static struct cms_item *create_locked(
	struct cms *cms, const struct wish *wish, const struct http_request *req)
{
	struct cms_item *item = &cms->items[cms->n_items++];
	int schema_len = (int)strcspn(wish->path, "/");

	if (cms->n_items > ITEMS_MAX)
		abort();
	*item = (struct cms_item){ .created_s = cms->now_s, .modified_s = cms->now_s };
	snprintf(item->schema, sizeof(item->schema), "%.*s", schema_len, wish->path);
	snprintf(item->id, sizeof(item->id), "%s", wish->path + schema_len + 1);
	set_data(written_of(item), req->body, req->body_len, false);
	if (*wish->status)
		set_status(item->written, wish->status);
	qsort(cms->items, cms->n_items, sizeof(cms->items[0]), cms_compare_items);
	return cms_find_locked(cms, wish->path);
}

/* Returns the HTTP status. */
static int write_locked(struct cms *cms, const struct wish *wish, const struct http_request *req,
	struct cms_item **ret_item)
{
	struct cms_item *item = cms_find_locked(cms, wish->path);

	if (wish->is_new && item)
		return 409;
	if (wish->is_new) {
		*ret_item = create_locked(cms, wish, req);
		return 201;
	}
	if (!item)
		return 404;
	if (wish->version >= 0 && wish->version != item->version)
		return 412;
	change_locked(cms, item, wish, req);
	*ret_item = item;
	return 200;
}

int cms_answer_write_locked(struct cms *cms, const char *path, const struct http_request *req,
	struct http_response *res)
{
	const struct wish wish = read_wish(path, req);
	struct cms_item *item = NULL;
	enum cms_loss loss;

	note_write_locked(cms, path, req);
	loss = cms->losses[cms->n_writes - 1];
	if (loss != CMS_LOSE_REQUEST)
		res->status = write_locked(cms, &wish, req, &item);
	if (loss != CMS_LOSE_NOTHING)
		return -EIO;
	if (item)
		cms_render(item, &res->body);
	return 0;
}

void cms_forget_writes(struct cms *cms)
{
	while (cms->n_writes > 0)
		free(cms->writes[--cms->n_writes]);
}

void cms_lose(struct cms *cms, size_t i, enum cms_loss loss)
{
	pthread_mutex_lock(&cms->lock);
	cms->losses[i] = loss;
	pthread_mutex_unlock(&cms->lock);
}

const char *cms_get_write(struct cms *cms, size_t i)
{
	const char *write;

	pthread_mutex_lock(&cms->lock);
	write = i < cms->n_writes ? cms->writes[i] : "";
	pthread_mutex_unlock(&cms->lock);
	return write;
}

static struct cms_written *begin_version_locked(struct cms *cms, const char *path)
{
	struct cms_item *item = cms_find_locked(cms, path);
	struct cms_written *written;

	if (!item)
		abort();
	written = written_of(item);
	item->version++;
	item->modified_s = cms->now_s;
	return written;
}

void cms_put(struct cms *cms, const char *path, const char *data)
{
	pthread_mutex_lock(&cms->lock);
	set_data(begin_version_locked(cms, path), data, strlen(data), false);
	pthread_mutex_unlock(&cms->lock);
}

void cms_set_status(struct cms *cms, const char *path, const char *status)
{
	struct cms_written *written;

	pthread_mutex_lock(&cms->lock);
	written = begin_version_locked(cms, path);
	if (*status == '+')
		snprintf(written->new_status, sizeof(written->new_status), "%s", status + 1);
	else
		snprintf(written->status, sizeof(written->status), "%s", status);
	pthread_mutex_unlock(&cms->lock);
}
