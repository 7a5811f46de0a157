#include "tree/scratch_private.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cache/cache.h"
#include "tree/app.h"

/* A copy of what leads to its file, and whether that is open. */
struct way {
	struct scratch_place place;
	char name[NAME_MAX_LEN + 1];
	int fd; /* -1: nobody has it open */
};

static int find_way(
	struct scratches *scratches, uint64_t number, struct way *ret_way, struct error *err)
{
	const struct scratch *s;

	pthread_mutex_lock(&scratches->lock);
	s = scratches_get_locked(scratches, number);
	if (s) {
		memcpy(ret_way->name, s->name, sizeof(s->name));
		ret_way->fd = s->fd >= 0 ? dup(s->fd) : -1;
		ret_way->place = (struct scratch_place){ s->app->state, cache_dir_name(s->dir),
			ret_way->name };
	}
	pthread_mutex_unlock(&scratches->lock);
	if (!s || (!ret_way->name[0] && ret_way->fd < 0))
		return error_set(err, ESTALE, "the scratch file is no longer there");
	return 0;
}

static int stale_if_gone(int ret, struct error *err)
{
	return ret == -ENOENT ? error_set(err, ESTALE, "the scratch file is no longer there") : ret;
}

int scratch_get(struct scratches *scratches, uint64_t number, struct scratch_figures *ret_figures,
	struct error *err)
{
	struct stat stat;
	struct way way = { .fd = -1 };
	int ret = find_way(scratches, number, &way, err);

	if (ret < 0)
		return ret;
	if (way.fd < 0)
		ret = stale_if_gone(scratch_file_stat(&way.place, &stat, err), err);
	else if (fstat(way.fd, &stat) < 0)
		ret = error_set(err, errno, "cannot look at the scratch file");
	if (way.fd >= 0)
		close(way.fd);
	if (ret == 0)
		scratch_fill(&stat, number, ret_figures);
	return ret;
}

/* The file is open: for all who have it so, the same descriptor. */
static int hold(struct scratches *scratches, const struct scratch_name *name, int fd,
	struct scratch **ret_scratch, struct error *err)
{
	struct scratch *scratch;

	pthread_mutex_lock(&scratches->lock);
	scratch = scratches_take_locked(scratches, name);
	if (scratch && scratch->fd < 0) {
		scratch->fd = fd;
		fd = -1;
	}
	if (scratch)
		scratch->references++;
	pthread_mutex_unlock(&scratches->lock);
	if (fd >= 0)
		close(fd);
	if (!scratch)
		return scratches_fail_full(err);
	*ret_scratch = scratch;
	return 0;
}

int scratch_create(struct scratches *scratches, const struct scratch_name *name,
	const struct tree_creation *creation, struct scratch **ret_scratch, struct error *err)
{
	const struct scratch_place place = scratch_place(name);
	enum scratch_open how = creation->taken == TREE_TAKEN_REFUSED ? SCRATCH_MAKE_NEW
								      : SCRATCH_MAKE;
	int fd = -1;
	int ret = scratch_file_open(&place, how, creation->mode, &fd, err);

	return ret < 0 ? ret : hold(scratches, name, fd, ret_scratch, err);
}

/* Of a file that somebody has open already. */
static struct scratch *share(struct scratches *scratches, uint64_t number)
{
	struct scratch *s;

	pthread_mutex_lock(&scratches->lock);
	s = scratches_get_locked(scratches, number);
	if (s && s->references > 0)
		s->references++;
	else
		s = NULL;
	pthread_mutex_unlock(&scratches->lock);
	return s;
}

int scratch_open(struct scratches *scratches, uint64_t number, struct scratch **ret_scratch,
	struct error *err)
{
	struct scratch *shared = share(scratches, number);
	char text[NAME_MAX_LEN + 1];
	struct scratch_name name = { .name = text };
	struct scratch_place place;
	struct scratch *s;
	int fd = -1;
	int ret;

