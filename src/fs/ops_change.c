/*
 * What would change something. The answer is the tree's refusal, with its reason;
 * none of these blocks.
 */
#include "fs/operation.h"
#include "fs/ops.h"
#include "fs/reply.h"
#include "tree/tree.h"

static void refuse(fuse_req_t req, fuse_ino_t node, const char *name, const char *what)
{
	struct operation op;

	operation_begin(&op, req, what, node, name);
	reply_result(&op, tree_refuse_change(op.mount->tree, node, what, &op.err));
}

/* attr, where a shell's > empties a file that has no content; else err; EROFS, ESTALE. */
void op_setattr(
	fuse_req_t req, fuse_ino_t node, struct stat *attr, int to_set, struct fuse_file_info *info)
{
	const struct mount *mount = fuse_req_userdata(req);

	if ((to_set & FUSE_SET_ATTR_SIZE) && attr->st_size == 0 &&
		tree_is_written(mount->tree, node)) {
		op_getattr(req, node, info);
		return;
	}
	refuse(req, node, NULL, to_set & FUSE_SET_ATTR_SIZE ? "truncate" : "change attributes");
}

/* err; EROFS, ESTALE. */
void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	struct fuse_file_info *info)
{
	(void)mode;
	(void)info;
	refuse(req, parent, name, "create");
}

/* err; EROFS, ESTALE. */
void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	(void)mode;
	(void)dev;
	refuse(req, parent, name, "create");
}

/* err; EROFS, ESTALE. */
void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)mode;
	refuse(req, parent, name, "create");
}

/* err; EROFS, ESTALE. */
void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target;
	refuse(req, parent, name, "create");
}

/* err; EROFS, ESTALE. */
void op_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t new_parent, const char *new_name)
{
	(void)node;
	refuse(req, new_parent, new_name, "link");
}

/* err; EROFS, ESTALE. */
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
	const char *new_name, unsigned int flags)
{
	(void)new_parent;
	(void)new_name;
	(void)flags;
	refuse(req, parent, name, "rename");
}

/* err; EROFS, ESTALE. */
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	refuse(req, parent, name, "remove");
}

/* err; EROFS, ESTALE. */
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	refuse(req, parent, name, "remove");
}
