/*
 * What the kernel asks: the libfuse session on one mount point, from mounting to a clean
 * unmount.
 *
 *	mount_check(mountpoint, &err);			-- before anything costs
 *	mount_new(&conf, tree, errors, &mount, err);	-- mounts; the kernel may ask from now on
 *	mount_run(mount, err);		-- serves until unmounted or SIGTERM, SIGINT, SIGHUP
 *	mount_free(mount);				-- unmounts if need be
 *
 * A mount point whose daemon died ("Transport endpoint is not connected") is recognised
 * by mount_check, which names the command that clears it.
 *
 * Borrows the tree and the error log, which must be freed after the mount. mount_run
 * starts libfuse's worker threads and ends with them; everything else is the owner's
 * thread. Signals: mount_new takes SIGHUP, SIGINT and SIGTERM, which end mount_run, also where
 * they come before it; from mount_free on the process ignores them. They must reach the owner's
 * thread: every other thread of the process blocks them. Two mounts may stand in one
 * process; libfuse gives the signals to the last that was made.
 */
#ifndef SQUIDEXFS_FS_MOUNT_H
#define SQUIDEXFS_FS_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct clock;
struct error;
struct error_log;
struct mount;
struct tree;

/* Strings are borrowed for mount_new alone; the clock for the life of the mount. */
struct mount_conf {
	const struct clock *clock;
	const char *mountpoint;
	const char *fsname; /* first column of /proc/mounts: the server's URL */
	const char *
		fuse_options; /* comma list for libfuse and the kernel ("ro,allow_other"), or NULL */
	uint64_t timeout_ms;  /* deadline of one operation */
	uint64_t
		prefill_bytes; /* of texts put into the page cache a reading of a directory; 0: off */
	bool is_debug;         /* libfuse's own trace */
	bool is_single_threaded; /* then a process that waits cannot be interrupted */
	bool is_read_only;       /* fuse_options say "ro": modes show it */
};

/* Can this be a mount point: a directory, not a dead mount. -ENOTDIR, -ENOENT, -ENOTCONN, ... */
int mount_check(const char *mountpoint, struct error *err);

/*
 * Makes every open file of the process above standard error close-on-exec: the helper that
 * mounts gets none. What mount_check says, -ENOMEM, or why the mount was refused.
 */
int mount_new(const struct mount_conf *conf, struct tree *tree, struct error_log *errors,
	struct mount **ret_mount, struct error *err);

/*
 * 0 after an unmount or a signal; a negative errno where the connection to the kernel broke. What the
 * kernel asks from then on is refused.
 */
int mount_run(struct mount *mount, struct error *err);

/* Blocks until operations under way have ended. NULL is legal. */
void mount_free(struct mount *mount);

#endif
