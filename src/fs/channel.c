#include "fs/channel.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/error.h"
#include "fs/mount_private.h"

/* The first message that is no failure answers INIT: before it, the kernel asks nothing else. */
static void complete_greeting(struct mount *mount, const struct iovec *iov, int count)
{
	const struct fuse_out_header *header = iov[0].iov_base;
	struct fuse_init_out *answer;

	if (mount->is_greeted || header->error != 0 || count < 2 ||
		iov[1].iov_len < offsetof(struct fuse_init_out, flags) + sizeof(answer->flags))
		return;
	answer = iov[1].iov_base;
	answer->flags |= FUSE_PARALLEL_DIROPS;
	mount->is_greeted = true;
}

static ssize_t channel_writev(int fd, struct iovec *iov, int count, void *userdata)
{
	struct mount *mount = userdata;

	if (!mount->is_greeted)
		complete_greeting(mount, iov, count);
	return writev(fd, iov, count);
}

static ssize_t channel_read(int fd, void *bytes, size_t size, void *userdata)
{
	(void)userdata;
	return read(fd, bytes, size);
}

int channel_set(struct fuse_session *session, struct error *err)
{
	static const struct fuse_custom_io io = { .writev = channel_writev, .read = channel_read };
	int ret = fuse_session_custom_io(session, &io, fuse_session_fd(session));

	if (ret < 0)
		return error_set(
			err, -ret, "cannot set the channel to the kernel: %s", strerror(-ret));
	return 0;
}
