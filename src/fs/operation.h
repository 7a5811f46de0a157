/*
 * One request of the kernel, from its arrival to its reply: what was asked, how long it
 * may take, what went wrong.
 *
 *	struct operation op;
 *	operation_begin(&op, req, "lookup", parent, name);
 *	ret = tree_lookup(op.mount->tree, &op.call, ..., &op.err);
 *	reply_entry(&op, ret, &entry, negative_ms);	-- fs/reply.h; ends it
 *
 * On the stack of the worker that serves the request, or where the reply is to come later and
 * from elsewhere, on the heap. Private to fs/.
 */
#ifndef SQUIDEXFS_FS_OPERATION_H
#define SQUIDEXFS_FS_OPERATION_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

#include "base/call.h"
#include "base/error.h"
#include "fs/mount_private.h"

struct operation {
	fuse_req_t req;
	struct mount *mount;
	const char *what;   /* "lookup" */
	fuse_ino_t node;    /* the tree's: of a text made for this reader, its control file */
	const char *member; /* name in node that it is about, or NULL; borrowed */
	bool is_order;      /* somebody told us to do something: whatever goes wrong is told */
	struct call call;
	struct error err;
};

/* The call refers to the operation, which must stay where it is. */
void operation_begin(struct operation *op, fuse_req_t req, const char *what, fuse_ino_t node,
	const char *member);

#endif
