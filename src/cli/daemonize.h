/*
 * Going to the background without leaving the caller in the dark: the parent waits for
 * the daemon's verdict and ends with the daemon's own exit code.
 *
 *	daemon_open_streams();
 *	daemon_fork(&fd, err);		-- before any thread, libcurl or SQLite: they do not survive it
 *	... prepare, mount; on failure print a line and exit with a code ...
 *	daemon_detach(fd, err);		-- the parent exits 0, the terminal is let go
 *
 * Failure needs no message: when the daemon ends, the pipe closes, and the parent takes
 * the code from its exit status (EXIT_MOUNT if a signal ended it).
 */
#ifndef SQUIDEXFS_CLI_DAEMONIZE_H
#define SQUIDEXFS_CLI_DAEMONIZE_H

struct error;

/*
 * Opens what is closed of the standard streams, so that no other file becomes one of them.
 * First of all, in the foreground too. Negative errno.
 */
int daemon_open_streams(void);

/* Returns in the daemon only; the parent exits. *ret_fd is the daemon's end of the pipe. */
int daemon_fork(int *ret_fd, struct error *err);

/* New session, directory /, standard streams to /dev/null, log to syslog; closes fd. */
int daemon_detach(int fd, struct error *err);

#endif
