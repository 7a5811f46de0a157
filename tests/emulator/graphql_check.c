#include "graphql_check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
	const struct graphql_operation *operation;
	const struct graphql_type *types;
	struct json_object *variables; /* the values, or NULL */
	struct graphql_errors *errors;
};

/* What a selection belongs to. */
struct parent {
	const char *type; /* "RecipesResultDto" */
	const struct graphql_member *(*find)(const char *name);
};

/* The sections of the specification that the server names, and its codes. */
static const struct graphql_error single_root = { .code = "SINGLE_ROOT_FIELD_SUBSCRIPTIONS",
	.number = "5.2.3.1" };
static const struct graphql_error unknown_field = { .code = "FIELDS_ON_CORRECT_TYPE",
	.number = "5.3.1" };
static const struct graphql_error overlap = { .code = "OVERLAPPING_FIELDS_CAN_BE_MERGED",
	.number = "5.3.2" };
static const struct graphql_error leaf = { .code = "SCALAR_LEAFS", .number = "5.3.3" };
static const struct graphql_error unknown_argument = { .code = "KNOWN_ARGUMENT_NAMES",
	.number = "5.4.1" };
static const struct graphql_error missing_argument = { .code = "PROVIDED_NON_NULL_ARGUMENTS",
	.number = "5.4.2.1" };
static const struct graphql_error bad_argument = { .code = "ARGUMENTS_OF_CORRECT_TYPE",
	.number = "5.6.1" };
static const struct graphql_error bad_variable = { .code = "INVALID_VALUE", .number = "5.8" };
static const struct graphql_error unknown_variable = { .code = "NO_UNDEFINED_VARIABLES",
	.number = "5.8.3" };
static const struct graphql_error unused_variable = { .code = "NO_UNUSED_VARIABLES",
	.number = "5.8.4" };
static const struct graphql_error variable_position = { .code = "VARIABLES_IN_ALLOWED_POSITION",
	.number = "5.8.5" };

static struct graphql_error error_at(const struct graphql_error *kind, const char *at)
{
	struct graphql_error error = *kind;

	error.at = at;
	return error;
}

static bool fits_int(const char *text)
{
	long long value = strtoll(text, NULL, 10);

	return value >= INT32_MIN && value <= INT32_MAX;
}

static bool fits_literal(const struct graphql_value *value, const char *type)
{
	if (value->kind == GRAPHQL_VALUE_NULL)
		return true;
	if (strcmp(type, "Int") == 0)
		return value->kind == GRAPHQL_VALUE_INT && fits_int(value->text);
	return value->kind == GRAPHQL_VALUE_STRING;
}

static const char *literal_text(const struct graphql_value *value)
{
	return value->kind == GRAPHQL_VALUE_NULL ? NULL : value->text;
}

static struct graphql_variable *find_variable(const struct check *check, const char *name)
{
	struct graphql_variable *variable = check->operation->variables;

	while (variable != NULL && strcmp(variable->name, name) != 0)
		variable = variable->next;
	return variable;
}

/* The value that the request gives to a variable, or its default. */
static void use_variable(const struct check *check, struct graphql_argument *argument,
	const struct graphql_variable *variable)
{
	struct graphql_error error = error_at(&bad_variable, argument->at);
	struct json_object *given = NULL;
	bool is_int = strcmp(variable->type, "Int") == 0;
	bool fits;

	if (!json_object_object_get_ex(check->variables, variable->name, &given) &&
		variable->has_default) {
		argument->text = literal_text(&variable->value);
		if (!fits_literal(&variable->value, variable->type) ||
			(variable->required && argument->text == NULL))
			graphql_error_add(check->errors, &error,
				"Variable '$%s' is invalid. Its default is no value of type '%s'.",
				variable->name, variable->type);
		return;
	}
	if (given == NULL) {
		if (variable->required)
			graphql_error_add(check->errors, &error,
				"Variable '$%s' is invalid. No value provided for a non-null "
				"variable.",
				variable->name);
		return;
	}
	argument->text = json_object_get_string(given);
	fits = json_object_is_type(given, is_int ? json_type_int : json_type_string) &&
	       (!is_int || fits_int(argument->text));
	if (!fits)
		graphql_error_add(check->errors, &error,
			"Variable '$%s' is invalid. Unable to convert '%s' to '%s'", variable->name,
			argument->text, variable->type);
}

