#include "cli/app_name.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int app_name_check(const char *app, struct error *err)
{
	size_t len = strspn(app, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (len == 0 || app[len] != '\0')
		return error_set(err, EINVAL,
			"'%s' is not an app's name (lower-case letters, digits and '-')", app);
	return 0;
}

int app_name_settle(const char *app, const char *client_id, char **ret_app, char **ret_client_id,
	struct error *err)
{
	size_t prefix = strcspn(client_id, ":~");
	bool has_prefix = client_id[prefix] != '\0';
	char *name, *id = NULL;
	int ret;

	if (!app && !has_prefix)
		return error_set(err, EINVAL,
			"client '%s' names no app: write it as APP:%s, or give -o app=APP",
			client_id, client_id);
	if (has_prefix && client_id[prefix + 1] == '\0')
		return error_set(
			err, EINVAL, "client '%s' lacks its name behind the app's", client_id);
	if (app && has_prefix && (strlen(app) != prefix || memcmp(app, client_id, prefix) != 0))
		return error_set(
			err, EINVAL, "client '%s' does not belong to the app '%s'", client_id, app);
	name = app ? strdup(app) : strndup(client_id, prefix);
	if (!name)
		return error_set(err, ENOMEM, "out of memory");
	ret = app_name_check(name, err);
	if (ret == 0 && asprintf(&id, "%s%s%s", has_prefix ? "" : name, has_prefix ? "" : ":",
				client_id) < 0)
		ret = error_set(err, ENOMEM, "out of memory");
	if (ret < 0) {
		free(name);
		return ret;
	}
	*ret_app = name;
	*ret_client_id = id;
	return 0;
}