	if (shared) {
		*ret_scratch = shared;
		return 0;
	}
	name.dir = scratch_get_name(scratches, number, text);
	pthread_mutex_lock(&scratches->lock);
	s = scratches_get_locked(scratches, number);
	name.app = s ? s->app : NULL;
	pthread_mutex_unlock(&scratches->lock);
	if (!name.app || !text[0])
		return stale_if_gone(-ENOENT, err);
	place = scratch_place(&name);
	ret = stale_if_gone(scratch_file_open(&place, SCRATCH_THERE, 0, &fd, err), err);
	return ret < 0 ? ret : hold(scratches, &name, fd, ret_scratch, err);
}

static uint64_t size_of(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) < 0 ? 0 : (uint64_t)stat.st_size;
}

void scratch_close(struct scratch *scratch)
{
	struct scratches *scratches;
	struct state *state;
	bool is_gone = false;
	int fd = -1;

	if (!scratch)
		return;
	scratches = scratch->scratches;
	state = scratch->app->state;
	pthread_mutex_lock(&scratches->lock);
	if (--scratch->references == 0) {
		fd = scratch->fd;
		scratch->fd = -1;
		is_gone = scratch->is_gone;
	}
	if (is_gone)
		scratches_drop_locked(scratch);
	pthread_mutex_unlock(&scratches->lock);
	if (is_gone)
		state_give_room(state, size_of(fd));
	if (fd >= 0)
		close(fd);
}

int scratch_stat(struct scratch *scratch, struct scratch_figures *ret_figures)
{
	struct stat stat;

	if (fstat(scratch->fd, &stat) < 0)
		return -errno;
	scratch_fill(&stat, scratch->number, ret_figures);
	return 0;
}

size_t scratch_read(const struct scratch *scratch, uint64_t offset, char *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(scratch->fd, data + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static int check_unsaved(const struct scratch *scratch, struct error *err)
{
	if (!atomic_load(&scratch->is_saved))
		return 0;
	return error_set(err, ESTALE,
		"the file was renamed to an item's name, and saved as it was then; open that to "
		"change it");
}

int scratch_write(
	struct scratch *scratch, uint64_t offset, const char *data, size_t size, struct error *err)
{
	int ret = check_unsaved(scratch, err);

	return ret < 0 ? ret
		       : scratch_file_write(
				 scratch->app->state, scratch->fd, offset, data, size, err);
}

int scratch_resize(struct scratch *scratch, uint64_t size, struct error *err)
{
	int ret = check_unsaved(scratch, err);

	return ret < 0 ? ret : scratch_file_resize(scratch->app->state, scratch->fd, size, err);
}

int scratch_sync(const struct scratch *scratch, struct error *err)
{
	if (fsync(scratch->fd) < 0)
		return error_set(err, errno, "cannot write a scratch file: %s", strerror(errno));
	return 0;
}

int scratch_change(struct scratches *scratches, uint64_t number,
	const struct tree_attributes *attributes, struct error *err)
{
	struct way way = { .fd = -1 };
	int ret = find_way(scratches, number, &way, err);

	if (ret < 0)
		return ret;
	if (way.fd >= 0)
		close(way.fd);
	if (!way.name[0])
		return 0;
	if (attributes->has_mode)
		ret = scratch_file_set_mode(&way.place, attributes->mode, err);
	if (ret == 0 && attributes->has_times)
		ret = scratch_file_set_times(&way.place, attributes->times, err);
	return stale_if_gone(ret, err);
}

int scratch_symlink(const struct scratch_name *name, const char *target, struct error *err)
{
	const struct scratch_place place = scratch_place(name);

	return scratch_file_symlink(&place, target, err);
}

int scratch_readlink(
	struct scratches *scratches, uint64_t number, char *target, size_t size, struct error *err)
{
	struct way way = { .fd = -1 };
	int ret = find_way(scratches, number, &way, err);

	if (ret < 0)
		return ret;
	if (way.fd >= 0)
		close(way.fd);
	return stale_if_gone(scratch_file_readlink(&way.place, target, size, err), err);
}

int scratch_load(const struct scratch_name *name, struct buf *ret_text, struct error *err)
{
	const struct scratch_place place = scratch_place(name);

	return scratch_file_read(&place, ret_text, err);
}
