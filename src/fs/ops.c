#include "fs/ops.h"

#include <stddef.h>

/*
 * Directories are always read with attributes: they are at hand, and READDIRPLUS_AUTO would fall
 * back to names alone after the first batch. Nothing is cached over an open, so the
 * kernel need not ask for attributes with every read to find out (AUTO_INVAL_DATA). The
 * writeback cache ignores changes of size that come from the server.
 */
static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_AUTO_INVAL_DATA |
				  FUSE_CAP_WRITEBACK_CACHE);
}

struct fuse_lowlevel_ops ops_make(bool has_xattr)
{
	return (struct fuse_lowlevel_ops){
		.init = op_init,
		.lookup = op_lookup,
		.getattr = op_getattr,
		.setattr = op_setattr,
		.mknod = op_mknod,
		.mkdir = op_mkdir,
		.unlink = op_unlink,
		.rmdir = op_rmdir,
		.symlink = op_symlink,
		.rename = op_rename,
		.link = op_link,
		.open = op_open,
		.read = op_read,
		.write = op_write,
		.release = op_release,
		.opendir = op_opendir,
		.readdir = op_readdir,
		.releasedir = op_releasedir,
		.statfs = op_statfs,
		.getxattr = has_xattr ? op_getxattr : NULL,
		.listxattr = has_xattr ? op_listxattr : NULL,
		.create = op_create,
		.readdirplus = op_readdirplus,
	};
}
