#include "graphql_parse.h"

#include "graphql_lex.h"

#include <string.h>

/* Deeper than any question about contents. */
enum { MAX_DEPTH = 64 };

/*
 * A function that returns an int returns 0, or -1 after it has added an error.
 * token is the next one, not yet taken.
 */
struct parser {
	struct arena *arena;
	struct graphql_errors *errors;
	struct graphql_token token;
	int depth;
};

static int fail(struct parser *p, const char *expected, const char *rule)
{
	static const char *const kinds[] = { [GRAPHQL_NAME] = "Name ",
		[GRAPHQL_INT] = "Int ",
		[GRAPHQL_FLOAT] = "Float ",
		[GRAPHQL_STRING] = "String ",
		[GRAPHQL_BAD] = "character " };
	const struct graphql_error error = { .at = p->token.at, .code = "SYNTAX_ERROR" };
	const char *kind = kinds[p->token.kind];
	const char *quote = kind != NULL && p->token.kind != GRAPHQL_STRING ? "\"" : "";

	if (p->token.kind == GRAPHQL_EOF)
		graphql_error_add(p->errors, &error,
			"Error parsing query: Expected %s, found EOF; for more information see "
			"http://spec.graphql.org/October2021/#%s",
			expected, rule);
	else
		graphql_error_add(p->errors, &error,
			"Error parsing query: Expected %s, found %s%s%.*s%s; for more information "
			"see http://spec.graphql.org/October2021/#%s",
			expected, kind != NULL ? kind : "", quote, (int)p->token.length,
			p->token.at, quote, rule);
	return -1;
}

static void advance(struct parser *p)
{
	p->token = graphql_next_token(p->token.at + p->token.length);
}

static bool is_punctuator(const struct parser *p, const char *text)
{
	return p->token.kind == GRAPHQL_PUNCTUATOR && graphql_token_is(&p->token, text);
}

/* Takes the punctuator if it is next. */
static bool take(struct parser *p, const char *text)
{
	if (!is_punctuator(p, text))
		return false;
	advance(p);
	return true;
}

static int expect(struct parser *p, const char *text, const char *rule)
{
	return take(p, text) ? 0 : fail(p, text, rule);
}

static int parse_name(struct parser *p, const char *rule, const char **ret)
{
	if (p->token.kind != GRAPHQL_NAME)
		return fail(p, "Name", rule);
	*ret = arena_strndup(p->arena, p->token.at, p->token.length);
	advance(p);
	return 0;
}

static int enter(struct parser *p, const char *rule)
{
	return ++p->depth > MAX_DEPTH ? fail(p, "less depth", rule) : 0;
}

static int parse_value(struct parser *p, struct graphql_value *ret);

static int parse_list(struct parser *p)
{
	struct graphql_value ignored;

	advance(p);
	while (!take(p, "]")) {
		if (parse_value(p, &ignored))
			return -1;
	}
	return 0;
}

static int parse_object(struct parser *p)
{
	struct graphql_value ignored;
	const char *name;

	advance(p);
	while (!take(p, "}")) {
		if (parse_name(p, "ObjectField", &name) || expect(p, ":", "ObjectField") ||
			parse_value(p, &ignored))
			return -1;
	}
	return 0;
}

static int parse_compound(struct parser *p, struct graphql_value *ret)
{
	int result;

	ret->kind = GRAPHQL_VALUE_COMPOUND;
	ret->text = "";
	if (enter(p, "Value"))
		return -1;
	result = is_punctuator(p, "[") ? parse_list(p) : parse_object(p);
	p->depth--;
	return result;
}

static int parse_scalar(struct parser *p, struct graphql_value *ret)
{
	struct graphql_token token = p->token;

	ret->text = arena_strndup(p->arena, token.at, token.length);
	if (token.kind == GRAPHQL_INT) {
		ret->kind = GRAPHQL_VALUE_INT;
	} else if (token.kind == GRAPHQL_FLOAT) {
		ret->kind = GRAPHQL_VALUE_FLOAT;
	} else if (token.kind == GRAPHQL_STRING) {
		ret->kind = GRAPHQL_VALUE_STRING;
		ret->text = graphql_decode_string(p->arena, &token);
		if (ret->text == NULL)
			return fail(p, "a string of known escapes", "StringValue");
	} else if (token.kind == GRAPHQL_NAME) {
		ret->kind = GRAPHQL_VALUE_ENUM;
		if (graphql_token_is(&token, "true") || graphql_token_is(&token, "false"))
			ret->kind = GRAPHQL_VALUE_BOOLEAN;
		else if (graphql_token_is(&token, "null"))
			ret->kind = GRAPHQL_VALUE_NULL;
	} else {
		return fail(p, "Value", "Value");
	}
	advance(p);
	return 0;
}

