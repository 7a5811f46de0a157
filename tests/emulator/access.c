#include "access.h"

#include <stddef.h>
#include <string.h>

/* A right ends with ".*" where it covers all below it. */
static const struct {
	const char *role;
	const char *right;
} grants[] = {
	{ "Owner", "*" },
	{ "Developer", "app" },
	{ "Developer", "contents.*" },
	{ "Developer", "assets.*" },
	{ "Developer", "schemas.*" },
	{ "Developer", "roles.read" },
	{ "Developer", "workflows.*" },
	{ "Editor", "app" },
	{ "Editor", "contents.*" },
	{ "Editor", "assets.*" },
	{ "Editor", "roles.read" },
	{ "Editor", "workflows.read" },
	{ "Reader", "app" },
	{ "Reader", "contents.read" },
	{ "Reader", "assets.read" },
};

static bool covers(const char *granted, const char *right)
{
	size_t length = strlen(granted);

	if (granted[length - 1] == '*')
		return strncmp(granted, right, length - 1) == 0;
	return strcmp(granted, right) == 0;
}

bool role_may(const char *role, const char *right)
{
	for (size_t i = 0; role != NULL && i < sizeof(grants) / sizeof(grants[0]); i++) {
		if (strcmp(grants[i].role, role) == 0 && covers(grants[i].right, right))
			return true;
	}
	return false;
}
