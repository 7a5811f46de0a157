/*
 * Files that are written: create, write, truncate, and the closing that saves them.
 *
 * Pages are no longer of a text that the server has from the first write on, so what was noted of
 * them is taken back (fs/told.h): the next open drops them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "fs/handle.h"
#include "fs/operation.h"
#include "fs/ops.h"
#include "fs/reply.h"
#include "tree/tree.h"

static void forget_pages(const struct mount *mount, fuse_ino_t node)
{
	told_note_pages(mount->told, node, 0);
}

static void close_file(void *object)
{
	tree_file_unref(object);
}

static int create(struct operation *op, const char *name, mode_t mode, struct fuse_file_info *info,
	struct tree_entry *ret_entry)
{
	const struct tree_creation creation = { mode,
		info->flags & O_EXCL ? TREE_TAKEN_REFUSED : TREE_TAKEN_OPENED,
		info->flags & O_TRUNC ? TREE_EMPTIED : TREE_KEPT };
	struct tree_file *file = NULL;
	int ret = tree_create(
		op->mount->tree, &op->call, op->node, name, &creation, &file, &op->err);

	if (ret == 0)
		ret = handle_open(op->mount->handles, info, file, close_file);
	if (ret < 0) {
		tree_file_unref(file);
		return ret;
	}
	tree_file_get(file, ret_entry);
	info->direct_io = tree_file_is_direct(file);
	info->keep_cache = 0;
	info->noflush = 0;
	return 0;
}

/* create; EROFS, EINVAL, EEXIST, ENOMEM, ENOSPC. Does not block. */
void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	struct fuse_file_info *info)
{
	struct operation op;
	struct tree_entry entry;
	int ret;

	operation_begin(&op, req, "create", parent, name);
	ret = create(&op, name, mode, info, &entry);
	if (!reply_create(&op, ret, &entry, info) && ret == 0)
		handle_close(op.mount->handles, info);
}

/* The server is told at once. */
static void write_setting(fuse_req_t req, fuse_ino_t node, const char *text, size_t size)
{
	struct operation op;
	int ret;

	operation_begin(&op, req, "write", node, NULL);
	op.is_order = true;
	ret = tree_set(op.mount->tree, &op.call, node, text, size, &op.err);
	reply_written(&op, ret, size);
}

/*
 * The kernel appends at the size that it was told last, and that may be of another open file of the
 * node, which has a text of its own. What mmap changed has its place.
 */
static bool is_appended(const struct fuse_file_info *info)
{
	return (info->flags & O_APPEND) && !info->writepage;
}

/*
 * write, whole; EFBIG, ENOMEM; of what takes orders see ops_control.c. Does not block. Of a setting, the
 * server's verdict, and may block.
 */
void op_write(fuse_req_t req, fuse_ino_t node, const char *text, size_t size, off_t offset,
	struct fuse_file_info *info)
{
	const struct mount *mount = fuse_req_userdata(req);
	struct tree_file *file = handle_get(info);
	struct operation op;
	int ret;

	if (tree_is_set(mount->tree, node)) {
		write_setting(req, node, text, size);
		return;
	}
	if (!tree_file_is_written(file)) {
		op_write_order(req, node, text, size);
		return;
	}
	operation_begin(&op, req, "write", node, NULL);
	forget_pages(op.mount, node);
	if (is_appended(info))
		ret = tree_file_append(file, (uint64_t)offset, text, size, &op.err);
	else
		ret = tree_file_write(file, (uint64_t)offset, text, size, &op.err);
	reply_written(&op, ret, size);
}

/* Of a file that is open, or by path: that is opened, cut and saved at once. */
static int resize(struct operation *op, uint64_t size, const struct fuse_file_info *info)
{
	struct tree *tree = op->mount->tree;
	struct tree_file *file = NULL;
	int ret;

	forget_pages(op->mount, op->node);
	if (info && tree_file_is_written(handle_get(info)))
		return tree_file_resize(handle_get(info), size, &op->err);
	ret = tree_open_to_write(tree, &op->call, op->node, TREE_KEPT, &file, &op->err);
	if (ret == 0)
		ret = tree_file_resize(file, size, &op->err);
	if (ret == 0)
		ret = tree_file_save(tree, &op->call, file, TREE_ON_FLUSH, &op->err);
	tree_file_unref(file);
	return ret;
}

