#include "save/presence.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "save/state.h"

/* A sign that another mount takes for a dead one's, between its making and its lock, is made again. */
#define TRIES_MAX 100

struct presence {
	int fd;
	char path[PATH_MAX];
	char name[PRESENCE_NAME_SIZE];
};

static int fail(struct error *err, const char *what, const char *path)
{
	return error_set(err, errno, "cannot %s '%s': %s", what, path, strerror(errno));
}

static int make_name(struct presence *presence, const char *folder, struct error *err)
{
	uint64_t token;
	int len;

	if (getrandom(&token, sizeof(token), 0) != sizeof(token))
		return error_set(err, EIO, "the system has no random numbers: %s", strerror(errno));
	snprintf(presence->name, sizeof(presence->name), STATE_TEMPORARY "%016" PRIx64, token);
	len = snprintf(presence->path, sizeof(presence->path), "%s/%s", folder, presence->name);
	if (len < 0 || (size_t)len >= sizeof(presence->path))
		return error_set(err, ENAMETOOLONG, "'%s' is too long", folder);
	return 0;
}

static bool is_linked(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 && found.st_nlink > 0;
}

/* -EAGAIN without a sentence: somebody takes it for a dead one's. */
static int try_open(struct presence *presence, struct error *err)
{
	presence->fd = open(
		presence->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (presence->fd < 0)
		return fail(err, "make", presence->path);
	if (flock(presence->fd, LOCK_EX | LOCK_NB) == 0)
		return is_linked(presence->fd) ? 0 : -EAGAIN;
	return errno == EWOULDBLOCK ? -EAGAIN : fail(err, "lock", presence->path);
}

int presence_open(const char *folder, struct presence **ret_presence, struct error *err)
{
	struct presence *presence = calloc(1, sizeof(*presence));
	int ret = -EAGAIN;

	if (!presence)
		return error_set(err, ENOMEM, "out of memory");
	presence->fd = -1;
	for (unsigned i = 0; ret == -EAGAIN && i < TRIES_MAX; i++) {
		if (presence->fd >= 0)
			close(presence->fd);
		presence->fd = -1;
		ret = make_name(presence, folder, err);
		if (ret == 0)
			ret = try_open(presence, err);
	}
	if (ret == -EAGAIN)
		ret = error_set(err, EBUSY, "other mounts take the files in '%s' away", folder);
	if (ret < 0)
		presence_close(presence);
	else
		*ret_presence = presence;
	return ret;
}

void presence_close(struct presence *presence)
{
	if (!presence)
		return;
	if (presence->fd >= 0) {
		(void)unlink(presence->path);
		close(presence->fd);
	}
	free(presence);
}

const char *presence_name(const struct presence *presence)
{
	return presence->name;
}

bool presence_is_over(const char *folder, const char *name)
{
	static const size_t prefix_len = sizeof(STATE_TEMPORARY) - 1;
	char path[PATH_MAX];
	bool is_over;
	int fd, len;

	if (strncmp(name, STATE_TEMPORARY, prefix_len) != 0)
		return false;
	len = snprintf(path, sizeof(path), "%s/%.*s", folder,
		(int)(prefix_len + strcspn(name + prefix_len, "-")), name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return false;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT;
	is_over = flock(fd, LOCK_EX | LOCK_NB) == 0;
	/* While the lock is held: whoever is just making it sees that it is gone. */
	if (is_over)
		(void)unlink(path);
	close(fd);
	return is_over;
}
