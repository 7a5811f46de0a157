#include "save/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "save/durable.h"
#include "save/presence.h"
#include "save/sweep.h"

struct state {
	char *path;
	uint64_t max_bytes;
	struct presence *presence; /* names the temporary files of this mount */
	pthread_mutex_t lock;
	uint64_t bytes; /* guarded by lock, as the rest */
	uint64_t n_writes;
};

static int fail(struct error *err, const char *what, const char *path)
{
	return error_set(err, errno, "cannot %s '%s': %s", what, path, strerror(errno));
}

static int add_path(const struct state *state, const char *dir, const char *name,
	char path[PATH_MAX], struct error *err)
{
	int len = snprintf(path, PATH_MAX, "%s/%s%s%s", state->path, dir, *name ? "/" : "", name);

	if (len < 0 || len >= PATH_MAX)
		return error_set(
			err, ENAMETOOLONG, "'%s/%s' is too long for the local state", dir, name);
	return 0;
}

/* Opens a folder, which is made if make says so. */
static int open_dir(
	const struct state *state, const char *dir, bool make, int *ret_fd, struct error *err)
{
	char path[PATH_MAX];
	int ret = add_path(state, dir, "", path, err);

	if (ret == 0 && make)
		ret = durable_directory(path, err);
	if (ret < 0)
		return ret;
	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*ret_fd < 0)
		return errno == ENOENT ? -ENOENT : fail(err, "open", path);
	return 0;
}

static void count(struct state *state, int64_t bytes)
{
	pthread_mutex_lock(&state->lock);
	if (bytes >= 0)
		state->bytes += (uint64_t)bytes;
	else
		state->bytes -= (uint64_t)-bytes < state->bytes ? (uint64_t)-bytes : state->bytes;
	pthread_mutex_unlock(&state->lock);
}

/* Room for a file that takes another's place; it is taken at once. */
static int reserve(struct state *state, uint64_t len, uint64_t replaced, uint64_t *ret_number,
	struct error *err)
{
	uint64_t bytes;
	bool is_room;

	pthread_mutex_lock(&state->lock);
	bytes = state->bytes > replaced ? state->bytes - replaced : 0;
	is_room = bytes + len <= state->max_bytes;
	if (is_room)
		state->bytes = bytes + len;
	*ret_number = ++state->n_writes;
	pthread_mutex_unlock(&state->lock);
	if (is_room)
		return 0;
	return error_set(err, ENOSPC,
		"'%s' would hold more than the %" PRIu64
		" bytes that state_size allows: remove what is not needed",
		state->path, state->max_bytes);
}

int state_take_room(struct state *state, uint64_t bytes, struct error *err)
{
	uint64_t number;

	return reserve(state, bytes, 0, &number, err);
}

void state_give_room(struct state *state, uint64_t bytes)
{
	count(state, -(int64_t)bytes);
}

