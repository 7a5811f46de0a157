/*
 * What the kernel hands back to us with each request on an open file or directory: the
 * number in its fuse_file_info is a pointer of ours, from open to release. Private to fs/.
 */
#ifndef SQUIDEXFS_FS_HANDLE_H
#define SQUIDEXFS_FS_HANDLE_H

#include <fuse_lowlevel.h>
#include <stdint.h>

static inline void *handle_get(const struct fuse_file_info *info)
{
	/* libfuse keeps a pointer in 64 bits. */
	return (void *)(uintptr_t)info->fh; /* NOLINT(performance-no-int-to-ptr) */
}

static inline void handle_set(struct fuse_file_info *info, void *handle)
{
	info->fh = (uint64_t)(uintptr_t)handle;
}

#endif
