/*
 * Folders that outlive the machine's power: the name of a new one is as durable as the folder
 * above it is told to be.
 *
 * Any thread. Blocks on the disk.
 */
#ifndef SQUIDEXFS_SAVE_DURABLE_H
#define SQUIDEXFS_SAVE_DURABLE_H

struct error;

/* Makes what is missing of an absolute path, 0700. Where nothing is, it costs a stat. */
int durable_directory(const char *path, struct error *err);

#endif