static void check_variable(const struct check *check, struct graphql_argument *argument,
	const struct graphql_parameter *parameter)
{
	const char *name = argument->value.text;
	struct graphql_variable *variable = find_variable(check, name);
	struct graphql_error error;

	if (variable != NULL)
		variable->used = true;
	if (variable == NULL) {
		error = error_at(&unknown_variable, argument->at);
		graphql_error_add(check->errors, &error, "Variable '$%s' is not defined.", name);
	} else if (strcmp(variable->type, parameter->type) != 0 ||
		   (parameter->required && !variable->required)) {
		error = error_at(&variable_position, argument->at);
		graphql_error_add(check->errors, &error,
			"Variable '$%s' of type '%s%s' used in position expecting type '%s%s'.",
			name, variable->type, variable->required ? "!" : "", parameter->type,
			parameter->required ? "!" : "");
	} else {
		use_variable(check, argument, variable);
	}
}

static void check_argument(const struct check *check, const struct graphql_field *field,
	struct graphql_argument *argument, const struct graphql_parameter *parameters)
{
	struct graphql_error error;

	while (parameters->name != NULL && strcmp(parameters->name, argument->name) != 0)
		parameters++;
	if (parameters->name == NULL) {
		error = error_at(&unknown_argument, argument->at);
		graphql_error_add(check->errors, &error, "Unknown argument '%s' on field '%s'.",
			argument->name, field->name);
	} else if (argument->value.kind == GRAPHQL_VALUE_VARIABLE) {
		check_variable(check, argument, parameters);
	} else if (!fits_literal(&argument->value, parameters->type)) {
		error = error_at(&bad_argument, argument->at);
		graphql_error_add(check->errors, &error,
			"Argument '%s' has invalid value. Expected type '%s', found %s.",
			argument->name, parameters->type, argument->value.text);
	} else {
		argument->text = literal_text(&argument->value);
	}
}

static bool is_given(const struct graphql_field *field, const char *name)
{
	for (const struct graphql_argument *argument = field->arguments; argument != NULL;
		argument = argument->next) {
		if (strcmp(argument->name, name) == 0)
			return argument->value.kind != GRAPHQL_VALUE_NULL;
	}
	return false;
}

static void check_arguments(const struct check *check, struct graphql_field *field,
	const struct graphql_parameter *parameters)
{
	struct graphql_error error = error_at(&missing_argument, field->at);

	for (struct graphql_argument *argument = field->arguments; argument != NULL;
		argument = argument->next)
		check_argument(check, field, argument, parameters);
	for (; parameters->name != NULL; parameters++) {
		if (parameters->required && !is_given(field, parameters->name))
			graphql_error_add(check->errors, &error,
				"Argument '%s' of type '%s!' is required for field '%s' but not "
				"provided.",
				parameters->name, parameters->type, field->name);
	}
}

static void refuse_unknown_field(
	const struct check *check, const struct graphql_field *field, const char *parent)
{
	struct graphql_error error = error_at(&unknown_field, field->at);

	graphql_error_add(check->errors, &error, "Cannot query field '%s' on type '%s'.",
		field->name, parent);
}

static void check_shape(const struct check *check, const struct graphql_field *field,
	const char *type, bool has_fields)
{
	struct graphql_error error = error_at(&leaf, field->at);

	if (has_fields != (field->fields != NULL))
		graphql_error_add(check->errors, &error,
			"Field '%s' of type '%s' must %shave a sub selection", field->name, type,
			has_fields ? "" : "not ");
}

/* No two fields are merged here, not even those that the server would merge. */
static void check_keys(const struct check *check, const struct graphql_field *fields)
{
	for (const struct graphql_field *field = fields; field != NULL; field = field->next) {
		struct graphql_error error = error_at(&overlap, field->at);
		const struct graphql_field *other = fields;

		while (other != field && strcmp(other->key, field->key) != 0)
			other = other->next;
		if (other != field)
			graphql_error_add(check->errors, &error,
				"Fields %s conflict. Use different aliases on the fields to fetch "
				"both if this was intentional.",
				field->key);
	}
}

