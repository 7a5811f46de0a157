#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "save/presence.h"
#include "save/state.h"
#include "support/folder.h"
#include "support/suite.h"

#define TEXT_MAX ((size_t)1 << 20)

static struct state *state;
static struct error err;
static struct buf text;
static char place[PATH_MAX];

static void open_with(uint64_t max_bytes)
{
	const struct state_conf conf = { .directory = place,
		.url = "https://cms",
		.app = "foodcrunch",
		.max_bytes = max_bytes };

	state_close(state);
	state = NULL;
	ck_assert_msg(state_open(&conf, &state, &err) == 0, "%s", err.text);
}

static void set_up(void)
{
	folder_make();
	snprintf(place, sizeof(place), "%s/state", folder_path());
	buf_init(&text, TEXT_MAX);
	open_with(1000);
}

static void tear_down(void)
{
	state_close(state);
	state = NULL;
	buf_release(&text);
	folder_remove();
}

static int put(const char *dir, const char *name, const char *bytes, enum state_taken taken)
{
	const struct state_text what = { bytes, strlen(bytes) };

	return state_write(state, dir, name, &what, STATE_DURABLE, taken, &err);
}

static int get(const char *dir, const char *name)
{
	return state_read(state, dir, name, &text, &err);
}

START_TEST(state_gives_back_what_was_written)
{
	ck_assert_int_eq(put("a/b", "x.json", "one", STATE_REPLACE), 0);
	open_with(1000);
	ck_assert_int_eq(get("a/b", "x.json"), 0);
	ck_assert_str_eq(buf_str(&text), "one");
	ck_assert_int_eq(get("a/b", "y.json"), -ENOENT);
	ck_assert_int_eq(get("a/c", "x.json"), -ENOENT);
}
END_TEST

START_TEST(state_is_nobody_elses)
{
	struct stat found;
	char path[PATH_MAX];

	ck_assert_int_eq(put("a", "x.json", "one", STATE_REPLACE), 0);
	snprintf(path, sizeof(path), "%s/a", state_path(state));
	ck_assert_int_eq(stat(path, &found), 0);
	ck_assert_int_eq(found.st_mode & 0777, 0700);
	snprintf(path, sizeof(path), "%s/a/x.json", state_path(state));
	ck_assert_int_eq(stat(path, &found), 0);
	ck_assert_int_eq(found.st_mode & 0777, 0600);
}
END_TEST

START_TEST(state_replaces_or_refuses)
{
	ck_assert_int_eq(put("a", "x.json", "one", STATE_REFUSE), 0);
	ck_assert_int_eq(put("a", "x.json", "two", STATE_REFUSE), -EEXIST);
	ck_assert_int_eq(get("a", "x.json"), 0);
	ck_assert_str_eq(buf_str(&text), "one");
	ck_assert_int_eq(put("a", "x.json", "three", STATE_REPLACE), 0);
	ck_assert_int_eq(get("a", "x.json"), 0);
	ck_assert_str_eq(buf_str(&text), "three");
	ck_assert_uint_eq(state_bytes(state), 5);
}
END_TEST

/* As on NFS: rename(2) takes no flags. */
static void forbid_flags(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	};
	const struct sock_fprog program = { sizeof(steps) / sizeof(steps[0]), steps };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* The last test: what is forbidden stays so, where Check does not fork. */
START_TEST(state_refuses_where_renaming_cannot)
{
	forbid_flags();
	ck_assert_int_eq(put("a", "x.json", "one", STATE_REFUSE), 0);
	ck_assert_int_eq(put("a", "x.json", "two", STATE_REFUSE), -EEXIST);
	ck_assert_int_eq(get("a", "x.json"), 0);
	ck_assert_str_eq(buf_str(&text), "one");
	ck_assert_uint_eq(state_bytes(state), 3);
}
END_TEST

START_TEST(state_removes)
{
	ck_assert_int_eq(put("a", "x.json", "one", STATE_REPLACE), 0);
	ck_assert_int_eq(state_remove(state, "a", "x.json", STATE_DURABLE, &err), 0);
	ck_assert_int_eq(get("a", "x.json"), -ENOENT);
	ck_assert_int_eq(state_remove(state, "a", "x.json", STATE_DURABLE, &err), 0);
	ck_assert_int_eq(state_remove(state, "nowhere", "x.json", STATE_DURABLE, &err), 0);
	ck_assert_uint_eq(state_bytes(state), 0);
}
END_TEST

