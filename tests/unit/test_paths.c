#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/paths.h"
#include "support/suite.h"

/* Nobody: one who is not root. */
#define USER_ID 65534

static const struct kind {
	bool (*find)(char *path, size_t size);
	const char *service, *user; /* variables */
	const char *system, *usual;
} kinds[] = {
	{ paths_cache, "CACHE_DIRECTORY", "XDG_CACHE_HOME", "/var/cache/squidexfs", ".cache" },
	{ paths_state, "STATE_DIRECTORY", "XDG_STATE_HOME", "/var/lib/squidexfs", ".local/state" },
};

enum place { SERVICE, SYSTEM, XDG, HOME, PASSWD };

static const struct row {
	const char *name;
	uid_t uid;
	const char *service, *xdg, *home; /* values; NULL: not set */
	enum place expected;
} rows[] = {
	{ "root has the system's", 0, NULL, NULL, NULL, SYSTEM },
	{ "whatever its home", 0, NULL, "/x", "/h", SYSTEM },
	{ "but for a service's", 0, "/s", "/x", "/h", SERVICE },
	{ "of several, the first", 0, "/s:/t", NULL, NULL, SERVICE },
	{ "which is no relative one", 0, "s", "/x", "/h", SYSTEM },
	{ "nor an empty one", 0, "", "/x", "/h", SYSTEM },
	{ "a user has XDG's", USER_ID, NULL, "/x", "/h", XDG },
	{ "a service's first", USER_ID, "/s", "/x", "/h", SERVICE },
	{ "which is no relative one either", USER_ID, "s", "/x", "/h", XDG },
	{ "nor is XDG's", USER_ID, NULL, "x", "/h", HOME },
	{ "nor an empty one of XDG", USER_ID, NULL, "", "/h", HOME },
	{ "else it is at home", USER_ID, NULL, NULL, "/h", HOME },
	{ "which is no relative one as well", USER_ID, NULL, NULL, "h", PASSWD },
	{ "and the system knows it", USER_ID, NULL, NULL, NULL, PASSWD },
};

static void set(const char *variable, const char *value)
{
	if (value)
		setenv(variable, value, 1);
	else
		unsetenv(variable);
}

static void expect(const struct kind *kind, enum place place, char *path, size_t size)
{
	const struct passwd *user;

	switch (place) {
	case SERVICE:
		snprintf(path, size, "/s");
		break;
	case SYSTEM:
		snprintf(path, size, "%s", kind->system);
		break;
	case XDG:
		snprintf(path, size, "/x/squidexfs");
		break;
	case HOME:
		snprintf(path, size, "/h/%s/squidexfs", kind->usual);
		break;
	case PASSWD:
		user = getpwuid(geteuid());
		ck_assert_ptr_nonnull(user);
		snprintf(path, size, "%s/%s/squidexfs", user->pw_dir, kind->usual);
		break;
	}
}

static void check_kind(const struct kind *kind, const struct row *row)
{
	char path[PATHS_MAX], expected[PATHS_MAX];

	set(kind->service, row->service);
	set(kind->user, row->xdg);
	set("HOME", row->home);
	expect(kind, row->expected, expected, sizeof(expected));
	ck_assert_msg(kind->find(path, sizeof(path)), "%s", row->name);
	ck_assert_msg(strcmp(path, expected) == 0, "%s: %s, not %s", row->name, path, expected);
	ck_assert(kind->find(path, strlen(expected) + 1));
	ck_assert(!kind->find(path, strlen(expected)));
}

/* Root is either in turn; whoever else runs this is himself alone. */
START_TEST(paths_are_found)
{
	const struct row *row = &rows[_i];
	const uid_t self = geteuid();
	const bool is_changed = self == 0 && row->uid != 0;

	if (self != 0 && row->uid == 0)
		return;
	if (is_changed)
		ck_assert_int_eq(seteuid(row->uid), 0);
	for (int i = 0; i < N_ROWS(kinds); i++)
		check_kind(&kinds[i], row);
	if (is_changed)
		ck_assert_int_eq(seteuid(self), 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("paths");

	tcase_add_loop_test(tcase, paths_are_found, 0, N_ROWS(rows));
	return suite_run(tcase, "paths");
}
