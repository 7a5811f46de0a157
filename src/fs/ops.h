/*
 * The operations that the kernel may ask for (struct fuse_lowlevel_ops). Each answers its
 * request exactly once, on the worker that calls it (op_write: on the notifier); its line says with
 * what, with which errnos, and whether it may block on the network. Private to fs/.
 *
 * forget is not among them: a node needs no memory (tree/tree.h), and libfuse answers
 * for what is missing. Nor is flush: a write has its answer already, and "not implemented"
 * makes the kernel stop asking.
 */
#ifndef SQUIDEXFS_FS_OPS_H
#define SQUIDEXFS_FS_OPS_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

/* The table for a mount. has_xattr: without the handlers the kernel asks once, then no more. */
struct fuse_lowlevel_ops ops_make(bool has_xattr);

/* ops_node.c: names and attributes */
void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info);
void op_statfs(fuse_req_t req, fuse_ino_t node);
void op_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size);
void op_listxattr(fuse_req_t req, fuse_ino_t node, size_t size);

/* ops_dir.c: reading directories */
void op_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info);
void op_readdir(
	fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info);
void op_readdirplus(
	fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info);
void op_releasedir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info);

/* ops_file.c: reading files */
void op_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info);
void op_read(
	fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info);

/* ops_write.c: writing files, and the end of those that are only read, too */
void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	struct fuse_file_info *info);
void op_write(fuse_req_t req, fuse_ino_t node, const char *text, size_t size, off_t offset,
	struct fuse_file_info *info);
void op_setattr(fuse_req_t req, fuse_ino_t node, struct stat *attr, int to_set,
	struct fuse_file_info *info);
void op_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info);
void op_fsync(fuse_req_t req, fuse_ino_t node, int datasync, struct fuse_file_info *info);
void op_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info);

/* ops_control.c: files that take orders */
void op_write_order(fuse_req_t req, fuse_ino_t node, const char *text, size_t size);

/* ops_name.c: names, and what there is none of */
void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev);
void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name);
void op_readlink(fuse_req_t req, fuse_ino_t node);
void op_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t new_parent, const char *new_name);
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
	const char *new_name, unsigned int flags);
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);

#endif
