#include "odata.h"

#include "alloc.h"
#include "odata_operand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deep enough for any query of a person, flat enough for any stack. */
static const unsigned max_depth = 100;
static const unsigned max_operands = 800;

static struct filter *parse_or(struct odata_parser *ps);

static bool at_end_of_operand(const struct odata_parser *ps)
{
	return ps->lex.token.kind == TOKEN_END || ps->lex.token.kind == TOKEN_CLOSE ||
	       lex_is_name(&ps->lex, "and") || lex_is_name(&ps->lex, "or");
}

/* An operator as OData's own messages name it. */
static const char *kind_name(enum filter_op op)
{
	if (op == OP_EQUALS)
		return "Equal";
	return op == OP_NOT_EQUALS ? "NotEqual" : filter_op_name(op);
}

static struct filter *parse_compare(
	struct odata_parser *ps, struct field_ref *field, enum filter_op op)
{
	struct odata_literal literal;

	lex_next(&ps->lex);
	if (!odata_parse_literal(ps, &literal))
		return NULL;
	if (!odata_types_agree(field->type, &literal)) {
		odata_fail(ps,
			"A binary operator with incompatible types was detected. Found operand "
			"types '%s' and '%s' for operator kind '%s'.",
			odata_type_name(field->type), literal.type, kind_name(op));
		json_object_put(literal.value);
		return NULL;
	}
	return filter_compare(*field, op, literal.value);
}

static bool parse_list(struct odata_parser *ps, struct json_object *list)
{
	struct odata_literal literal;

	if (!odata_expect(ps, TOKEN_OPEN, "'('"))
		return false;
	for (;;) {
		if (!odata_parse_literal(ps, &literal))
			return false;
		json_object_array_add(list, literal.value);
		if (ps->lex.token.kind != TOKEN_COMMA)
			break;
		lex_next(&ps->lex);
	}
	return odata_expect(ps, TOKEN_CLOSE, "')' or ','");
}

static struct filter *parse_in(struct odata_parser *ps, struct field_ref *field)
{
	struct json_object *list = json_object_new_array();

	lex_next(&ps->lex);
	if (!parse_list(ps, list)) {
		json_object_put(list);
		return NULL;
	}
	return filter_compare(*field, OP_IN, list);
}

/* What follows a field: an operator, or nothing if the field is a boolean. */
static struct filter *parse_behind_field(struct odata_parser *ps, struct field_ref *field)
{
	for (enum filter_op op = OP_EQUALS; op <= OP_GREATER_THAN_OR_EQUAL; op++) {
		if (lex_is_name(&ps->lex, filter_op_word(op)))
			return parse_compare(ps, field, op);
	}
	if (lex_is_name(&ps->lex, "in"))
		return parse_in(ps, field);
	if (!at_end_of_operand(ps)) {
		odata_fail_syntax(ps);
		return NULL;
	}
	if (field->type != FIELD_BOOLEAN) {
		odata_fail(ps, "The $filter expression must evaluate to a single boolean value.");
		return NULL;
	}
	return filter_compare(*field, OP_EQUALS, json_object_new_boolean(true));
}

static struct filter *parse_field(struct odata_parser *ps)
{
	struct field_ref field;
	struct filter *f;

	if (!odata_parse_path(ps, &field))
		return NULL;
	f = parse_behind_field(ps, &field);
	if (f == NULL)
		field_ref_release(&field);
	return f;
}

/* The second argument of a text function; NULL and a sentence on failure. */
static struct json_object *parse_text_argument(
	struct odata_parser *ps, const struct field_ref *field, const char *name)
{
	struct odata_literal literal;

	if (!odata_expect(ps, TOKEN_COMMA, "')' or ','") || !odata_parse_literal(ps, &literal))
		return NULL;
	if (literal.type != NULL && strcmp(literal.type, "Edm.String") == 0 &&
		odata_types_agree(field->type, &literal))
		return literal.value;
	odata_fail(ps,
		"No function signature for the function with name '%s' matches the specified "
		"arguments. The function signatures considered are: %s(Edm.String Nullable=true, "
		"Edm.String Nullable=true).",
		name, name);
	json_object_put(literal.value);
	return NULL;
}

static struct filter *parse_arguments(
	struct odata_parser *ps, struct field_ref *field, enum filter_op op)
{
	bool unary = op == OP_EMPTY || op == OP_EXISTS;
	struct json_object *text = NULL;

	if (!unary) {
		text = parse_text_argument(ps, field, filter_op_word(op));
		if (text == NULL)
			return NULL;
	}
	if (!odata_expect(ps, TOKEN_CLOSE, "')' or ','")) {
		json_object_put(text);
		return NULL;
	}
	return filter_compare(*field, op, text);
}

/* "contains(...) eq false" is a negation. */
static struct filter *parse_verdict(struct odata_parser *ps, struct filter *f)
{
	bool equal = lex_is_name(&ps->lex, "eq");
	struct odata_literal literal;
	bool negate;

	if (f == NULL || (!equal && !lex_is_name(&ps->lex, "ne")))
		return f;
	lex_next(&ps->lex);
	if (!odata_parse_literal(ps, &literal)) {
		filter_free(f);
		return NULL;
	}
	negate = (bool)json_object_get_boolean(literal.value) != equal;
	json_object_put(literal.value);
	return negate ? filter_not(f) : f;
}

static struct json_object *parse_circle(struct odata_parser *ps)
{
	struct json_object *circle;
	char *text = lex_text(&ps->lex);
	double longitude = 0;
	double latitude = 0;
	int found = sscanf(text, "geography'%*[^(](%lf %lf)'", &longitude, &latitude);