static int parse_value(struct parser *p, struct graphql_value *ret)
{
	if (take(p, "$")) {
		ret->kind = GRAPHQL_VALUE_VARIABLE;
		return parse_name(p, "Variable", &ret->text);
	}
	if (is_punctuator(p, "[") || is_punctuator(p, "{"))
		return parse_compound(p, ret);
	return parse_scalar(p, ret);
}

static int parse_arguments(struct parser *p, struct graphql_argument **tail)
{
	do {
		struct graphql_argument *argument = arena_alloc(p->arena, sizeof(*argument));

		argument->at = p->token.at;
		if (parse_name(p, "Argument", &argument->name) || expect(p, ":", "Argument") ||
			parse_value(p, &argument->value))
			return -1;
		*tail = argument;
		tail = &argument->next;
	} while (!take(p, ")"));
	return 0;
}

static int parse_selection(struct parser *p, struct graphql_field **tail);

static int parse_field(struct parser *p, struct graphql_field *field)
{
	field->at = p->token.at;
	if (parse_name(p, "Field", &field->name))
		return -1;
	field->key = field->name;
	if (take(p, ":") && parse_name(p, "Field", &field->name))
		return -1;
	if (take(p, "(") && parse_arguments(p, &field->arguments))
		return -1;
	return is_punctuator(p, "{") ? parse_selection(p, &field->fields) : 0;
}

static int parse_selection(struct parser *p, struct graphql_field **tail)
{
	if (enter(p, "SelectionSet") || expect(p, "{", "SelectionSet"))
		return -1;
	do {
		struct graphql_field *field = arena_alloc(p->arena, sizeof(*field));

		if (parse_field(p, field))
			return -1;
		*tail = field;
		tail = &field->next;
	} while (!take(p, "}"));
	p->depth--;
	return 0;
}

/* Int, [Int!]!: kept as written, but for the last "!". */
static int parse_type(struct parser *p, struct graphql_variable *variable)
{
	const char *start = p->token.at;
	const char *end;
	const char *name;
	int lists = 0;

	while (take(p, "["))
		lists++;
	end = p->token.at + p->token.length;
	if (parse_name(p, "Type", &name))
		return -1;
	for (; lists > 0; lists--) {
		take(p, "!");
		end = p->token.at + p->token.length;
		if (expect(p, "]", "Type"))
			return -1;
	}
	variable->type = arena_strndup(p->arena, start, (size_t)(end - start));
	variable->required = take(p, "!");
	return 0;
}

static int parse_variables(struct parser *p, struct graphql_variable **tail)
{
	do {
		struct graphql_variable *variable = arena_alloc(p->arena, sizeof(*variable));

		variable->at = p->token.at;
		if (expect(p, "$", "VariableDefinition") ||
			parse_name(p, "Variable", &variable->name) ||
			expect(p, ":", "VariableDefinition") || parse_type(p, variable))
			return -1;
		variable->has_default = take(p, "=");
		if (variable->has_default && parse_value(p, &variable->value))
			return -1;
		*tail = variable;
		tail = &variable->next;
	} while (!take(p, ")"));
	return 0;
}

static bool is_operation_type(const struct parser *p)
{
	return p->token.kind == GRAPHQL_NAME &&
	       (graphql_token_is(&p->token, "query") || graphql_token_is(&p->token, "mutation") ||
		       graphql_token_is(&p->token, "subscription"));
}

static int parse_operation(struct parser *p, struct graphql_operation *operation)
{
	operation->at = p->token.at;
	operation->type = "query";
	if (is_punctuator(p, "{"))
		return parse_selection(p, &operation->fields);
	if (!is_operation_type(p))
		return fail(p, "\"query/mutation/subscription\"", "OperationDefinition");
	if (parse_name(p, "OperationType", &operation->type))
		return -1;
	if (p->token.kind == GRAPHQL_NAME && parse_name(p, "OperationDefinition", &operation->name))
		return -1;
	if (take(p, "(") && parse_variables(p, &operation->variables))
		return -1;
	return parse_selection(p, &operation->fields);
}

struct graphql_operation *graphql_parse(struct arena *arena, struct graphql_errors *errors)
{
	struct parser p = { .arena = arena, .errors = errors };
	struct graphql_operation *first = NULL;
	struct graphql_operation **tail = &first;

	p.token = graphql_next_token(errors->source);
	do {
		struct graphql_operation *operation = arena_alloc(arena, sizeof(*operation));

		if (parse_operation(&p, operation))
			return NULL;
		*tail = operation;
		tail = &operation->next;
	} while (p.token.kind != GRAPHQL_EOF);
	return first;
}
