#include "save/scratch_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "cache/private.h"

#define OWNER_MAY 0600

static int fail(struct error *err, const char *what, const char *name)
{
	if (errno == ENOENT || errno == EEXIST)
		return -errno;
	return error_set(
		err, errno, "cannot %s the scratch file '%s': %s", what, name, strerror(errno));
}

static int add_path(
	const struct scratch_place *place, const char *name, char path[PATH_MAX], struct error *err)
{
	int len;

	if (strncmp(name, STATE_TEMPORARY, strlen(STATE_TEMPORARY)) == 0)
		return error_set(err, EINVAL,
			"'%s': a scratch file's name does not begin with '" STATE_TEMPORARY "'",
			name);
	len = snprintf(
		path, PATH_MAX, "%s/scratch/%s/%s", state_path(place->state), place->schema, name);
	if (len < 0 || len >= PATH_MAX)
		return error_set(
			err, ENAMETOOLONG, "'%s' is too long a name for the local state", name);
	return 0;
}

/* The path, and the folder that it lies in. */
static int make_path(const struct scratch_place *place, char path[PATH_MAX], struct error *err)
{
	int ret = add_path(place, "", path, err);

	if (ret == 0)
		ret = private_directory(path, err);
	return ret == 0 ? add_path(place, place->name, path, err) : ret;
}

int scratch_file_stat(const struct scratch_place *place, struct stat *ret_stat, struct error *err)
{
	char path[PATH_MAX];
	int ret = add_path(place, place->name, path, err);

	if (ret == 0 && lstat(path, ret_stat) < 0)
		ret = fail(err, "find", place->name);
	return ret;
}

int scratch_file_open(const struct scratch_place *place, enum scratch_open how, mode_t mode,
	int *ret_fd, struct error *err)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	char path[PATH_MAX];
	int ret;

	if (how == SCRATCH_THERE)
		ret = add_path(place, place->name, path, err);
	else
		ret = make_path(place, path, err);
	if (ret < 0)
		return ret;
	*ret_fd = how == SCRATCH_THERE ? -1 : open(path, flags | O_CREAT | O_EXCL, OWNER_MAY);
	if (*ret_fd >= 0 && fchmod(*ret_fd, (mode & 0777) | OWNER_MAY) == 0)
		return 0;
	if (*ret_fd < 0 && how != SCRATCH_MAKE_NEW)
		*ret_fd = open(path, flags);
	return *ret_fd < 0 ? fail(err, "open", place->name) : 0;
}

static int take_growth(
	struct state *state, int fd, uint64_t size, uint64_t *ret_was, struct error *err)
{
	struct stat found;

	if (fstat(fd, &found) < 0)
		return fail(err, "write", "");
	*ret_was = (uint64_t)found.st_size;
	return size > *ret_was ? state_take_room(state, size - *ret_was, err) : 0;
}

int scratch_file_write(struct state *state, int fd, uint64_t offset, const char *data, size_t size,
	struct error *err)
{
	uint64_t end = offset + size, was = 0;
	int ret = take_growth(state, fd, end, &was, err);

	if (ret < 0)
		return ret;
	for (size_t done = 0; ret == 0 && done < size;) {
		ssize_t n = pwrite(fd, data + done, size - done, (off_t)(offset + done));

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			ret = error_set(
				err, errno, "cannot write a scratch file: %s", strerror(errno));
	}
	if (ret < 0 && end > was)
		state_give_room(state, end - was);
	return ret;
}

int scratch_file_resize(struct state *state, int fd, uint64_t size, struct error *err)
{
	uint64_t was = 0;
	int ret = take_growth(state, fd, size, &was, err);

	if (ret < 0)
		return ret;
	if (ftruncate(fd, (off_t)size) < 0) {
		ret = error_set(err, errno, "cannot cut a scratch file: %s", strerror(errno));
		if (size > was)
			state_give_room(state, size - was);
	} else if (size < was) {
		state_give_room(state, was - size);
	}
	return ret;
}

/* Of a schema's files, as the state names it. */
static int add_dir(const char *schema, char dir[PATH_MAX], struct error *err)
{
	int len = snprintf(dir, PATH_MAX, "scratch/%s", schema);

	if (len < 0 || len >= PATH_MAX)
		return error_set(err, ENAMETOOLONG, "'%s' is too long a name", schema);
	return 0;
}

int scratch_file_read(const struct scratch_place *place, struct buf *ret_text, struct error *err)
{
	char dir[PATH_MAX];
	int ret = add_dir(place->schema, dir, err);

	return ret < 0 ? ret : state_read(place->state, dir, place->name, ret_text, err);
}

int scratch_file_replace(const struct scratch_place *place, mode_t mode, const char *data,
	size_t size, struct error *err)
{
	const struct state_text text = { data, size };
	char path[PATH_MAX], dir[PATH_MAX];
	/* The name is one that a scratch file may have. */
	int ret = add_path(place, place->name, path, err);

	if (ret == 0)
		ret = add_dir(place->schema, dir, err);
	if (ret == 0)
		ret = state_write(
			place->state, dir, place->name, &text, STATE_LAZY, STATE_OUST, err);
	/* Whoever may not read it yet is not worth failing for: what was there is gone. */
	if (ret == 0)
		(void)scratch_file_set_mode(place, mode, NULL);
	return ret;
}

int scratch_file_symlink(const struct scratch_place *place, const char *target, struct error *err)
{
	char path[PATH_MAX];
	int ret = make_path(place, path, err);

	if (ret == 0 && symlink(target, path) < 0)
		ret = fail(err, "make", place->name);
	return ret;
}

int scratch_file_readlink(
	const struct scratch_place *place, char *target, size_t size, struct error *err)
{
	char path[PATH_MAX];
	ssize_t len;
	int ret = add_path(place, place->name, path, err);

	if (ret < 0)
		return ret;
	len = readlink(path, target, size - 1);
	if (len < 0)
		return fail(err, "read", place->name);
	target[len] = '\0';
	return 0;
}

int scratch_file_remove(const struct scratch_place *place, struct error *err)
{
	char path[PATH_MAX];
	int ret = add_path(place, place->name, path, err);

	if (ret == 0 && unlink(path) < 0)
		ret = fail(err, "remove", place->name);
	return ret;
}

int scratch_file_rename(const struct scratch_place *place, const char *new_name, struct error *err)
{
	char path[PATH_MAX], new_path[PATH_MAX];
	int ret = add_path(place, place->name, path, err);

	if (ret == 0)
		ret = add_path(place, new_name, new_path, err);
	if (ret == 0 && rename(path, new_path) < 0)
		ret = fail(err, "rename", place->name);
	return ret;
}

int scratch_file_set_mode(const struct scratch_place *place, mode_t mode, struct error *err)
{
	char path[PATH_MAX];
	int ret = add_path(place, place->name, path, err);

	if (ret == 0 && fchmodat(AT_FDCWD, path, (mode & 0777) | OWNER_MAY, 0) < 0)
		ret = fail(err, "change", place->name);
	return ret;
}

int scratch_file_set_times(
	const struct scratch_place *place, const struct timespec times[2], struct error *err)
{
	char path[PATH_MAX];
	int ret = add_path(place, place->name, path, err);

	if (ret == 0 && utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0)
		ret = fail(err, "change", place->name);
	return ret;
}

int scratch_file_visit(struct state *state, const char *schema, state_see_fn *see, void *payload,
	struct error *err)
{
	char dir[PATH_MAX];
	int ret = add_dir(schema, dir, err);

	return ret < 0 ? ret : state_visit(state, dir, see, payload, err);
}
