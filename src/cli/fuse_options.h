/*
 * The options of a mount that are not ours: those that libfuse 3.14 and the kernel
 * understand are passed on, those by which fstab speaks to mount(8) and systemd are
 * dropped, as are kernel flags that say what is so already. Pure functions.
 */
#ifndef SQUIDEXFS_CLI_FUSE_OPTIONS_H
#define SQUIDEXFS_CLI_FUSE_OPTIONS_H

enum fuse_option_class { FUSE_OPTION_UNKNOWN, FUSE_OPTION_PASSED_ON, FUSE_OPTION_IGNORED };

/* option: with its value, "max_read=131072". */
enum fuse_option_class fuse_options_classify(const char *option);

#endif
