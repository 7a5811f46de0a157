#include "cli/option_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static struct option_value *find_value(const struct option_list *list, const char *name)
{
	for (size_t i = 0; i < list->n_values; i++) {
		if (strcmp(list->values[i].def->name, name) == 0)
			return &list->values[i];
	}
	return NULL;
}

int option_list_add(struct option_list *list, const struct option_def *def, const char *value,
	const char *directory, struct error *err)
{
	struct option_value *known = find_value(list, def->name);
	struct option_value *values;
	char *text;
	int ret;

	ret = option_check(def, value, directory, &text, err);
	if (ret < 0)
		return ret;
	if (known) {
		free(known->text);
		known->text = text;
		return 0;
	}
	values = reallocarray(list->values, list->n_values + 1, sizeof(*values));
	if (!values) {
		free(text);
		return error_set(err, ENOMEM, "out of memory");
	}
	values[list->n_values] = (struct option_value){ .def = def, .text = text };
	list->values = values;
	list->n_values++;
	return 0;
}

const char *option_list_find(const struct option_list *list, const char *name)
{
	const struct option_value *value = find_value(list, name);

	return value ? value->text : NULL;
}

void option_list_apply(const struct option_list *list, enum option_scope scope, void *settings)
{
	for (size_t i = 0; i < list->n_values; i++) {
		if (list->values[i].def->scope == scope)
			option_store(list->values[i].def, list->values[i].text, settings);
	}
}

void option_list_release(struct option_list *list)
{
	for (size_t i = 0; i < list->n_values; i++)
		free(list->values[i].text);
	free(list->values);
	*list = (struct option_list){ 0 };
}
