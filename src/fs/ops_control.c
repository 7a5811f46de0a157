/*
 * Writing to /.squidexfs/refresh. The write is answered when all is done: the cache has
 * forgotten, and the kernel has been told.
 *
 * What the kernel is told, and what it makes of it (seen on Linux 6.18):
 *
 * - Of each item at hand, that its attributes are no longer known (inval_inode with offset
 *   -1). That waits for nothing and takes 3 us; it is ENOENT where the kernel does not know
 *   the node. It holds for every spelling of the name and for files that are open. The next
 *   stat asks us; where the item is gone, our ESTALE makes the kernel look the name up again.
 *   Pages need no word: an open that finds another text drops them, and an open file goes on
 *   showing its snapshot.
 * - Of each name that it was told is absent, that it must look again (inval_entry). That
 *   waits for the lookups under way in the directory, hence the notifier.
 *
 * Taking back the entry of the schema's directory alone would be shorter: the kernel drops all
 * entries below it, with attributes and pages. But what is held open (a file, O_PATH) keeps its
 * old attributes, and so does the path to it; and the directory is unhashed under those who stand
 * in it, whose getcwd(2) fails with ENOENT until somebody comes there by path. Git, for
 * one, does not work without it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fs/notify.h"
#include "fs/operation.h"
#include "fs/ops.h"
#include "fs/outdated.h"
#include "fs/reply.h"
#include "tree/refresh.h"
#include "tree/tree.h"

/* A write that waits for the notifier. */
struct order {
	struct operation op;
	struct refresh *refresh;
	size_t size; /* of the write */
};

/* Failures tell that the kernel knows no such thing, or is no longer there: nothing to act on. */
static void forget_node(void *payload, uint64_t node)
{
	const struct mount *mount = payload;

	fuse_lowlevel_notify_inval_inode(mount->session, node, -1, 0);
}

static void forget_absence(void *payload, uint64_t dir, const char *name)
{
	const struct mount *mount = payload;

	fuse_lowlevel_notify_inval_entry(mount->session, dir, name, strlen(name));
}

static bool is_over(void *payload)
{
	const struct mount *mount = payload;

	return fuse_session_exited(mount->session);
}

static void carry_out(void *payload)
{
	struct order *order = payload;
	const struct refresh_visitor visitor = {
		.see_node = forget_node,
		.see_absence = forget_absence,
		.is_over = is_over,
		.payload = order->op.mount,
	};
	int ret;

	refresh_forget(order->refresh);
	ret = refresh_visit(order->refresh, &visitor, &order->op.err);
	reply_written(&order->op, ret, order->size);
	outdated_tell(order->op.mount->outdated);
	refresh_free(order->refresh);
	free(order);
}

static int post(struct order *order, const char *text, fuse_ino_t node)
{
	struct operation *op = &order->op;
	int ret = tree_write(op->mount->tree, node, text, order->size, &order->refresh, &op->err);

	if (ret < 0)
		return ret;
	ret = notifier_post(op->mount->notifier, carry_out, order);
	if (ret < 0)
		error_set(&op->err, -ret, "too many others wait for a refresh");
	return ret;
}

/* write, whole or not at all; ENOENT, EINVAL, EFBIG, ENAMETOOLONG, EBUSY, EROFS, ENOMEM, EIO. */
void op_write_order(fuse_req_t req, fuse_ino_t node, const char *text, size_t size)
{
	struct order *order = calloc(1, sizeof(*order));
	int ret;

	if (!order) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	operation_begin(&order->op, req, "write", node, NULL);
	order->op.is_order = true;
	order->size = size;
	ret = post(order, text, node);
	if (ret == 0)
		return;
	reply_written(&order->op, ret, size);
	refresh_free(order->refresh);
	free(order);
}
