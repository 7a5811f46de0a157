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
#include "tree/kernel.h"

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

/* By the kernel's number of the operation; 0: not counted by itself. */
static const unsigned char counted[] = {
	[FUSE_LOOKUP] = 1 + KERNEL_LOOKUP,
	[FUSE_FORGET] = 1 + KERNEL_FORGET,
	[FUSE_BATCH_FORGET] = 1 + KERNEL_FORGET,
	[FUSE_GETATTR] = 1 + KERNEL_GETATTR,
	[FUSE_OPEN] = 1 + KERNEL_OPEN,
	[FUSE_READ] = 1 + KERNEL_READ,
	[FUSE_WRITE] = 1 + KERNEL_WRITE,
	[FUSE_FLUSH] = 1 + KERNEL_FLUSH,
	[FUSE_RELEASE] = 1 + KERNEL_RELEASE,
	[FUSE_OPENDIR] = 1 + KERNEL_OPENDIR,
	[FUSE_READDIR] = 1 + KERNEL_READDIR,
	[FUSE_READDIRPLUS] = 1 + KERNEL_READDIRPLUS,
	[FUSE_RELEASEDIR] = 1 + KERNEL_RELEASEDIR,
	[FUSE_GETXATTR] = 1 + KERNEL_GETXATTR,
	[FUSE_LISTXATTR] = 1 + KERNEL_LISTXATTR,
};

/* Here is counted also what libfuse answers by itself. */
static void count(struct mount *mount, const struct fuse_in_header *header)
{
	unsigned char found = 0;

	if (header->opcode < sizeof(counted))
		found = counted[header->opcode];
	kernel_count(mount->tree, found ? found - 1 : KERNEL_OTHER);
}

static ssize_t channel_read(int fd, void *bytes, size_t size, void *userdata)
{
	ssize_t n = read(fd, bytes, size);

	if (n >= (ssize_t)sizeof(struct fuse_in_header))
		count(userdata, bytes);
	return n;
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
