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

/* Temporary files of processes that are still there stay: another mount is writing them. */
int sweep_directory(const char *path, uint64_t *ret_bytes, struct error *err);

#endif
