#include "save/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cache/private.h"

static bool is_there(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0;
}

static int sync_directory(const char *path, struct error *err)
{
	int fd = open(*path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int errnum = fd < 0 || fsync(fd) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	if (errnum)
		return error_set(
			err, errnum, "cannot make '%s' durable: %s", path, strerror(errnum));
	return 0;
}

int durable_directory(const char *path, struct error *err)
{
	char above[PATH_MAX];
	size_t n_missing = 0;
	int ret = 0;

	if (is_there(path))
		return 0;
	if (snprintf(above, sizeof(above), "%s", path) >= (int)sizeof(above))
		return error_set(err, ENAMETOOLONG, "'%s' is too long", path);
	for (; *above && !is_there(above); n_missing++)
		*strrchr(above, '/') = '\0';
	ret = private_directory(path, err);
	for (size_t len = strlen(above); ret == 0 && n_missing > 0; n_missing--) {
		ret = sync_directory(above, err);
		snprintf(above, sizeof(above), "%s", path);
		len += 1 + strcspn(path + len + 1, "/");
		above[len] = '\0';
	}
	return ret;
}
