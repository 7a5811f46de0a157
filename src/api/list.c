#include "api/list.h"

#include <errno.h>
#include <json-c/json.h>

#include "api/document.h"
#include "api/fields.h"
#include "api/span.h"
#include "api/text.h"
#include "base/buf.h"
#include "base/error.h"

/* In their place. */
#define NO_ITEMS "[]"

/* Where the array of items begins; the end of the text where there is none. */
static size_t find_items(const char *json, size_t len)
{
	const struct span text = { json, len };
	struct span_walk walk, items;
	struct span key, value;

	if (!span_enter(&walk, text, '{'))
		return len;
	while (span_next_key(&walk, &key)) {
		if (span_is_key(key, FIELD_ITEMS))
			return span_down(&walk, &items, '[') ? (size_t)(walk.at - json) : len;
		span_take(&walk, &value);
	}
	return len;
}

int list_open(struct list *list, const char *json, size_t len, const char *what, struct error *err)
{
	*list = (struct list){ .json = json, .len = len, .what = what, .total = -1 };
	list->tokener = document_tokener_new();
	if (!list->tokener)
		return error_set(err, ENOMEM, "%s: out of memory", what);
	list->items = find_items(json, len);
	list->at = list->items + 1;
	return 0;
}

void list_close(struct list *list)
{
	json_object_put(list->item);
	json_tokener_free(list->tokener);
}

static int refuse(struct list *list, int ret, const struct document_fault *fault, struct error *err)
{
	return document_refuse(list->json, list->len, list->what, fault, ret, err);
}

/* The next character of the array, blanks passed over; NUL at the end of the text. */
static char peek(struct list *list)
{
	while (list->at < list->len && text_is_blank(list->json[list->at]))
		list->at++;
	return list->at < list->len ? list->json[list->at] : '\0';
}

/* What stands around the items, as a list without any. */
static int add_rest(const struct list *list, struct buf *rest)
{
	int ret = buf_add(rest, list->json, list->items);

	if (ret == 0 && list->items < list->len)
		ret = buf_add_str(rest, NO_ITEMS);
	if (ret == 0 && list->items < list->len)
		ret = buf_add(rest, list->json + list->at, list->len - list->at);
	return ret;
}

static int read_total(struct list *list, struct json_object *root, struct error *err)
{
	struct json_object *items = fields_get_array(root, FIELD_ITEMS);

	if (!items)
		return error_set(err, EIO, "%s: the server sent a list without items", list->what);
	if (json_object_array_length(items) > 0)
		return error_set(err, EIO, "%s: the server sent items twice", list->what);
	list->total = fields_get_int(root, FIELD_TOTAL, -1);
	return 0;
}

/* Is the rest JSON, and what is the total? */
static int read_rest(struct list *list, struct error *err)
{
	struct document_fault fault = { "out of memory", 0 };
	struct json_object *root = NULL;
	struct buf rest;
	int ret;

	buf_init(&rest, list->len + sizeof(NO_ITEMS));
	ret = add_rest(list, &rest);
	if (ret == 0)
		ret = document_read(buf_str(&rest), rest.len, &root, &fault);
	if (fault.at > list->items)
		fault.at += list->len - rest.len;
	if (ret == 0)
		ret = read_total(list, root, err);
	else
		ret = refuse(list, ret, &fault, err);
	json_object_put(root);
	buf_release(&rest);
	return ret;
}

static int read_item(struct list *list, struct error *err)
{
	struct document_fault fault = { "no comma", list->at };
	size_t end = 0;
	int ret = -EIO;

	if (list->at == list->len)
		fault.reason = "it ends too early";
	if (list->n_items == 0 || peek(list) == ',') {
		list->at += list->n_items > 0;
		ret = document_read_value(list->tokener, list->json + list->at,
			list->len - list->at, &list->item, &end, &fault);
		fault.at += list->at;
	}
	if (ret < 0)
		return refuse(list, ret, &fault, err);
	list->at += end;
	list->n_items++;
	return 0;
}

bool list_next(struct list *list, struct json_object **ret_item, int *ret, struct error *err)
{
	json_object_put(list->item);
	list->item = NULL;
	if (list->at <= list->len && peek(list) != ']') {
		*ret = read_item(list, err);
		*ret_item = list->item;
		return *ret == 0;
	}
	list->at += list->at < list->len;
	*ret = read_rest(list, err);
	return false;
}