/* NOW is what utimensat(2) calls it. */
static struct timespec time_to_set(const struct timespec *time, bool is_set, bool is_now)
{
	const struct timespec now = { .tv_nsec = UTIME_NOW }, kept = { .tv_nsec = UTIME_OMIT };

	if (is_now)
		return now;
	return is_set ? *time : kept;
}

static int set_attributes(struct operation *op, const struct stat *attr, int to_set)
{
	const struct tree_attributes attributes = {
		.has_mode = to_set & FUSE_SET_ATTR_MODE,
		.has_times = to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME),
		.mode = attr->st_mode,
		.times = {
			time_to_set(&attr->st_atim, to_set & FUSE_SET_ATTR_ATIME,
				to_set & FUSE_SET_ATTR_ATIME_NOW),
			time_to_set(&attr->st_mtim, to_set & FUSE_SET_ATTR_MTIME,
				to_set & FUSE_SET_ATTR_MTIME_NOW),
		},
	};

	return tree_set_attributes(op->mount->tree, op->node, &attributes, &op->err);
}

/*
 * attr, for an item's owner, mode and times unchanged: it has none of its own, and tools that set them
 * after writing must not fail. EROFS, ESTALE, the server's. May block.
 */
void op_setattr(
	fuse_req_t req, fuse_ino_t node, struct stat *attr, int to_set, struct fuse_file_info *info)
{
	struct operation op;
	struct tree_entry entry;
	int ret = 0;

	operation_begin(&op, req, "truncate", node, NULL);
	/* A shell's > empties what takes orders, which has no content. */
	if ((to_set & FUSE_SET_ATTR_SIZE) &&
		!(attr->st_size == 0 && tree_is_written(op.mount->tree, node)))
		ret = resize(&op, (uint64_t)attr->st_size, info);
	if (ret == 0)
		ret = set_attributes(&op, attr, to_set);
	if (ret == 0 && info)
		tree_file_get(handle_get(info), &entry);
	else if (ret == 0)
		ret = tree_get(op.mount->tree, &op.call, node, &entry, &op.err);
	reply_attributes(&op, ret, &entry);
}

static void save(fuse_req_t req, fuse_ino_t node, const struct fuse_file_info *info,
	const char *what, enum tree_occasion occasion)
{
	struct tree_file *file;
	struct operation op;
	int ret = 0;

	operation_begin(&op, req, what, node, NULL);
	if (op.mount->is_openless) {
		fuse_reply_err(req, ENOSYS);
		return;
	}
	file = handle_get(info);
	op.is_order = true;
	if (tree_file_is_written(file))
		ret = tree_file_save(op.mount->tree, &op.call, file, occasion, &op.err);
	reply_result(&op, ret);
}

/* err, the server's verdict; ENOSYS where nothing is opened, and then never again. May block. */
void op_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	save(req, node, info, "close", TREE_ON_FLUSH);
}

/* err, the server's verdict. May block. */
void op_fsync(fuse_req_t req, fuse_ino_t node, int datasync, struct fuse_file_info *info)
{
	(void)datasync;
	save(req, node, info, "fsync", TREE_ON_SYNC);
}

static void save_last(fuse_req_t req, fuse_ino_t node, struct tree_file *file)
{
	struct operation op;

	operation_begin(&op, req, "close", node, NULL);
	op.is_order = true;
	if (tree_file_save(op.mount->tree, &op.call, file, TREE_ON_FLUSH, &op.err) < 0)
		reply_note_failure(&op);
}

/*
 * err 0; whatever else is told to errors, since nobody waits for it. What mmap wrote after the last
 * close is saved here. May block.
 */
void op_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	const struct mount *mount = fuse_req_userdata(req);
	struct tree_file *file = handle_get(info);

	if (tree_file_is_written(file) && !tree_file_is_refused(file))
		save_last(req, node, file);
	handle_close(mount->handles, info);
	fuse_reply_err(req, 0);
}