	free(text);
	if (ps->lex.token.kind != TOKEN_GEOGRAPHY || found != 2) {
		odata_fail_syntax(ps);
		return NULL;
	}
	lex_next(&ps->lex);
	circle = json_object_new_object();
	json_object_object_add(circle, "latitude", json_object_new_double(latitude));
	json_object_object_add(circle, "longitude", json_object_new_double(longitude));
	return circle;
}

/* geo.distance(field, geography'POINT(lon lat)') lt metres */
static struct filter *parse_distance(struct odata_parser *ps, struct field_ref *field)
{
	struct odata_literal radius;
	struct json_object *circle;

	if (field->type != FIELD_GEO && field->type != FIELD_ANY) {
		odata_fail(ps,
			"No function signature for the function with name 'geo.distance' matches "
			"the specified arguments. The function signatures considered are: "
			"geo.distance(Edm.GeographyPoint Nullable=true, Edm.GeographyPoint "
			"Nullable=true).");
		return NULL;
	}
	if (!odata_expect(ps, TOKEN_COMMA, "')' or ','"))
		return NULL;
	circle = parse_circle(ps);
	if (circle == NULL)
		return NULL;
	if (!odata_expect(ps, TOKEN_CLOSE, "')' or ','"))
		goto fail;
	if (!lex_is_name(&ps->lex, "lt")) {
		odata_fail_syntax(ps);
		goto fail;
	}
	lex_next(&ps->lex);
	if (!odata_parse_literal(ps, &radius))
		goto fail;
	json_object_object_add(circle, "distance", radius.value);
	return filter_compare(*field, OP_LESS_THAN, circle);
fail:
	json_object_put(circle);
	return NULL;
}

static struct filter *parse_call_of(struct odata_parser *ps, const char *name)
{
	bool distance = strcmp(name, "geo.distance") == 0;
	struct field_ref field;
	struct filter *f;
	enum filter_op op = OP_CONTAINS;

	while (op <= OP_EXISTS && strcmp(filter_op_word(op), name) != 0)
		op++;
	if (op > OP_EXISTS && !distance) {
		odata_fail(ps,
			"An unknown function with name '%s' was found. This may also be a function "
			"import or a key lookup on a navigation property, which is not allowed.",
			name);
		return NULL;
	}
	lex_next(&ps->lex);
	if (!odata_parse_path(ps, &field))
		return NULL;
	f = distance ? parse_distance(ps, &field) : parse_arguments(ps, &field, op);
	if (f == NULL)
		field_ref_release(&field);
	return distance ? f : parse_verdict(ps, f);
}

static struct filter *parse_call_or_field(struct odata_parser *ps)
{
	struct lexer behind = ps->lex;
	struct filter *f;
	char *name;

	lex_next(&behind);
	if (behind.token.kind != TOKEN_OPEN)
		return parse_field(ps);
	name = lex_text(&ps->lex);
	lex_next(&ps->lex);
	f = parse_call_of(ps, name);
	free(name);
	return f;
}

static struct filter *parse_group(struct odata_parser *ps)
{
	struct filter *f;

	lex_next(&ps->lex);
	f = parse_or(ps);
	if (f != NULL && !odata_expect(ps, TOKEN_CLOSE, "')' or operator")) {
		filter_free(f);
		return NULL;
	}
	return f;
}

static struct filter *parse_negation(struct odata_parser *ps);

static struct filter *parse_operand(struct odata_parser *ps)
{
	if (lex_is_name(&ps->lex, "not"))
		return parse_negation(ps);
	if (ps->lex.token.kind == TOKEN_OPEN)
		return parse_group(ps);
	if (ps->lex.token.kind == TOKEN_NAME)
		return parse_call_or_field(ps);
	if (ps->lex.token.kind == TOKEN_END || ps->lex.token.kind == TOKEN_CLOSE)
		odata_fail(ps, "Expression expected at position %zu in '%s'.", ps->lex.token.start,
			ps->lex.text);
	else
		odata_fail_syntax(ps);
	return NULL;
}

static struct filter *parse_unary(struct odata_parser *ps)
{
	struct filter *f = NULL;

	ps->operands++;
	if (ps->depth >= max_depth || ps->operands > max_operands) {
		odata_fail(ps, "Recursion limit reached.");
		return NULL;
	}
	ps->depth++;
	f = parse_operand(ps);
	ps->depth--;
	return f;
}

static struct filter *parse_negation(struct odata_parser *ps)
{
	struct filter *f;

	lex_next(&ps->lex);
	f = parse_unary(ps);
	return f != NULL ? filter_not(f) : NULL;
}

static struct filter *join(struct filter *left, struct filter *right,
	struct filter *(*combine)(struct filter *, struct filter *))
{
	if (right == NULL) {
		filter_free(left);
		return NULL;
	}
	return combine(left, right);
}

static struct filter *parse_and(struct odata_parser *ps)
{
	struct filter *f = parse_unary(ps);

	while (f != NULL && lex_is_name(&ps->lex, "and")) {
		lex_next(&ps->lex);
		f = join(f, parse_unary(ps), filter_and);
	}
	return f;
}

static struct filter *parse_or(struct odata_parser *ps)
{
	struct filter *f = parse_and(ps);

	while (f != NULL && lex_is_name(&ps->lex, "or")) {
		lex_next(&ps->lex);
		f = join(f, parse_and(ps), filter_or);
	}
	return f;
}

struct filter *odata_parse_filter(const struct model *m, const char *text, struct problem *p)
{
	struct odata_parser ps = { .model = m, .problem = p, .option = "$filter" };
	struct filter *f;

	lex_init(&ps.lex, text);
	f = parse_or(&ps);
	if (f != NULL && ps.lex.token.kind != TOKEN_END) {
		odata_fail_syntax(&ps);
		filter_free(f);
		return NULL;
	}
	return f;
}
