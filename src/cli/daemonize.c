#include "cli/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "cli/exit.h"

int daemon_open_streams(void)
{
	int fd;

	/* Not O_CLOEXEC: fusermount3 needs them as much. */
	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static ssize_t read_verdict(int fd)
{
	ssize_t n;
	char verdict;

	do {
		n = read(fd, &verdict, 1);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* _exit: what is registered for the end of the program is the daemon's business. */
static _Noreturn void await_verdict(pid_t pid, int fd)
{
	int status;

	if (read_verdict(fd) == 1)
		_exit(EXIT_GOOD);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			_exit(EXIT_MOUNT);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		_exit(WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		log_line(LOG_ERROR, "the daemon was ended by signal %d (%s) before it was ready",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	_exit(EXIT_MOUNT);
}

int daemon_fork(int *ret_fd, struct error *err)
{
	int ends[2];
	pid_t pid;
	int ret;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		ret = error_set(err, errno, "cannot fork: %s", strerror(errno));
		close(ends[0]);
		close(ends[1]);
		return ret;
	}
	if (pid > 0) {
		close(ends[1]);
		await_verdict(pid, ends[0]);
	}
	close(ends[0]);
	*ret_fd = ends[1];
	return 0;
}

int daemon_detach(int fd, struct error *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int ret = 0;

	if (null < 0)
		return error_set(err, errno, "cannot open /dev/null: %s", strerror(errno));
	/* A caller that is gone shall be an error of write, not the end of a mounted daemon. */
	signal(SIGPIPE, SIG_IGN);
	setsid();
	if (chdir("/") < 0)
		ret = error_set(err, errno, "cannot change to /: %s", strerror(errno));
	log_set_target(LOG_TO_SYSLOG);
	for (int stream = STDIN_FILENO; stream <= STDERR_FILENO && ret == 0; stream++) {
		if (dup2(null, stream) < 0)
			ret = error_set(err, errno, "cannot replace a standard stream: %s",
				strerror(errno));
	}
	close(null);
	if (ret == 0 && write(fd, "", 1) != 1)
		ret = error_set(err, EPIPE, "the starting process is gone");
	close(fd);
	return ret;
}
