/*
 * Why a mount failed, in words to act on. libfuse says little in its return value: what
 * commonly is missing is looked for. Private to fs/.
 */
#ifndef SQUIDEXFS_FS_EXPLAIN_H
#define SQUIDEXFS_FS_EXPLAIN_H

struct error;

/* options: as given by the user, or NULL. Always returns a negative errno. */
int explain_failed_mount(const char *mountpoint, const char *options, struct error *err);

#endif
