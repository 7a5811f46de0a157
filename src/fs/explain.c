#include "fs/explain.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define DEVICE "/dev/fuse"
#define HELPER "fusermount3"
#define FUSE_CONF "/etc/fuse.conf"

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (list && *list) {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, word, n) == 0)
			return true;
		list += n;
		list += *list == ',';
	}
	return false;
}

/* libfuse looks for its helper where it was installed, then in PATH. */
static bool has_helper(void)
{
	const char *path = getenv("PATH");
	char file[4096];

	if (access("/usr/bin/" HELPER, X_OK) == 0)
		return true;
	while (path && *path) {
		size_t n = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/" HELPER, (int)n, path);
		if (access(file, X_OK) == 0)
			return true;
		path += n;
		path += *path == ':';
	}
	return false;
}

static bool may_users_allow_other(void)
{
	FILE *conf = fopen(FUSE_CONF, "re");
	char line[256];
	bool is_allowed = false;

	if (!conf)
		return false;
	while (!is_allowed && fgets(line, sizeof(line), conf)) {
		line[strcspn(line, " \t\r\n#")] = '\0';
		is_allowed = strcmp(line, "user_allow_other") == 0;
	}
	fclose(conf);
	return is_allowed;
}

int explain_failed_mount(const char *mountpoint, const char *options, struct error *err)
{
	bool is_shared = has_word(options, "allow_other") || has_word(options, "allow_root");

	if (access(DEVICE, F_OK) < 0)
		return error_set(err, ENODEV,
			"cannot mount on '%s': there is no " DEVICE "; load the kernel module "
			"(modprobe fuse), or give the container the device",
			mountpoint);
	if (access(DEVICE, R_OK | W_OK) < 0)
		return error_set(err, EACCES, "cannot mount on '%s': " DEVICE ": %s", mountpoint,
			strerror(errno));
	if (geteuid() != 0 && !has_helper())
		return error_set(err, ENOENT,
			"cannot mount on '%s': " HELPER " is not installed (package fuse3)",
			mountpoint);
	if (geteuid() != 0 && is_shared && !may_users_allow_other())
		return error_set(err, EPERM,
			"cannot mount on '%s': allow_other and allow_root need the line "
			"'user_allow_other' in " FUSE_CONF,
			mountpoint);
	if (geteuid() != 0 && access(mountpoint, W_OK) < 0)
		return error_set(err, EACCES,
			"cannot mount on '%s': a mount point must be writable for its user",
			mountpoint);
	return error_set(err, EPERM,
		"cannot mount on '%s': libfuse was refused; its own message stands above",
		mountpoint);
}
