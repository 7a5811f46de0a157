/*
 * How an operation ends: exactly one reply. Each takes the result of the work first: a
 * negative errno becomes an error reply, whatever else was given. This is the one place
 * where the sign of an errno flips, and where a failure is told to the log and to
 * /.squidexfs/errors.
 *
 * A failed reply (the process was killed meanwhile) is nothing to act on, but for files
 * and directories that were opened: the kernel will not release those, so
 * reply_open tells. Private to fs/.
 */
#ifndef SQUIDEXFS_FS_REPLY_H
#define SQUIDEXFS_FS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "fs/operation.h"

struct tree_entry;

/* Attributes as stat(2) shows them. */
void reply_fill_stat(
	const struct mount *mount, const struct tree_entry *entry, struct stat *ret_stat);

/* As reply_fill_stat, with node and timeouts. Whoever sends it notes it (fs/told.h). */
void reply_fill_entry(const struct mount *mount, const struct tree_entry *entry,
	struct fuse_entry_param *ret_param);

/* -ENOENT with negative_ms > 0: a negative entry, which the kernel keeps for so long. */
void reply_entry(
	struct operation *op, int ret, const struct tree_entry *entry, uint64_t negative_ms);
void reply_attributes(struct operation *op, int ret, const struct tree_entry *entry);

/* The handle in info is the kernel's from now on; false: the caller frees it. */
bool reply_open(struct operation *op, int ret, const struct fuse_file_info *info);
bool reply_create(struct operation *op, int ret, const struct tree_entry *entry,
	const struct fuse_file_info *info);
void reply_data(struct operation *op, int ret, const char *data, size_t len);

/* write: all of it. */
void reply_written(struct operation *op, int ret, size_t size);

/* target: of a symbolic link. */
void reply_link(struct operation *op, int ret, const char *target);

/* getxattr and listxattr: where size is 0 the length alone. */
void reply_xattr(struct operation *op, int ret, size_t size, const char *bytes, size_t len);

/* Of op->err, to the log and to /.squidexfs/errors, where there is nobody to answer to. */
void reply_note_failure(struct operation *op);

/* For operations that answer nothing but how it went. */
void reply_result(struct operation *op, int ret);

#endif