static uint64_t size_of(int dir_fd, const char *name)
{
	struct stat found;

	if (fstatat(dir_fd, name, &found, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(found.st_mode))
		return 0;
	return (uint64_t)found.st_size;
}

static int write_all(int fd, const struct state_text *text)
{
	const char *data = text->data;

	for (size_t done = 0; done < text->len;) {
		ssize_t n = write(fd, data + done, text->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

static int write_temporary(int dir_fd, const char *name, const struct state_text *text,
	enum state_durability durability)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int errnum = 0;

	if (fd < 0)
		return -1;
	if (write_all(fd, text) < 0 || (durability == STATE_DURABLE && fsync(fd) < 0))
		errnum = errno;
	if (close(fd) < 0 && !errnum)
		errnum = errno;
	errno = errnum;
	return errnum ? -1 : 0;
}

/* A file system that renames without flags alone (NFS) makes a second name, and refuses one that is taken. */
static int rename_new(int dir_fd, const char *name, const char *new_name)
{
	if (renameat2(dir_fd, name, dir_fd, new_name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL || linkat(dir_fd, name, dir_fd, new_name, 0) < 0)
		return -1;
	return unlinkat(dir_fd, name, 0);
}

static int put_in_place(int dir_fd, const char *temporary, const char *name,
	enum state_durability durability, enum state_taken taken)
{
	int ret = taken == STATE_REFUSE ? rename_new(dir_fd, temporary, name)
					: renameat(dir_fd, temporary, dir_fd, name);

	return ret == 0 && durability == STATE_DURABLE ? fsync(dir_fd) : ret;
}

/* Errors are those of errno, and without a sentence -EEXIST. */
static int write_in(struct state *state, int dir_fd, const char *name,
	const struct state_text *text, enum state_durability durability, enum state_taken taken,
	struct error *err)
{
	uint64_t replaced = taken == STATE_REPLACE ? size_of(dir_fd, name) : 0;
	char temporary[PRESENCE_NAME_SIZE];
	uint64_t number;
	int ret = reserve(state, text->len, replaced, &number, err);

	if (ret < 0)
		return ret;
	snprintf(temporary, sizeof(temporary), "%s-%" PRIu64, presence_name(state->presence),
		number);
	if (write_temporary(dir_fd, temporary, text, durability) == 0 &&
		put_in_place(dir_fd, temporary, name, durability, taken) == 0)
		return 0;
	ret = errno == EEXIST ? -EEXIST : fail(err, "write", name);
	(void)unlinkat(dir_fd, temporary, 0);
	count(state, (int64_t)replaced - (int64_t)text->len);
	return ret;
}

int state_write(struct state *state, const char *dir, const char *name,
	const struct state_text *text, enum state_durability durability, enum state_taken taken,
	struct error *err)
{
	int dir_fd;
	int ret = open_dir(state, dir, true, &dir_fd, err);

	if (ret < 0)
		return ret;
	ret = write_in(state, dir_fd, name, text, durability, taken, err);
	close(dir_fd);
	return ret;
}

static int read_all(int fd, struct buf *text)
{
	char part[65536];
	ssize_t n;

	for (;;) {
		n = read(fd, part, sizeof(part));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		n = buf_add(text, part, (size_t)n);
		if (n < 0)
			return (int)n;
	}
}

int state_read(struct state *state, const char *dir, const char *name, struct buf *ret_text,
	struct error *err)
{
	char path[PATH_MAX];
	int fd;
	int ret = add_path(state, dir, name, path, err);

	if (ret < 0)
		return ret;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? -ENOENT : fail(err, "open", path);
	buf_clear(ret_text);
	ret = read_all(fd, ret_text);
	close(fd);
	if (ret < 0)
		return error_set(err, -ret, "cannot read '%s': %s", path, strerror(-ret));
	return 0;
}

int state_remove(struct state *state, const char *dir, const char *name,
	enum state_durability durability, struct error *err)
{
	uint64_t size;
	int dir_fd;
	int ret = open_dir(state, dir, false, &dir_fd, err);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	size = size_of(dir_fd, name);
	if (unlinkat(dir_fd, name, 0) < 0)
		ret = errno == ENOENT ? 0 : fail(err, "remove", name);
	else if (durability == STATE_DURABLE && fsync(dir_fd) < 0)
		ret = fail(err, "remove", name);
	if (ret == 0)
		count(state, -(int64_t)size);
	close(dir_fd);
	return ret;
}

static uint64_t stamp_of(const struct stat *found)
{
	const uint64_t words[] = { (uint64_t)found->st_ino, (uint64_t)found->st_mtim.tv_sec,
		(uint64_t)found->st_mtim.tv_nsec };

	return hash_bytes(words, sizeof(words));
}

static int load_entry(int dir_fd, const char *name, struct state_entry *ret_entry)
{
	struct stat found;

	if (fstatat(dir_fd, name, &found, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	*ret_entry = (struct state_entry){
		.name = name,
		.is_dir = S_ISDIR(found.st_mode),
		.size = (uint64_t)found.st_size,
		.modified_s = found.st_mtim.tv_sec,
		.stamp = stamp_of(&found),
	};
	return 0;
}

static int see_entry(int dir_fd, const char *name, state_see_fn *see, void *payload)
{
	struct state_entry entry;

	/* It may have gone meanwhile: others write here, too. */
	if (load_entry(dir_fd, name, &entry) < 0)
		return 0;
	return see(payload, &entry);
}

static bool is_shown(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strncmp(name, STATE_TEMPORARY, strlen(STATE_TEMPORARY)) != 0;
}

int state_look(struct state *state, const char *dir, const char *name,
	struct state_entry *ret_entry, struct error *err)
{
	int dir_fd;
	int ret = is_shown(name) ? open_dir(state, dir, false, &dir_fd, err) : -ENOENT;

	if (ret < 0)
		return ret;
	if (load_entry(dir_fd, name, ret_entry) < 0)
		ret = errno == ENOENT ? -ENOENT : fail(err, "look at", name);
	close(dir_fd);
	return ret;
}

int state_visit(
	struct state *state, const char *dir, state_see_fn *see, void *payload, struct error *err)
{
	struct dirent *entry;
	DIR *stream;
	int dir_fd;
	int ret = open_dir(state, dir, false, &dir_fd, err);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	stream = fdopendir(dir_fd);
	if (!stream) {
		ret = fail(err, "read", dir);
		close(dir_fd);
		return ret;
	}
	for (errno = 0; ret == 0 && (entry = readdir(stream)); errno = 0) {
		if (is_shown(entry->d_name))
			ret = see_entry(dir_fd, entry->d_name, see, payload);
	}
	if (ret == 0 && errno)
		ret = fail(err, "read", dir);
	closedir(stream);
	return ret;
}

const char *state_path(const struct state *state)
{
	return state->path;
}

uint64_t state_bytes(struct state *state)
{
	uint64_t bytes;

	pthread_mutex_lock(&state->lock);
	bytes = state->bytes;
	pthread_mutex_unlock(&state->lock);
	return bytes;
}

int state_open(const struct state_conf *conf, struct state **ret_state, struct error *err)
{
	const char *const identity[] = { conf->url, conf->app };
	struct state *state = calloc(1, sizeof(*state));
	int ret;

	if (!state)
		return error_set(err, ENOMEM, "out of memory");
	state->max_bytes = conf->max_bytes;
	pthread_mutex_init(&state->lock, NULL);
	if (asprintf(&state->path, "%s/%s-%016" PRIx64, conf->directory, conf->app,
		    hash_strings(identity, 2)) < 0) {
		state->path = NULL;
		ret = error_set(err, ENOMEM, "out of memory");
	} else {
		ret = durable_directory(state->path, err);
	}
	if (ret == 0)
		ret = presence_open(state->path, &state->presence, err);
	if (ret == 0)
		ret = sweep_directory(state->path, &state->bytes, err);
	if (ret < 0)
		state_close(state);
	else
		*ret_state = state;
	return ret;
}

void state_close(struct state *state)
{
	if (!state)
		return;
	presence_close(state->presence);
	pthread_mutex_destroy(&state->lock);
	free(state->path);
	free(state);
}
