/*
 * What would change something. The answer is the tree's refusal, with its reason, which
 * does not block; or, of unlink, what it says.
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

/* err; EROFS, ENOENT, ESTALE, the disk's. May block. */
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct operation op;

	operation_begin(&op, req, "remove", parent, name);
	reply_result(&op, tree_unlink(op.mount->tree, &op.call, parent, name, &op.err));
}

/* err; EROFS, ESTALE. */
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	refuse(req, parent, name, "remove");
}
