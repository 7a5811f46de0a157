/*
 * What the kernel asked of the mount and was given beforehand, counted for the metrics: it shows
 * how well the kernel's own caches serve. fs/ counts, the tree shows.
 *
 *	kernel_count(tree, KERNEL_READ);
 *	kernel_count_prefilled(tree, len);
 *
 * Any thread; no locks.
 */
#ifndef SQUIDEXFS_TREE_KERNEL_H
#define SQUIDEXFS_TREE_KERNEL_H

#include <stdint.h>

struct tree;

enum kernel_request {
	KERNEL_LOOKUP,
	KERNEL_FORGET,
	KERNEL_GETATTR,
	KERNEL_OPEN,
	KERNEL_READ,
	KERNEL_WRITE,
	KERNEL_FLUSH,
	KERNEL_RELEASE,
	KERNEL_OPENDIR,
	KERNEL_READDIR,
	KERNEL_READDIRPLUS,
	KERNEL_RELEASEDIR,
	KERNEL_GETXATTR,
	KERNEL_LISTXATTR,
	KERNEL_OTHER, /* what would change something, what is asked once a mount, interrupts */
	KERNEL_REQUESTS
};

struct kernel_counts {
	_Atomic uint64_t requests[KERNEL_REQUESTS];
	_Atomic uint64_t prefilled_texts, prefilled_bytes;
};

void kernel_count(struct tree *tree, enum kernel_request request);

/* A text that was put into the page cache before anybody asked for it. */
void kernel_count_prefilled(struct tree *tree, uint64_t len);

/* "read". */
const char *kernel_request_name(enum kernel_request request);

#endif
