#include "api/content.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "api/fields.h"
#include "api/item.h"
#include "api/list.h"
#include "api/moment.h"
#include "api/schema.h"
#include "base/error.h"

/* Names of HTTP methods are case-sensitive (RFC 9110, section 9.1). */
#define METHOD_READ "GET"

/* Elements of a list that is not read yet; it doubles when it is full. */
#define FIRST_ROOM 64

void content_init(struct content *content)
{
	*content = (struct content){ 0 };
	buf_init(&content->text, CONTENT_TEXT_MAX);
}

void content_release(struct content *content)
{
	free(content->strings);
	buf_release(&content->text);
	content_init(content);
}

void content_page_init(struct content_page *page)
{
	*page = (struct content_page){ .total = -1 };
}

void content_page_release(struct content_page *page)
{
	for (size_t i = 0; i < page->n_items; i++)
		content_release(&page->items[i]);
	free(page->items);
	content_page_init(page);
}

/* The links are what this client may do: a Reader gets none but GET (wire/68). */
static bool has_write_link(struct json_object *links)
{
	if (!json_object_is_type(links, json_type_object))
		return false;
	json_object_object_foreach(links, name, link)
	{
		const char *method = fields_get_string(link, FIELD_METHOD);

		(void)name;
		if (*method && strcmp(method, METHOD_READ) != 0)
			return true;
	}
	return false;
}

static int64_t read_moment(const char *text)
{
	int64_t s = 0;

	return moment_parse(text, &s) ? s : 0;
}

/* One block for all: what an item needs of the heap is most of what it costs. */
static int fill_strings(struct content *content, const struct item *item)
{
	const struct {
		const char *from;
		const char **to;
	} strings[] = {
		{ item_string(item, ITEM_ID), &content->id },
		{ item_string(item, ITEM_STATUS), &content->status },
		{ item_string(item, ITEM_NEW_STATUS), &content->new_status },
		{ fields_get_string(item->members[ITEM_SCHEDULE], FIELD_STATUS),
			&content->due_status },
		{ item_string(item, ITEM_CREATED_BY), &content->created_by },
		{ item_string(item, ITEM_MODIFIED_BY), &content->modified_by },
	};
	const size_t n = sizeof(strings) / sizeof(strings[0]);
	size_t sizes[sizeof(strings) / sizeof(strings[0])], size = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		size += sizes[i] = strlen(strings[i].from) + 1;
	at = malloc(size);
	if (!at)
		return -ENOMEM;
	content->strings = at;
	for (size_t i = 0; i < n; i++) {
		*strings[i].to = memcpy(at, strings[i].from, sizes[i]);
		at += sizes[i];
	}
	return 0;
}

/* scratch: grows to the largest text, so that each item's takes what it needs and no more. */
static int fill_text(struct content *content, struct json_object *item, const struct schema *schema,
	enum view view, struct buf *scratch, struct error *err)
{
	int ret;

	buf_clear(scratch);
	ret = document_render(item, schema, view, scratch, err);
	if (ret < 0)
		return ret;
	if (buf_copy(&content->text, scratch) < 0)
		return error_set(err, ENOMEM, "'%s': out of memory", content->id);
	return 0;
}

/* content is initialised; the caller releases it also on failure. */
static int fill(struct content *content, const struct item *item, const struct schema *schema,
	enum view view, const char *what, struct buf *scratch, struct error *err)
{
	if (!*item_string(item, ITEM_ID))
		return error_set(err, EIO, "%s: the server sent an item without an id", what);
	content->version = fields_as_int(item->members[ITEM_VERSION], -1);
	if (content->version < 0)
		return error_set(err, EIO, "%s: the server sent item '%s' without a version", what,
			item_string(item, ITEM_ID));
	if (fill_strings(content, item) < 0)
		return error_set(err, ENOMEM, "%s: out of memory", what);
	content->due_s = read_moment(fields_get_string(item->members[ITEM_SCHEDULE], FIELD_DUE));
	content->created_s = read_moment(item_string(item, ITEM_CREATED));
	content->modified_s = read_moment(item_string(item, ITEM_MODIFIED));
	content->is_deleted = item_is_deleted(item);
	content->is_writable = has_write_link(item->members[ITEM_LINKS]);
	return fill_text(content, item->root, schema, view, scratch, err);
}

int content_parse(const char *json, size_t len, const struct schema *schema, enum view view,
	const char *what, struct content *ret_content, struct error *err)
{
	struct json_object *root = NULL;
	struct content content;
	struct buf scratch;
	struct item item;
	int ret;

	content_init(&content);
	buf_init(&scratch, CONTENT_TEXT_MAX);
	ret = document_parse(json, len, what, &root, err);
	if (ret < 0)
		goto out;
	item = item_look_at(root);
	if (item_is_deleted(&item)) {
		ret = error_set(err, ENOENT, "%s: the item is deleted", what);
		goto out;
	}
	if (!item_is_of_schema(&item, schema)) {
		ret = error_set(err, ENOENT, "%s: the item belongs to schema '%s'", what,
			item_string(&item, ITEM_SCHEMA_NAME));
		goto out;
	}
	ret = fill(&content, &item, schema, view, what, &scratch, err);
	if (ret < 0)
		goto out;
	content_release(ret_content);
	*ret_content = content;
	content_init(&content);
out:
	content_release(&content);
	buf_release(&scratch);
	json_object_put(root);
	return ret;
}