static void check_members(
	const struct check *check, struct graphql_field *fields, const struct parent *parent)
{
	check_keys(check, fields);
	for (struct graphql_field *field = fields; field != NULL; field = field->next) {
		static const struct graphql_parameter none = { NULL, NULL, false };
		const struct graphql_member *member = parent->find(field->name);

		if (member == NULL) {
			refuse_unknown_field(check, field, parent->type);
			continue;
		}
		field->meaning = member->meaning;
		check_arguments(check, field, &none);
		if (member->type != NULL)
			check_shape(check, field, member->type, false);
	}
}

static void check_items(
	const struct check *check, struct graphql_field *field, const struct graphql_type *type)
{
	const struct parent item = { type->name, graphql_find_item_field };

	check_shape(check, field, type->name, true);
	check_members(check, field->fields, &item);
}

static void check_result(
	const struct check *check, struct graphql_field *field, const struct graphql_type *type)
{
	char name[256];
	const struct parent result = { name, graphql_find_result_field };

	snprintf(name, sizeof(name), "%sResultDto", type->name);
	check_shape(check, field, name, true);
	check_members(check, field->fields, &result);
	for (struct graphql_field *member = field->fields; member != NULL; member = member->next) {
		if (member->meaning == GRAPHQL_ITEMS)
			check_items(check, member, type);
	}
}

static void check_root_field(const struct check *check, struct graphql_field *field)
{
	struct graphql_root_field root;

	if (!graphql_find_root_field(check->types, field->name, &root)) {
		refuse_unknown_field(check, field, "ApplicationQueries");
		return;
	}
	field->meaning = root.meaning;
	field->type = root.type;
	check_arguments(check, field, root.parameters);
	if (root.meaning == GRAPHQL_TYPENAME)
		check_shape(check, field, "String!", false);
	else if (root.meaning == GRAPHQL_LIST_WITH_TOTAL)
		check_result(check, field, root.type);
	else
		check_items(check, field, root.type);
}

static void check_variables_used(const struct check *check)
{
	for (const struct graphql_variable *variable = check->operation->variables;
		variable != NULL; variable = variable->next) {
		struct graphql_error error = error_at(&unused_variable, variable->at);

		if (!variable->used)
			graphql_error_add(check->errors, &error, "Variable '$%s' is never used.",
				variable->name);
	}
}

void graphql_check(struct graphql_operation *operation, const struct graphql_type *types,
	struct json_object *variables, struct graphql_errors *errors)
{
	const struct check check = { operation, types, variables, errors };

	check_keys(&check, operation->fields);
	for (struct graphql_field *field = operation->fields; field != NULL; field = field->next)
		check_root_field(&check, field);
	check_variables_used(&check);
}

static void check_events(const struct check *check, struct graphql_field *field)
{
	static const struct graphql_parameter parameters[] = { { "schemaName", "String", false },
		{ NULL, NULL, false } };
	const struct parent event = { "EnrichedContentEvent", graphql_find_event_field };

	field->meaning = GRAPHQL_EVENTS;
	check_arguments(check, field, parameters);
	check_shape(check, field, event.type, true);
	check_members(check, field->fields, &event);
}

void graphql_check_subscription(struct graphql_operation *operation, struct json_object *variables,
	struct graphql_errors *errors)
{
	const struct check check = { operation, NULL, variables, errors };
	const struct graphql_error error = error_at(&single_root, operation->at);

	if (operation->fields->next != NULL)
		graphql_error_add(errors, &error,
			"Anonymous Subscription must select only one top level field.");
	else if (strcmp(operation->fields->name, "contentChanges") != 0)
		refuse_unknown_field(&check, operation->fields, "ApplicationSubscriptions");
	else
		check_events(&check, operation->fields);
	check_variables_used(&check);
}

const char *graphql_argument(const struct graphql_field *field, const char *name)
{
	for (const struct graphql_argument *argument = field->arguments; argument != NULL;
		argument = argument->next) {
		if (strcmp(argument->name, name) == 0)
			return argument->text;
	}
	return NULL;
}
