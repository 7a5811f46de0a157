/*
 * The version of libfuse that the program runs with, for -V: only this room may ask.
 */
#ifndef SQUIDEXFS_FS_VERSION_H
#define SQUIDEXFS_FS_VERSION_H

const char *version_get_library(void);

#endif
