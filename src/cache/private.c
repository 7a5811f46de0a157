#include "cache/private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

int private_directory(const char *directory, struct error *err)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s", directory);

	if (len <= 0 || (size_t)len >= sizeof(path))
		return error_set(err, ENAMETOOLONG, "'%s' cannot be a directory", directory);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return error_set(err, errno, "cannot make the directory '%s': %s", path,
				strerror(errno));
		*p = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(
			err, errno, "cannot make the directory '%s': %s", path, strerror(errno));
	return 0;
}

int private_open(const char *path, int *ret_fd, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int errnum;

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s': %s", path, strerror(errno));
	if (fchmod(fd, 0600) < 0) {
		errnum = errno;
		close(fd);
		return error_set(
			err, errnum, "cannot make '%s' private: %s", path, strerror(errnum));
	}
	*ret_fd = fd;
	return 0;
}
