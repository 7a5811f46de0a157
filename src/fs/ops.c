#include "fs/ops.h"

#include <stddef.h>

#include "fs/mount_private.h"

/*
 * Directories are always read with attributes: they are at hand, and READDIRPLUS_AUTO would fall
 * back to names alone after the first batch. The writeback cache ignores changes of size that
 * come from the server.
 *
 * On the kernel's read-only mount nothing is opened: open answers that it is not implemented, and
 * from then on reading what is in the page cache takes no request at all. No open, no truncating by it.
 * There a file whose time has changed loses its pages (AUTO_INVAL_DATA); elsewhere each open
 * sees to that, and the kernel need not ask for attributes with every read to find out.
 */
static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct mount *mount = userdata;

	mount->max_write = conn->max_write;
	mount->is_openless = mount->is_read_only && (conn->capable & FUSE_CAP_NO_OPEN_SUPPORT);
	conn->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_WRITEBACK_CACHE);
	if (mount->is_openless)
		conn->want &= ~(unsigned)FUSE_CAP_ATOMIC_O_TRUNC;
	else
		conn->want &= ~(unsigned)FUSE_CAP_AUTO_INVAL_DATA;
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
		.readlink = op_readlink,
		.rename = op_rename,
		.link = op_link,
		.open = op_open,
		.read = op_read,
		.write = op_write,
		.flush = op_flush,
		.fsync = op_fsync,
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
