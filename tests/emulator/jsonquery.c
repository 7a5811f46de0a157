#include "jsonquery.h"

#include "alloc.h"
#include "json_filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct json_object *json_get_any_case(struct json_object *object, const char *key)
{
	if (!json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_foreach(object, name, value)
	{
		if (strcasecmp(name, key) == 0)
			return value;
	}
	return NULL;
}

static long get_number(struct json_object *q, const char *key)
{
	long value = (long)json_object_get_int64(json_get_any_case(q, key));

	return value > 0 ? value : 0;
}

static void parse_sort_item(
	const struct model *m, struct json_object *item, struct sort *s, struct problem *p)
{
	const char *path = json_object_get_string(json_get_any_case(item, "path"));
	const char *order = json_object_get_string(json_get_any_case(item, "order"));
	bool descending = order != NULL && strncasecmp(order, "desc", 4) == 0;
	struct field_ref field;

	if (json_filter_field(m, path != NULL ? path : "", &field, p))
		sort_add(s, field, descending ? SORT_DESCENDING : SORT_ASCENDING);
}

static void parse_sort(
	const struct model *m, struct json_object *sort, struct sort *s, struct problem *p)
{
	size_t count = json_object_is_type(sort, json_type_array) ? json_object_array_length(sort)
								  : 0;

	for (size_t i = 0; i < count; i++)
		parse_sort_item(m, json_object_array_get_idx(sort, i), s, p);
}

bool json_query_parse(
	const struct model *m, struct json_object *q, struct json_query *ret, struct problem *p)
{
	struct json_object *filter = json_get_any_case(q, "filter");
	struct json_object *full_text = json_get_any_case(q, "fullText");

	ret->skip = get_number(q, "skip");
	ret->take = get_number(q, "take");
	if (ret->take == 0)
		ret->take = get_number(q, "top");
	ret->random = get_number(q, "random");
	if (json_object_is_type(full_text, json_type_string))
		ret->full_text = must_strdup(json_object_get_string(full_text));

	parse_sort(m, json_get_any_case(q, "sort"), &ret->sort, p);
	if (filter != NULL)
		ret->filter = json_filter_parse(m, filter, p);
	return !problem_is_set(p);
}

void json_query_release(struct json_query *q)
{
	filter_free(q->filter);
	sort_release(&q->sort);
	free(q->full_text);
	memset(q, 0, sizeof(*q));
}
