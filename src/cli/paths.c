#include "cli/paths.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* mount(8) and systemd start programs without a home in the environment. */
static const char *find_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *user;

	if (home && home[0] == '/')
		return home;
	user = getpwuid(geteuid());
	return user && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

/* Relative paths in these variables are to be ignored, says the specification. */
static bool below_home(
	const char *variable, const char *usual, const char *tail, char *path, size_t size)
{
	const char *base = getenv(variable);
	const char *home;
	int len;

	if (base && base[0] == '/') {
		len = snprintf(path, size, "%s/%s", base, tail);
	} else {
		home = find_home();
		if (!home)
			return false;
		len = snprintf(path, size, "%s/%s/%s", home, usual, tail);
	}
	return len > 0 && (size_t)len < size;
}

bool paths_user_config(char *path, size_t size)
{
	return below_home("XDG_CONFIG_HOME", ".config", "squidexfs/config", path, size);
}

/* Where a service, the system and a user keep such things. */
struct place {
	const char *service_variable;
	const char *system;
	const char *user_variable, *user_usual;
};

static bool find_place(const struct place *place, char *path, size_t size)
{
	const char *given = getenv(place->service_variable);
	int len;

	/* systemd joins several by ':'. */
	if (given && given[0] == '/')
		len = snprintf(path, size, "%.*s", (int)strcspn(given, ":"), given);
	else if (geteuid() == 0)
		len = snprintf(path, size, "%s/squidexfs", place->system);
	else
		return below_home(place->user_variable, place->user_usual, "squidexfs", path, size);
	return len > 0 && (size_t)len < size;
}

bool paths_cache(char *path, size_t size)
{
	static const struct place place = { "CACHE_DIRECTORY", "/var/cache", "XDG_CACHE_HOME",
		".cache" };

	return find_place(&place, path, size);
}

bool paths_state(char *path, size_t size)
{
	static const struct place place = { "STATE_DIRECTORY", "/var/lib", "XDG_STATE_HOME",
		".local/state" };

	return find_place(&place, path, size);
}
