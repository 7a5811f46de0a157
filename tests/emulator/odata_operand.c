#include "odata_operand.h"

#include "alloc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool odata_fail(struct odata_parser *ps, const char *format, ...)
{
	char sentence[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	problem_add(ps->problem, "OData %s clause not valid: %s", ps->option, sentence);
	return false;
}

bool odata_fail_syntax(struct odata_parser *ps)
{
	if (ps->lex.token.kind == TOKEN_UNTERMINATED)
		return odata_fail(ps,
			"There is an unterminated string literal at position %zu in '%s'.",
			ps->lex.token.end, ps->lex.text);
	return odata_fail(
		ps, "Syntax error at position %zu in '%s'.", ps->lex.token.end, ps->lex.text);
}

bool odata_expect(struct odata_parser *ps, enum token_kind kind, const char *expected)
{
	if (ps->lex.token.kind != kind)
		return odata_fail(ps, "%s expected at position %zu in '%s'.", expected,
			ps->lex.token.start, ps->lex.text);
	lex_next(&ps->lex);
	return true;
}

static bool resolve(struct odata_parser *ps, const struct name_list *names, struct field_ref *ret)
{
	struct field_miss miss;

	if (model_find(ps->model, names, MODEL_ODATA, ret, &miss))
		return true;
	return odata_fail(ps, "Could not find a property named '%s' on type '%s'.",
		names->names[miss.index], miss.type);
}

bool odata_parse_path(struct odata_parser *ps, struct field_ref *ret)
{
	struct name_list names = { 0 };
	bool ok = false;

	for (;;) {
		char *name;

		if (ps->lex.token.kind != TOKEN_NAME) {
			odata_fail_syntax(ps);
			goto out;
		}
		name = lex_text(&ps->lex);
		name_list_add(&names, name, strlen(name));
		free(name);
		lex_next(&ps->lex);
		if (ps->lex.token.kind != TOKEN_SLASH)
			break;
		lex_next(&ps->lex);
	}
	ok = resolve(ps, &names, ret);
out:
	name_list_release(&names);
	return ok;
}

/* The store writes whole seconds and "Z": 2026-01-01T00:00:00Z. */
static char *instant_text(const char *text)
{
	const char *time = strchr(text, 'T');
	size_t length;

	if (time == NULL)
		return must_format("%sT00:00:00Z", text);
	length = (size_t)(time - text) + strcspn(time, ".Z+-");
	if (length == strlen("2026-01-01T00:00"))
		return must_format("%.*s:00Z", (int)length, text);
	return must_format("%.*sZ", (int)length, text);
}

static void set_integer(struct odata_literal *literal, const char *text)
{
	long long value;

	errno = 0;
	value = strtoll(text, NULL, 10);
	if (errno == ERANGE) {
		literal->value = json_object_new_double(strtod(text, NULL));
		literal->type = "Edm.Decimal";
		return;
	}
	literal->value = json_object_new_int64(value);
	literal->type = value >= INT32_MIN && value <= INT32_MAX ? "Edm.Int32" : "Edm.Int64";
}

static bool set_word(struct odata_parser *ps, struct odata_literal *literal)
{
	if (lex_is_name(&ps->lex, "null"))
		return true;
	if (!lex_is_name(&ps->lex, "true") && !lex_is_name(&ps->lex, "false"))
		return false;
	literal->value = json_object_new_boolean(lex_is_name(&ps->lex, "true"));
	literal->type = "Edm.Boolean";
	return true;
}

/* False if the token is no literal. */
static bool set_literal(struct odata_parser *ps, struct odata_literal *literal, const char *text)
{
	char *other;

	switch (ps->lex.token.kind) {
	case TOKEN_NAME:
		return set_word(ps, literal);
	case TOKEN_STRING:
		other = lex_string(&ps->lex);
		literal->type = "Edm.String";
		break;
	case TOKEN_INTEGER:
		set_integer(literal, text);
		return true;
	case TOKEN_DOUBLE:
		literal->value = json_object_new_double(strtod(text, NULL));
		literal->type = "Edm.Double";
		return true;
	case TOKEN_DATE:
	case TOKEN_DATETIME:
		other = instant_text(text);
		literal->type = ps->lex.token.kind == TOKEN_DATE ? "Edm.Date"
								 : "Edm.DateTimeOffset";
		break;
	case TOKEN_GUID:
		other = must_strdup(text);
		literal->type = "Edm.Guid";
		break;
	default:
		return false;
	}
	literal->value = json_object_new_string(other);
	free(other);
	return true;
}

bool odata_parse_literal(struct odata_parser *ps, struct odata_literal *ret)
{
	struct odata_literal literal = { 0 };
	char *text;
	bool is_literal;

	if (ps->lex.token.kind == TOKEN_END || ps->lex.token.kind == TOKEN_CLOSE)
		return odata_fail(ps, "Expression expected at position %zu in '%s'.",
			ps->lex.token.start, ps->lex.text);
	text = lex_text(&ps->lex);
	is_literal = set_literal(ps, &literal, text);
	free(text);
	if (!is_literal && ps->lex.token.kind == TOKEN_NAME) {
		/* A field beside the operator: well-formed, but not supported. */
		problem_add(ps->problem, "OData operation is not supported.");
		return false;
	}
	if (!is_literal)
		return odata_fail_syntax(ps);
	lex_next(&ps->lex);
	*ret = literal;
	return true;
}

const char *odata_type_name(enum field_type type)
{
	switch (type) {
	case FIELD_BOOLEAN:
		return "Edm.Boolean";
	case FIELD_DATETIME:
		return "Edm.DateTimeOffset";
	case FIELD_GEO:
		return "Edm.GeographyPoint";
	case FIELD_NUMBER:
		return "Edm.Double";
	case FIELD_STRING:
	case FIELD_STRING_ARRAY:
		return "Edm.String";
	default:
		return "Squidex.Any";
	}
}

bool odata_types_agree(enum field_type type, const struct odata_literal *literal)
{
	static const char *const numbers[] = { "Edm.Int32", "Edm.Int64", "Edm.Decimal",
		"Edm.Double" };

	if (literal->type == NULL || type == FIELD_ANY)
		return true;
	if (type == FIELD_NUMBER) {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			if (strcmp(literal->type, numbers[i]) == 0)
				return true;
		}
		return false;
	}
	if (type == FIELD_DATETIME && strcmp(literal->type, "Edm.Date") == 0)
		return true;
	return strcmp(odata_type_name(type), literal->type) == 0;
}
