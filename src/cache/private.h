/*
 * Files and directories that nobody else may look into: what the cache holds is what one
 * client may read.
 *
 * Any thread. Both block on the disk.
 */
#ifndef SQUIDEXFS_CACHE_PRIVATE_H
#define SQUIDEXFS_CACHE_PRIVATE_H

struct error;

/* Makes what is missing of a path, 0700; what is there stays as it is. */
int private_directory(const char *directory, struct error *err);

/* Opens, makes if need be, and holds to 0600 whatever the umask and the past were. */
int private_open(const char *path, int *ret_fd, struct error *err);

#endif
