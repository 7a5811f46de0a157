/*
 * The look around a state directory when it is opened: how much is in it, and what writes that
 * never ended have left, which goes.
 *
 * Blocks on the disk.
 */
#ifndef SQUIDEXFS_SAVE_SWEEP_H
#define SQUIDEXFS_SAVE_SWEEP_H

#include <stdint.h>

struct error;

/* Temporary files of mounts that are still there stay (presence.h). */
int sweep_directory(const char *path, uint64_t *ret_bytes, struct error *err);

#endif