/* How items of a list are read, and into what. */
struct reading {
	const struct schema *schema;
	enum view view;
	const char *what;
	const struct content_amender *amender; /* NULL: none */
	struct content_page page;
	size_t n_room;   /* items that the page has memory for */
	size_t text_len; /* of all */
	int64_t n_dropped;
	struct buf scratch;
};

static struct content *add_content(struct reading *r)
{
	struct content_page *page = &r->page;

	if (page->n_items == r->n_room) {
		size_t n_room = r->n_room ? 2 * r->n_room : FIRST_ROOM;
		struct content *items = realloc(page->items, n_room * sizeof(*items));

		if (!items)
			return NULL;
		page->items = items;
		r->n_room = n_room;
	}
	content_init(&page->items[page->n_items]);
	return &page->items[page->n_items++];
}

static int read_item(struct reading *r, struct json_object *root, struct error *err)
{
	struct content *content;
	struct item item;
	int ret = 0;

	if (r->amender)
		ret = r->amender->amend(r->amender->payload, root, err);
	if (ret < 0)
		return ret;
	item = item_look_at(root);
	if (item_is_deleted(&item) || !item_is_of_schema(&item, r->schema)) {
		r->n_dropped++;
		return 0;
	}
	content = add_content(r);
	if (!content)
		return error_set(err, ENOMEM, "%s: out of memory", r->what);
	ret = fill(content, &item, r->schema, r->view, r->what, &r->scratch, err);
	r->text_len += content->text.len;
	if (ret == 0 && r->text_len > CONTENT_PAGE_TEXT_MAX)
		ret = error_set(err, EFBIG, "%s: the texts of a page are larger than %zu bytes",
			r->what, CONTENT_PAGE_TEXT_MAX);
	return ret;
}

static int64_t leave_out(int64_t total, int64_t n_dropped)
{
	if (total < 0)
		return total;
	return total > n_dropped ? total - n_dropped : 0;
}

static int read_list(struct reading *r, struct list *list, struct error *err)
{
	struct json_object *item;
	int ret = 0;

	while (ret == 0 && list_next(list, &item, &ret, err))
		ret = read_item(r, item, err);
	if (ret == 0)
		r->page.total = leave_out(list->total, r->n_dropped);
	return ret;
}

int content_page_parse_amended(const char *json, size_t len, const struct schema *schema,
	enum view view, const char *what, const struct content_amender *amender,
	struct content_page *ret_page, struct error *err)
{
	struct reading r = { .schema = schema, .view = view, .what = what, .amender = amender };
	struct list list;
	int ret = list_open(&list, json, len, what, err);

	if (ret < 0)
		return ret;
	content_page_init(&r.page);
	buf_init(&r.scratch, CONTENT_TEXT_MAX);
	ret = read_list(&r, &list, err);
	buf_release(&r.scratch);
	list_close(&list);
	if (ret < 0) {
		content_page_release(&r.page);
		return ret;
	}
	content_page_release(ret_page);
	*ret_page = r.page;
	return 0;
}

int content_page_parse(const char *json, size_t len, const struct schema *schema, enum view view,
	const char *what, struct content_page *ret_page, struct error *err)
{
	return content_page_parse_amended(json, len, schema, view, what, NULL, ret_page, err);
}

void content_ids_release(struct content_ids *ids)
{
	if (!ids)
		return;
	for (size_t i = 0; i < ids->n_ids; i++)
		free(ids->ids[i]);
	free(ids->ids);
	*ids = (struct content_ids){ 0 };
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_id(struct content_ids *ids, const char *id, size_t *n_room)
{
	if (ids->n_ids == *n_room) {
		size_t n = *n_room ? 2 * *n_room : FIRST_ROOM;
		char **more = realloc(ids->ids, n * sizeof(*more));

		if (!more)
			return -ENOMEM;
		ids->ids = more;
		*n_room = n;
	}
	ids->ids[ids->n_ids] = strdup(id);
	if (!ids->ids[ids->n_ids])
		return -ENOMEM;
	ids->n_ids++;
	return 0;
}

static int fill_ids(
	struct content_ids *ids, struct list *list, const struct schema *schema, struct error *err)
{
	struct json_object *root;
	size_t n_room = 0;
	int ret = 0;

	while (ret == 0 && list_next(list, &root, &ret, err)) {
		const struct item item = item_look_at(root);

		if (item_is_deleted(&item) || !item_is_of_schema(&item, schema))
			continue;
		ret = add_id(ids, item_string(&item, ITEM_ID), &n_room);
		if (ret < 0)
			error_set(err, ENOMEM, "%s: out of memory", list->what);
	}
	if (ret < 0)
		return ret;
	if (ids->n_ids > 0)
		qsort(ids->ids, ids->n_ids, sizeof(*ids->ids), compare_ids);
	ids->is_part = list->total > (int64_t)list->n_items;
	return 0;
}

int content_ids_parse(const char *json, size_t len, const struct schema *schema, const char *what,
	struct content_ids *ret_ids, struct error *err)
{
	struct content_ids ids = { 0 };
	struct list list;
	int ret = list_open(&list, json, len, what, err);

	if (ret < 0)
		return ret;
	ret = fill_ids(&ids, &list, schema, err);
	list_close(&list);
	if (ret < 0) {
		content_ids_release(&ids);
		return ret;
	}
	content_ids_release(ret_ids);
	*ret_ids = ids;
	return 0;
}
