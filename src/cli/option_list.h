/*
 * Options as they were given, in their order, checked but not yet applied: a section's
 * come first and those of the command line over them, for each app anew.
 *
 *	option_list_add(&list, def, value, directory, err);
 *	option_list_apply(&list, OPTION_OF_APP, &app_settings);
 *	option_list_release(&list);	-- after the settings that borrow from it
 *
 * A zeroed list is empty. No locks; one owner.
 */
#ifndef SQUIDEXFS_CLI_OPTION_LIST_H
#define SQUIDEXFS_CLI_OPTION_LIST_H

#include <stddef.h>

#include "cli/options.h"

struct option_value {
	const struct option_def *def;
	char *text; /* canonical */
};

struct option_list {
	struct option_value *values;
	size_t n_values;
};

/* An option that is there already gets the new value. -EINVAL: a bad value; -ENOMEM. */
int option_list_add(struct option_list *list, const struct option_def *def, const char *value,
	const char *directory, struct error *err);

/* NULL: not given. Borrowed. */
const char *option_list_find(const struct option_list *list, const char *name);

void option_list_apply(const struct option_list *list, enum option_scope scope, void *settings);
void option_list_release(struct option_list *list);

#endif
