#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/error.h"
#include "fs/handle.h"
#include "fs/held.h"
#include "fs/lists.h"
#include "fs/operation.h"
#include "fs/ops.h"
#include "fs/reply.h"
#include "tree/tree.h"

/* A server's storage has no size that it tells: enough for installers that look first. */
#define STATFS_BLOCK 4096
#define STATFS_BLOCKS (1ULL << 28) /* 1 TiB */
#define STATFS_FILES (1ULL << 32)
#define STATFS_NAME_MAX 255

/* Where nothing is opened, a control file's text is made for whoever looks it up. */
static int make(struct operation *op, struct tree_entry *entry)
{
	struct tree_file *file;
	uint64_t base = entry->node;
	int ret = tree_open(op->mount->tree, &op->call, base, &file, &op->err);

	if (ret < 0)
		return ret;
	tree_file_get(file, entry);
	entry->node = held_make(op->mount->held, base, file);
	tree_file_unref(file);
	return 0;
}

/* entry, or a negative one; ENOENT, ENOTDIR, ENAMETOOLONG, the server's. May block. */
void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct operation op;
	struct tree_entry entry;
	uint64_t negative_ms;
	int ret;

	operation_begin(&op, req, "lookup", parent, name);
	ret = tree_lookup(op.mount->tree, &op.call, parent, name, &entry, &negative_ms, &op.err);
	if (ret == 0 && op.mount->is_openless && tree_is_made(op.mount->tree, entry.node))
		ret = make(&op, &entry);
	reply_entry(&op, ret, &entry, negative_ms);
}

static int get_made(struct operation *op, fuse_ino_t node, struct tree_entry *ret_entry)
{
	struct tree_file *file = held_get(op->mount->held, node);

	if (!file)
		return error_set(&op->err, ESTALE, "it was looked up too long ago");
	tree_file_get(file, ret_entry);
	ret_entry->node = node;
	tree_file_unref(file);
	return 0;
}

/* The kernel asks before it shows the list of a directory again. */
static void drop_outdated_list(const struct operation *op)
{
	struct mount *mount = op->mount;

	if (tree_has_items(mount->tree, op->node) &&
		lists_is_outdated(mount->lists, op->node, tree_list_stamp(mount->tree, op->node),
			clock_now_ms(mount->clock)))
		fuse_lowlevel_notify_inval_inode(mount->session, op->node, 0, 0);
}

/*
 * attr; ESTALE, the server's. May block, but not for an open file: that shows its snapshot, or, if
 * it is followed, what is there now.
 */
void op_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct operation op;
	struct tree_entry entry;
	int ret = 0;

	operation_begin(&op, req, "stat", node, NULL);
	if (op.node != node)
		ret = get_made(&op, node, &entry);
	else if (info && !op.mount->is_openless && !tree_is_followed(op.mount->tree, node))
		tree_file_get(handle_get(info), &entry);
	else
		ret = tree_get(op.mount->tree, &op.call, node, &entry, &op.err);
	if (ret == 0 && op.mount->is_openless)
		drop_outdated_list(&op);
	reply_attributes(&op, ret, &entry);
}

/* statfs; no errno. Does not block. */
void op_statfs(fuse_req_t req, fuse_ino_t node)
{
	const struct statvfs stat = {
		.f_bsize = STATFS_BLOCK,
		.f_frsize = STATFS_BLOCK,
		.f_blocks = STATFS_BLOCKS,
		.f_bfree = STATFS_BLOCKS,
		.f_bavail = STATFS_BLOCKS,
		.f_files = STATFS_FILES,
		.f_ffree = STATFS_FILES,
		.f_favail = STATFS_FILES,
		.f_namemax = STATFS_NAME_MAX,
	};

	(void)node;
	fuse_reply_statfs(req, &stat);
}

/* xattr or buf; ENODATA, ERANGE, ESTALE, ENOMEM, the server's. May block. */
void op_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size)
{
	struct operation op;
	char *value = size ? malloc(size) : NULL;
	size_t len = 0;
	int ret = size && !value ? -ENOMEM : 0;

	operation_begin(&op, req, "getxattr", node, NULL);
	if (ret == 0)
		ret = tree_get_xattr(
			op.mount->tree, &op.call, op.node, name, value, size, &len, &op.err);
	reply_xattr(&op, ret, size, value, len);
	free(value);
}

/* xattr or buf; ERANGE, ESTALE, ENOMEM, the server's. May block. */
void op_listxattr(fuse_req_t req, fuse_ino_t node, size_t size)
{
	struct operation op;
	char *names = size ? malloc(size) : NULL;
	size_t len = 0;
	int ret = size && !names ? -ENOMEM : 0;

	operation_begin(&op, req, "listxattr", node, NULL);
	if (ret == 0)
		ret = tree_list_xattr(
			op.mount->tree, &op.call, op.node, names, size, &len, &op.err);
	reply_xattr(&op, ret, size, names, len);
	free(names);
}
