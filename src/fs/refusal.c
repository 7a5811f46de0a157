#include "fs/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/thread.h"
#include "fs/mount_private.h"

/* Beside what a write carries; the kernel takes no smaller buffer. */
#define HEADERS_SIZE FUSE_MIN_READ_BUFFER

struct refusal {
	pthread_t thread;
	int device; /* the session's */
	int end;    /* readable: it is over */
	char *bytes;
	size_t size;
};

static bool has_reply(const struct fuse_in_header *header)
{
	switch (header->opcode) {
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
	case FUSE_NOTIFY_REPLY:
		return false;
	default:
		return true;
	}
}

/* false: the connection is no more. */
static bool refuse_next(struct refusal *refusal)
{
	ssize_t n = read(refusal->device, refusal->bytes, refusal->size);
	struct fuse_out_header reply = { .len = sizeof(reply), .error = -ENOTCONN };
	struct fuse_in_header asked;

	/* Whoever asked may have been killed, and there is nothing to read; ENOENT tells so, too. */
	if (n < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOENT;
	if ((size_t)n < sizeof(asked))
		return false;
	memcpy(&asked, refusal->bytes, sizeof(asked));
	reply.unique = asked.unique;
	/* It fails where whoever asked has gone meanwhile. */
	if (has_reply(&asked))
		(void)!write(refusal->device, &reply, sizeof(reply));
	return true;
}

static void *refuse_all(void *payload)
{
	struct refusal *refusal = payload;
	struct pollfd watched[] = {
		{ .fd = refusal->device, .events = POLLIN },
		{ .fd = refusal->end, .events = POLLIN },
	};
	bool goes_on = true;

	while (goes_on) {
		int n = poll(watched, 2, -1);

		goes_on = n < 0 ? errno == EINTR : watched[1].revents == 0;
		if (goes_on && n > 0)
			goes_on = refuse_next(refusal);
	}
	return NULL;
}

static int start(struct refusal *refusal, const struct mount *mount, struct error *err)
{
	int ret;

	refusal->device = fuse_session_fd(mount->session);
	refusal->end = eventfd(0, EFD_CLOEXEC);
	if (refusal->end < 0 || fcntl(refusal->device, F_SETFL, O_NONBLOCK) < 0)
		return error_set(
			err, errno, "cannot end the connection to the kernel: %s", strerror(errno));
	refusal->size = mount->max_write + HEADERS_SIZE;
	refusal->bytes = malloc(refusal->size);
	if (!refusal->bytes)
		return error_set(err, ENOMEM, "out of memory");
	ret = thread_start(&refusal->thread, refuse_all, refusal);
	if (ret < 0)
		return error_set(err, -ret, "cannot start a thread: %s", strerror(-ret));
	return 0;
}

static void release(struct refusal *refusal)
{
	if (refusal->end >= 0)
		close(refusal->end);
	free(refusal->bytes);
	free(refusal);
}

int refusal_new(struct mount *mount, struct refusal **ret_refusal, struct error *err)
{
	struct refusal *refusal = calloc(1, sizeof(*refusal));
	int ret;

	if (!refusal)
		return error_set(err, ENOMEM, "out of memory");
	refusal->end = -1;
	ret = start(refusal, mount, err);
	if (ret < 0)
		release(refusal);
	else
		*ret_refusal = refusal;
	return ret;
}

void refusal_free(struct refusal *refusal)
{
	const uint64_t one = 1;

	if (!refusal)
		return;
	(void)!write(refusal->end, &one, sizeof(one));
	pthread_join(refusal->thread, NULL);
	release(refusal);
}