START_TEST(state_is_bounded)
{
	open_with(8);
	ck_assert_int_eq(put("a", "x.json", "12345", STATE_REPLACE), 0);
	ck_assert_int_eq(put("a", "y.json", "1234", STATE_REPLACE), -ENOSPC);
	ck_assert_msg(strstr(err.text, "state_size") != NULL, "%s", err.text);
	ck_assert_int_eq(get("a", "y.json"), -ENOENT);
	/* What takes another's place has its room. */
	ck_assert_int_eq(put("a", "x.json", "12345678", STATE_REPLACE), 0);
	ck_assert_int_eq(state_remove(state, "a", "x.json", STATE_DURABLE, &err), 0);
	ck_assert_int_eq(put("a", "y.json", "1234", STATE_REPLACE), 0);
	/* What is there at the start counts. */
	open_with(8);
	ck_assert_uint_eq(state_bytes(state), 4);
	ck_assert_int_eq(put("a", "x.json", "12345", STATE_REPLACE), -ENOSPC);
}
END_TEST

static void make_file(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/a/%s", state_path(state), name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "123", 3), 3);
	close(fd);
}

static bool has_file(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/a/%s", state_path(state), name);
	return access(path, F_OK) == 0;
}

static int count_entry(void *payload, const struct state_entry *entry)
{
	size_t *n = payload;

	ck_assert(strcmp(entry->name, "x.json") == 0 || entry->is_dir);
	(*n)++;
	return 0;
}

static int count_temporary(void)
{
	DIR *folder = opendir(state_path(state));
	const struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(folder);
	for (entry = readdir(folder); entry; entry = readdir(folder))
		n += strncmp(entry->d_name, STATE_TEMPORARY, strlen(STATE_TEMPORARY)) == 0;
	closedir(folder);
	return n;
}

/* Another process with a mount of the same; it tells how its temporary files are called, and lives on. */
static pid_t begin_another_mount(char name[PRESENCE_NAME_SIZE])
{
	struct presence *presence;
	int ends[2];
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (presence_open(state_path(state), &presence, NULL) == 0 &&
			write(ends[1], presence_name(presence), PRESENCE_NAME_SIZE) > 0)
			pause();
		_exit(1);
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], name, PRESENCE_NAME_SIZE), PRESENCE_NAME_SIZE);
	close(ends[0]);
	return child;
}

START_TEST(state_clears_what_a_killed_write_left)
{
	char other[PRESENCE_NAME_SIZE], file[PRESENCE_NAME_SIZE + 8];
	size_t n = 0;
	pid_t child;

	ck_assert_int_eq(put("a", "x.json", "one", STATE_REPLACE), 0);
	ck_assert_int_eq(put("a/b", "y.json", "one", STATE_REPLACE), 0);
	child = begin_another_mount(other);
	snprintf(file, sizeof(file), "%s-1", other);
	make_file(file);
	make_file(STATE_TEMPORARY "4711-1");
	open_with(1000);
	ck_assert(has_file(file));
	ck_assert(!has_file(STATE_TEMPORARY "4711-1"));
	ck_assert_int_eq(state_visit(state, "a", count_entry, &n, &err), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	open_with(1000);
	ck_assert(!has_file(file));
	/* One's own sign alone. */
	ck_assert_int_eq(count_temporary(), 1);
	ck_assert_int_eq(state_visit(state, "nowhere", count_entry, &n, &err), 0);
	ck_assert_uint_eq(n, 2);
}
END_TEST

/* Two of one process are two mounts all the same. */
START_TEST(state_is_shared)
{
	const struct state_conf conf = { place, "https://cms", "foodcrunch", 1000 };
	struct state *other = NULL;

	ck_assert_int_eq(put("a", "x.json", "one", STATE_REPLACE), 0);
	ck_assert_int_eq(state_open(&conf, &other, &err), 0);
	ck_assert_int_eq(count_temporary(), 2);
	state_close(other);
	ck_assert_int_eq(count_temporary(), 1);
	ck_assert_int_eq(get("a", "x.json"), 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("state");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, state_gives_back_what_was_written);
	tcase_add_test(tcase, state_is_nobody_elses);
	tcase_add_test(tcase, state_replaces_or_refuses);
	tcase_add_test(tcase, state_removes);
	tcase_add_test(tcase, state_is_bounded);
	tcase_add_test(tcase, state_clears_what_a_killed_write_left);
	tcase_add_test(tcase, state_is_shared);
	tcase_add_test(tcase, state_refuses_where_renaming_cannot);
	return suite_run(tcase, "state");
}
