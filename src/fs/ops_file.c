#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/error.h"
#include "fs/handle.h"
#include "fs/held.h"
#include "fs/operation.h"
#include "fs/ops.h"
#include "fs/outdated.h"
#include "fs/reply.h"
#include "tree/tree.h"

/*
 * The kernel cuts reads off at the size that it was told; where several texts are open, at
 * that of any of them. Attributes alone are taken back, which neither waits for a lock nor for another request, so it is safe from here.
 * It fails where the kernel has no such inode any more: then it believes nothing.
 */
static void correct_kernel(struct mount *mount, fuse_ino_t node, const struct tree_file *file)
{
	struct tree_entry entry;

	tree_file_get(file, &entry);
	if (tree_file_is_direct(file) || !told_matches(mount->told, &entry))
		fuse_lowlevel_notify_inval_inode(mount->session, node, -1, 0);
}

static void close_file(void *object)
{
	tree_file_unref(object);
}

/* Opened to change something, other than by orders. */
static bool is_to_be_written(const struct operation *op, const struct fuse_file_info *info)
{
	return ((info->flags & O_ACCMODE) != O_RDONLY || (info->flags & O_TRUNC)) &&
	       !tree_is_written(op->mount->tree, op->node);
}

/* What is set already is not asked for. */
static bool is_to_be_set(const struct operation *op, const struct fuse_file_info *info)
{
	return (info->flags & O_ACCMODE) == O_WRONLY && tree_is_set(op->mount->tree, op->node);
}

static int open_file(struct operation *op, struct fuse_file_info *info)
{
	struct tree *tree = op->mount->tree;
	struct tree_file *file = NULL;
	bool is_written = is_to_be_written(op, info);
	int ret;

	if (is_written)
		ret = tree_open_to_write(tree, &op->call, op->node,
			info->flags & O_TRUNC ? TREE_EMPTIED : TREE_KEPT, &file, &op->err);
	else if (is_to_be_set(op, info))
		ret = tree_open_to_set(tree, &op->call, op->node, &file, &op->err);
	else
		ret = tree_open(tree, &op->call, op->node, &file, &op->err);
	if (ret == 0)
		ret = handle_open(op->mount->handles, info, file, close_file);
	if (ret < 0) {
		tree_file_unref(file);
		return ret;
	}
	info->direct_io = tree_file_is_direct(file);
	info->keep_cache = !info->direct_io &&
			   told_has_pages(op->mount->told, op->node, tree_file_digest(file));
	info->noflush = !is_written;
	correct_kernel(op->mount, op->node, file);
	return 0;
}

/*
 * open; EROFS for anything but reading, but where orders are written, EISDIR, ESTALE, ENOMEM, the
 * server's; ENOSYS where nothing is opened, and then never again. May block.
 */
void op_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct operation op;
	int ret;

	operation_begin(&op, req, "open", node, NULL);
	if (op.mount->is_openless) {
		fuse_reply_err(req, ENOSYS);
		return;
	}
	ret = open_file(&op, info);
	if (!reply_open(&op, ret, info) && ret == 0)
		handle_close(op.mount->handles, info);
}

/* It may change at any moment: a copy. */
static void reply_written_part(
	struct operation *op, const struct tree_file *file, size_t size, off_t offset)
{
	char *data = malloc(size);
	size_t len = data ? tree_file_read(file, (uint64_t)offset, data, size) : 0;

	reply_data(op, data ? 0 : -ENOMEM, data, len);
	free(data);
}

/* What is there now; the handle, if there is one, knows nothing of it. */
static void read_followed(struct operation *op, size_t size, off_t offset)
{
	char *data = malloc(size + 1);
	size_t len = 0;
	int ret = 0;

	if (data)
		len = tree_read(op->mount->tree, op->node, (uint64_t)offset, data, size);
	else
		ret = error_set(&op->err, ENOMEM, "out of memory");
	reply_data(op, ret, data, len);
	free(data);
}

/*
 * The reply wakes the reader, who may close the file at once, and its release runs while libfuse
 * still has the bytes in hand: so they are held until it has returned.
 */
static void reply_part(
	struct operation *op, const struct tree_file *file, size_t size, off_t offset)
{
	const char *data;
	size_t len, begin;

	if (tree_file_is_written(file)) {
		reply_written_part(op, file, size, offset);
		return;
	}
	data = tree_file_data(file, &len);
	begin = (uint64_t)offset < len ? (size_t)offset : len;
	reply_data(op, 0, data + begin, size < len - begin ? size : len - begin);
}

/* Holds on to a text of which this read is not all; fs/outdated.h says why the changes are counted. */
static int open_unopened(struct operation *op, fuse_ino_t node, size_t size, off_t offset,
	struct tree_file **ret_file)
{
	struct mount *mount = op->mount;
	uint64_t n_changes = outdated_count(mount->outdated);
	size_t len;
	int ret = tree_open(mount->tree, &op->call, node, ret_file, &op->err);

	if (ret < 0)
		return ret;
	correct_kernel(mount, node, *ret_file);
	told_note_pages(mount->told, node, tree_file_digest(*ret_file));
	tree_file_data(*ret_file, &len);
	if (tree_file_digest(*ret_file) == 0 || (offset == 0 && size >= len))
		return 0;
	held_put(mount->held, node, *ret_file);
	if (outdated_count(mount->outdated) != n_changes)
		held_drop(mount->held, node);
	return 0;
}

static void read_unopened(struct operation *op, fuse_ino_t node, size_t size, off_t offset)
{
	struct tree_file *file = held_get(op->mount->held, node);
	int ret = 0;

	if (!file && op->node != node)
		ret = error_set(&op->err, ESTALE, "it was looked up too long ago");
	else if (!file)
		ret = open_unopened(op, node, size, offset, &file);
	if (ret == 0)
		reply_part(op, file, size, offset);
	else
		reply_data(op, ret, NULL, 0);
	tree_file_unref(file);
}

/*
 * buf; ENOMEM, and it does not block: the bytes are those of the snapshot, or of a file that is
 * followed what is there now. Where nothing is opened: as open.
 */
void op_read(
	fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info)
{
	struct operation op;
	struct tree_file *file;

	operation_begin(&op, req, "read", node, NULL);
	if (tree_is_followed(op.mount->tree, node)) {
		read_followed(&op, size, offset);
		return;
	}
	if (op.mount->is_openless) {
		read_unopened(&op, node, size, offset);
		return;
	}
	file = tree_file_ref(handle_get(info));
	if (!tree_file_is_direct(file) && !tree_file_is_written(file))
		told_note_pages(op.mount->told, node, tree_file_digest(file));
	reply_part(&op, file, size, offset);
	tree_file_unref(file);
}
