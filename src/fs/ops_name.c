/* Names: removed, renamed, linked; and what there is none of. */
#include <errno.h>
#include <limits.h>
#include <stdio.h> /* RENAME_NOREPLACE */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/log.h"
#include "fs/notify.h"
#include "fs/operation.h"
#include "fs/ops.h"
#include "fs/reply.h"
#include "tree/tree.h"

static void refuse(fuse_req_t req, fuse_ino_t node, const char *name, const char *what)
{
	struct operation op;

	operation_begin(&op, req, "create", node, name);
	reply_result(&op, tree_refuse_kind(op.mount->tree, node, what, &op.err));
}

static int make_file(
	struct operation *op, const char *name, mode_t mode, struct tree_entry *ret_entry)
{
	const struct tree_creation creation = { mode, TREE_TAKEN_REFUSED, TREE_KEPT };
	struct tree_file *file;
	int ret = tree_create(
		op->mount->tree, &op->call, op->node, name, &creation, &file, &op->err);

	if (ret < 0)
		return ret;
	tree_file_get(file, ret_entry);
	tree_file_unref(file);
	return 0;
}

/* entry, for a regular file; EPERM for others, EROFS, EEXIST, ENOSPC. Does not block. */
void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	struct operation op;
	struct tree_entry entry;
	int ret;

	(void)dev;
	if (!S_ISREG(mode)) {
		refuse(req, parent, name, "a device");
		return;
	}
	operation_begin(&op, req, "create", parent, name);
	ret = make_file(&op, name, mode, &entry);
	reply_entry(&op, ret, &entry, 0);
}

/* err; EPERM, EROFS. */
void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)mode;
	refuse(req, parent, name, "a directory");
}

/* err; EPERM, EROFS. */
void op_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t new_parent, const char *new_name)
{
	(void)node;
	refuse(req, new_parent, new_name, "a hard link");
}

/* entry; EPERM for an item's name, EROFS, EEXIST. Does not block. */
void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	struct operation op;
	struct tree_entry entry;
	int ret;

	operation_begin(&op, req, "create", parent, name);
	ret = tree_symlink(op.mount->tree, parent, name, target, &entry, &op.err);
	reply_entry(&op, ret, &entry, 0);
}

/* readlink; EINVAL, ESTALE. Does not block. */
void op_readlink(fuse_req_t req, fuse_ino_t node)
{
	struct operation op;
	char target[PATH_MAX];
	int ret;

	operation_begin(&op, req, "readlink", node, NULL);
	ret = tree_readlink(op.mount->tree, node, target, sizeof(target), &op.err);
	reply_link(&op, ret, target);
}

struct outdated_name {
	struct fuse_session *session;
	fuse_ino_t parent;
	char name[NAME_MAX + 1];
};

static void tell_name(void *payload)
{
	struct outdated_name *outdated = payload;

	(void)fuse_lowlevel_notify_inval_entry(
		outdated->session, outdated->parent, outdated->name, strlen(outdated->name));
	free(outdated);
}

/*
 * The kernel has moved a node to the new name that is another one there. Telling it so waits
 * for the directory, which is held until this rename is answered.
 */
static void take_back(struct operation *op, fuse_ino_t parent, const char *name)
{
	struct outdated_name *outdated = calloc(1, sizeof(*outdated));

	if (outdated) {
		outdated->session = op->mount->session;
		outdated->parent = parent;
		strncpy(outdated->name, name, NAME_MAX);
	}
	if (!outdated || notifier_post(op->mount->notifier, tell_name, outdated) < 0) {
		free(outdated);
		log_line(LOG_WARN, "'%s' may be shown as what it was before for a while", name);
	}
}

/*
 * err; EINVAL, EPERM, EXDEV, EEXIST, EROFS, ENOSPC, and the verdict where it saves an item. May
 * block.
 */
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
	const char *new_name, unsigned int flags)
{
	const struct tree_renaming renaming = { parent, name, new_parent, new_name,
		flags & RENAME_NOREPLACE ? TREE_TARGET_REFUSED : TREE_TARGET_REPLACED };
	struct operation op;
	bool is_other = false;
	int ret;

	operation_begin(&op, req, "rename", parent, name);
	if (flags & ~(unsigned)RENAME_NOREPLACE)
		ret = error_set(&op.err, EINVAL, "names cannot be exchanged");
	else
		ret = tree_rename(op.mount->tree, &op.call, &renaming, &is_other, &op.err);
	if (is_other)
		take_back(&op, new_parent, new_name);
	reply_result(&op, ret);
}

/* err; EROFS, ENOENT. Does not block. */
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct operation op;

	operation_begin(&op, req, "remove", parent, name);
	reply_result(&op, tree_unlink(op.mount->tree, &op.call, parent, name, &op.err));
}

/* err; EROFS, ESTALE. */
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct operation op;

	operation_begin(&op, req, "remove", parent, name);
	reply_result(&op, tree_refuse_change(op.mount->tree, parent, "remove", &op.err));
}
