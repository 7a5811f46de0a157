#include "sort.h"

#include "alloc.h"

#include <stdlib.h>
#include <string.h>

void sort_add(struct sort *s, struct field_ref field, enum sort_direction direction)
{
	s->keys = must_resize(s->keys, s->count + 1, sizeof(*s->keys));
	s->keys[s->count++] = (struct sort_key){ field, direction };
}

void sort_release(struct sort *s)
{
	for (size_t i = 0; i < s->count; i++)
		field_ref_release(&s->keys[i].field);
	free(s->keys);
	s->keys = NULL;
	s->count = 0;
}

static void add_item_field(struct sort *s, const char *name, enum sort_direction direction)
{
	struct field_ref field = { .type = FIELD_STRING };

	name_list_add(&field.path, name, strlen(name));
	sort_add(s, field, direction);
}

void sort_complete(struct sort *s)
{
	if (s->count == 0)
		add_item_field(s, "lastModified", SORT_DESCENDING);
	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->keys[i].field.path.names[0], "id") == 0)
			return;
	}
	add_item_field(s, "id", SORT_ASCENDING);
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

static int compare_numbers(struct json_object *a, struct json_object *b)
{
	double left = json_object_get_double(a);
	double right = json_object_get_double(b);

	return (left > right) - (left < right);
}

/* The store's order of texts, with a NULL behind all of them. */
static int compare_texts(struct json_object *a, struct json_object *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	if (is_number(a) && is_number(b))
		return compare_numbers(a, b);
	return strcmp(json_object_get_string(a), json_object_get_string(b));
}

static int compare_key(const struct sort_key *key, struct json_object *a, struct json_object *b)
{
	struct json_object *left = NULL;
	struct json_object *right = NULL;
	int sign = key->direction == SORT_DESCENDING ? -1 : 1;

	field_ref_value(&key->field, a, &left);
	field_ref_value(&key->field, b, &right);
	/* Numbers in the data come first, whichever the direction
	 * (278-odata-orderby-desc-200); all else sorts as text. */
	if (field_ref_is_data(&key->field) && is_number(left) != is_number(right))
		return is_number(left) ? -1 : 1;
	return sign * compare_texts(left, right);
}

int sort_compare(const struct sort *s, struct json_object *a, struct json_object *b)
{
	int order = 0;

	for (size_t i = 0; i < s->count && order == 0; i++)
		order = compare_key(&s->keys[i], a, b);
	return order;
}
