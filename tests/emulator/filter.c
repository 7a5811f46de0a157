#include "filter.h"

#include "alloc.h"

#include <stdlib.h>
#include <string.h>

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_COMPARE };

struct filter {
	enum filter_kind kind;
	struct filter *left; /* the only one of a "not" */
	struct filter *right;
	struct field_ref field;
	struct comparison comparison;
};

static struct filter *new_node(enum filter_kind kind, struct filter *left, struct filter *right)
{
	struct filter *f = must_calloc(1, sizeof(*f));

	f->kind = kind;
	f->left = left;
	f->right = right;
	return f;
}

struct filter *filter_and(struct filter *left, struct filter *right)
{
	return new_node(FILTER_AND, left, right);
}

struct filter *filter_or(struct filter *left, struct filter *right)
{
	return new_node(FILTER_OR, left, right);
}

struct filter *filter_not(struct filter *inner)
{
	return new_node(FILTER_NOT, inner, NULL);
}

struct filter *filter_compare(struct field_ref field, enum filter_op op, struct json_object *value)
{
	struct filter *f = new_node(FILTER_COMPARE, NULL, NULL);

	f->field = field;
	comparison_init(&f->comparison, op, value);
	return f;
}

void filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	filter_free(f->left);
	filter_free(f->right);
	field_ref_release(&f->field);
	comparison_release(&f->comparison);
	free(f);
}

/*
 * The plain columns of the store know neither empty, exists nor matchs, and a
 * time is handed to it in a form that it refuses
 * (361-lastmodified-filter-sql-500).
 */
static bool column_can(const struct field_ref *field, enum filter_op op)
{
	if (field->type == FIELD_DATETIME || field->path.count > 1)
		return false;
	return op != OP_EMPTY && op != OP_EXISTS && op != OP_MATCHS;
}

void filter_check_supported(const struct filter *f, struct problem *p)
{
	if (f == NULL)
		return;
	filter_check_supported(f->left, p);
	filter_check_supported(f->right, p);
	if (f->kind != FILTER_COMPARE)
		return;
	if (!comparison_is_supported(&f->comparison) ||
		(!field_ref_is_data(&f->field) && !column_can(&f->field, f->comparison.op)))
		problem_unsupported(p);
}

static enum truth test_compare(const struct filter *f, struct json_object *entity)
{
	struct json_object *value = NULL;
	bool present = field_ref_value(&f->field, entity, &value);

	if (field_ref_is_data(&f->field))
		return compare_json(&f->comparison, present, value);
	return compare_column(&f->comparison, value);
}

static enum truth test(const struct filter *f, struct json_object *entity)
{
	enum truth left;
	enum truth right;

	if (f->kind == FILTER_COMPARE)
		return test_compare(f, entity);

	left = test(f->left, entity);
	if (f->kind == FILTER_NOT)
		return truth_not(left);
	right = test(f->right, entity);
	if (f->kind == FILTER_AND)
		return truth_and(left, right);
	return truth_not(truth_and(truth_not(left), truth_not(right)));
}

bool filter_matches(const struct filter *f, struct json_object *entity)
{
	return test(f, entity) == TRUTH_TRUE;
}

bool filter_mentions(const struct filter *f, const char *name)
{
	if (f == NULL)
		return false;
	if (f->kind == FILTER_COMPARE)
		return strcmp(f->field.path.names[0], name) == 0;
	return filter_mentions(f->left, name) || filter_mentions(f->right, name);
}

/* Narrows the range by a comparison; false if that is no limit of ids. */
static bool narrow(const struct filter *f, struct id_range *range)
{
	const char *text;

	if (f->kind != FILTER_COMPARE || !filter_mentions(f, "id"))
		return false;
	text = json_object_get_string(f->comparison.value);
	switch (f->comparison.op) {
	case OP_EQUALS:
		*range = (struct id_range){ text, text, true, true };
		break;
	case OP_GREATER_THAN:
	case OP_GREATER_THAN_OR_EQUAL:
		range->first = text;
		range->has_first = f->comparison.op == OP_GREATER_THAN_OR_EQUAL;
		break;
	case OP_LESS_THAN:
	case OP_LESS_THAN_OR_EQUAL:
		range->last = text;
		range->has_last = f->comparison.op == OP_LESS_THAN_OR_EQUAL;
		break;
	default:
		return false;
	}
	return text != NULL;
}

bool filter_id_range(const struct filter *f, struct id_range *ret)
{
	struct id_range range = { 0 };
	struct id_range other = { 0 };

	if (f == NULL)
		return false;
	if (f->kind != FILTER_AND) {
		if (!narrow(f, &range))
			return false;
	} else {
		/* Of two limits on one side neither is put in place of the other. */
		if (!narrow(f->left, &range) || !narrow(f->right, &other) || range.last != NULL ||
			other.first != NULL)
			return false;
		range.last = other.last;
		range.has_last = other.has_last;
	}
	*ret = range;
	return true;
}
