#include "fs/operation.h"

#include <string.h>

#include "fs/held.h"

/* The process got a signal, or the mount is being taken down. */
static bool is_unwanted(void *payload)
{
	const struct operation *op = payload;

	return fuse_req_interrupted(op->req) || fuse_session_exited(op->mount->session);
}

void operation_begin(
	struct operation *op, fuse_req_t req, const char *what, fuse_ino_t node, const char *member)
{
	memset(&op->err, 0, sizeof(op->err));
	op->req = req;
	op->mount = fuse_req_userdata(req);
	op->what = what;
	op->node = held_base(node);
	op->member = member;
	op->is_order = false;
	op->call = call_begin(op->mount->clock, op->mount->timeout_ms);
	op->call.is_interrupted = is_unwanted;
	op->call.payload = op;
}
