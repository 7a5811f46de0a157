#include "cli/fuse_options.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A name that ends in '=' has a value; one that ends in '-' is a prefix. */
static const char *const passed_on[] = { "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec",
	"noexec", "async", "sync", "dirsync", "noatime", "allow_other", "allow_root",
	"auto_unmount", "default_permissions", "max_read=", "fsname=", "subtype=", "context=",
	"fscontext=", "defcontext=", "rootcontext=", NULL };

static const char *const ignored[] = { "auto", "noauto", "user", "nouser", "users", "owner",
	"group", "_netdev", "nofail", "defaults", "comment=", "uhelper=", "helper=", "user=", "x-",
	"X-", "atime", "relatime", "norelatime", "strictatime", "nostrictatime", "diratime",
	"nodiratime", "lazytime", "nolazytime", "silent", "loud", NULL };

static bool is_among(const char *const *names, const char *option)
{
	for (size_t i = 0; names[i]; i++) {
		size_t len = strlen(names[i]);
		char last = names[i][len - 1];

		if (strncmp(option, names[i], len) == 0 &&
			(last == '=' || last == '-' || option[len] == '\0'))
			return true;
	}
	return false;
}

enum fuse_option_class fuse_options_classify(const char *option)
{
	if (is_among(passed_on, option))
		return FUSE_OPTION_PASSED_ON;
	if (is_among(ignored, option))
		return FUSE_OPTION_IGNORED;
	return FUSE_OPTION_UNKNOWN;
}
