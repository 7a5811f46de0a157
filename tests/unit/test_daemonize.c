#include "cli/daemonize.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/exit.h"
#include "support/suite.h"

static void succeed(int fd)
{
	struct error err = { 0 };

	_exit(daemon_detach(fd, &err) == 0 ? EXIT_GOOD : 99);
}

static void give_up(int fd)
{
	(void)fd;
	_exit(EXIT_REFUSED);
}

static void vanish(int fd)
{
	(void)fd;
	_exit(EXIT_GOOD);
}

static void crash(int fd)
{
	(void)fd;
	raise(SIGKILL);
}

static const struct {
	const char *what;
	void (*daemon)(int fd);
	int code;
} rows[] = {
	{ "a daemon that is ready", succeed, EXIT_GOOD },
	{ "a daemon that failed", give_up, EXIT_REFUSED },
	{ "a daemon that ended without a verdict", vanish, EXIT_MOUNT },
	{ "a daemon that was killed", crash, EXIT_MOUNT },
};

START_TEST(daemon_verdict_reaches_the_caller)
{
	struct error err = { 0 };
	int fd, status;
	pid_t pid = fork();

	if (pid == 0) {
		/* The parent of the two ends inside daemon_fork. */
		if (daemon_fork(&fd, &err) < 0)
			_exit(98);
		rows[_i].daemon(fd);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == rows[_i].code, "%s: %x",
		rows[_i].what, (unsigned)status);
}
END_TEST

START_TEST(daemon_without_its_caller_gives_up)
{
	struct error err = { 0 };
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	pid = fork();
	if (pid == 0)
		_exit(daemon_detach(ends[1], &err) < 0 ? 7 : 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("daemonize");

	tcase_add_loop_test(tc, daemon_verdict_reaches_the_caller, 0, N_ROWS(rows));
	tcase_add_test(tc, daemon_without_its_caller_gives_up);
	return suite_run(tc, "daemonize");
}
