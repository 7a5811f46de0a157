#include "tree/kernel.h"

#include <stdatomic.h>

#include "tree/node.h"

static const char *const names[KERNEL_REQUESTS] = {
	[KERNEL_LOOKUP] = "lookup",
	[KERNEL_FORGET] = "forget",
	[KERNEL_GETATTR] = "getattr",
	[KERNEL_OPEN] = "open",
	[KERNEL_READ] = "read",
	[KERNEL_WRITE] = "write",
	[KERNEL_FLUSH] = "flush",
	[KERNEL_RELEASE] = "release",
	[KERNEL_OPENDIR] = "opendir",
	[KERNEL_READDIR] = "readdir",
	[KERNEL_READDIRPLUS] = "readdirplus",
	[KERNEL_RELEASEDIR] = "releasedir",
	[KERNEL_GETXATTR] = "getxattr",
	[KERNEL_LISTXATTR] = "listxattr",
	[KERNEL_OTHER] = "other",
};

void kernel_count(struct tree *tree, enum kernel_request request)
{
	atomic_fetch_add_explicit(&tree->kernel.requests[request], 1, memory_order_relaxed);
}

void kernel_count_prefilled(struct tree *tree, uint64_t len)
{
	atomic_fetch_add_explicit(&tree->kernel.prefilled_texts, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&tree->kernel.prefilled_bytes, len, memory_order_relaxed);
}

const char *kernel_request_name(enum kernel_request request)
{
	return names[request];
}
