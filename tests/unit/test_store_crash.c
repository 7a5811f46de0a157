/* What is left of a store whose program was killed, or whose machine went down. */
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "support/folder.h"
#include "support/store_rig.h"
#include "support/suite.h"

#define PAGE_ITEMS 50
#define MAX_PAGES 400

static struct store_conf conf;

static void set_up(void)
{
	folder_make();
	conf = store_rig_conf;
	conf.directory = folder_path();
}

static char *find_file(const char *name)
{
	char pattern[128];
	glob_t found;
	char *path;

	snprintf(pattern, sizeof(pattern), "%s/%s", folder_path(), name);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	path = strdup(found.gl_pathv[0]);
	ck_assert_ptr_nonnull(path);
	globfree(&found);
	return path;
}

/* Every third page changes the texts of the one before. */
static void put_page(struct store *of, uint64_t dir, int page)
{
	struct content items[PAGE_ITEMS];
	char text[3000];
	char id[32];

	for (int i = 0; i < PAGE_ITEMS; i++) {
		size_t len = 500 + (size_t)((page * 31 + i * 97) % 2400);

		snprintf(id, sizeof(id), "%06d-%03d", page % 3 == 2 ? page - 1 : page, i);
		memset(text, 'a' + page % 26, len);
		text[len] = '\0';
		items[i] = store_rig_item(id, page, text);
	}
	ck_assert_int_eq(store_put(of, dir, 0, 1, items, PAGE_ITEMS, NULL), 0);
	for (int i = 0; i < PAGE_ITEMS; i++)
		content_release(&items[i]);
}

/* A byte for each page that is in the store. */
static void write_until_killed(int told)
{
	struct store *of = store_rig_open(&conf);
	uint64_t dir = store_rig_dir(of, "recipes", 1);

	for (int page = 0; page < MAX_PAGES; page++) {
		put_page(of, dir, page);
		if (write(told, "p", 1) != 1)
			break;
	}
	pause();
}

static void be_killed_after(int n_pages)
{
	int told[2];
	pid_t child;
	char byte;
	int status;

	ck_assert_int_eq(pipe(told), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(told[0]);
		write_until_killed(told[1]);
		_exit(0);
	}
	close(told[1]);
	for (int i = 0; i < n_pages; i++)
		ck_assert_int_eq(read(told[0], &byte, 1), 1);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	close(told[0]);
}

/* Every row has its own text. Returns how many there are. */
static uint64_t check_rows(struct store *of, uint64_t dir)
{
	struct store_item item;
	struct buf text;
	uint64_t row = 0, n = 0;

	store_item_init(&item);
	buf_init(&text, STORE_RIG_TEXT_MAX);
	while (store_next(of, dir, row, &item, NULL) == 0) {
		row = item.row;
		ck_assert_int_eq(store_read(of, row, &text, &item, NULL), 0);
		ck_assert_uint_eq(item.digest, hash_bytes(text.data, text.len));
		ck_assert_uint_eq(item.size, text.len);
		n++;
	}
	buf_release(&text);
	store_item_release(&item);
	return n;
}

static const int n_pages[] = { 1, 2, 3, 9, 20, 60 };

START_TEST(store_keeps_what_was_put_before_a_kill)
{
	struct store *of;
	uint64_t dir, n;

	be_killed_after(n_pages[_i]);
	of = store_rig_open(&conf);
	ck_assert(store_rig_stats(of).is_on_disk);
	dir = store_rig_dir(of, "recipes", 1);
	n = check_rows(of, dir);
	ck_assert_uint_ge(n, (uint64_t)(n_pages[_i] - n_pages[_i] / 3) * PAGE_ITEMS);
	ck_assert_uint_eq(n % PAGE_ITEMS, 0);
	put_page(of, dir, MAX_PAGES);
	ck_assert_uint_gt(check_rows(of, dir), n);
	store_close(of);
}
END_TEST

/* More than fits into SQLite's memory: most of it is in the file before it is committed. */
#define LARGE_TEXT ((size_t)300 << 10)
#define LARGE_ITEMS 100
#define LARGE_BEGUN (10 << 20)

static int put_large(struct store *of, uint64_t dir, int version)
{
	struct content *items = calloc(LARGE_ITEMS, sizeof(*items));
	char *text = calloc(1, LARGE_TEXT + 1);
	char id[16];
	int ret;

	ck_assert(items && text);
	memset(text, 'a' + version, LARGE_TEXT);
	for (int i = 0; i < LARGE_ITEMS; i++) {
		snprintf(id, sizeof(id), "large-%03d", i);
		items[i] = store_rig_item(id, version, text);
	}
	ret = store_put(of, dir, 0, 1, items, LARGE_ITEMS, NULL);
	for (int i = 0; i < LARGE_ITEMS; i++)
		content_release(&items[i]);
	free(items);
	free(text);
	return ret;
}

/* A byte for the first version that is in the store; then one after the other. */
static void write_much(int told)
{
	struct store *of = store_rig_open(&conf);
	uint64_t dir = store_rig_dir(of, "recipes", 1);

	if (put_large(of, dir, 0) < 0 || write(told, "p", 1) != 1)
		_exit(1);
	for (int version = 1; put_large(of, dir, version % 26) == 0;)
		version++;
	_exit(1);
}

/* What was in the pages that are written over. */
static off_t size_of_journal(void)
{
	char *path = find_file("*.db-journal");
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	free(path);
	return st.st_size;
}

static void stop_when_half_way(pid_t child)
{
	int status;

	while (size_of_journal() < LARGE_BEGUN)
		sched_yield();
	ck_assert_int_eq(kill(child, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
	ck_assert(WIFSTOPPED(status));
}

/* It may have gone on before it stood still. */
static void kill_half_way(pid_t child)
{
	int status;

	stop_when_half_way(child);
	while (size_of_journal() < LARGE_BEGUN) {
		ck_assert_int_eq(kill(child, SIGCONT), 0);
		stop_when_half_way(child);
	}
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
}

/* Of which version all items are. */
static int64_t version_of_all(struct store *of, uint64_t dir)
{
	struct store_item item;
	int64_t version = -1;
	uint64_t row = 0;

	store_item_init(&item);
	while (store_next(of, dir, row, &item, NULL) == 0) {
		ck_assert(row == 0 || item.version == version);
		version = item.version;
		row = item.row;
	}
	store_item_release(&item);
	return version;
}

START_TEST(store_forgets_what_a_kill_left_half_written)
{
	struct store *of;
	uint64_t dir;
	int told[2];
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(told), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		write_much(told[1]);
	ck_assert_int_eq(read(told[0], &byte, 1), 1);
	kill_half_way(child);
	of = store_rig_open(&conf);
	ck_assert(store_rig_stats(of).is_on_disk);
	dir = store_rig_dir(of, "recipes", 1);
	ck_assert_uint_eq(check_rows(of, dir), LARGE_ITEMS);
	ck_assert_int_ge(version_of_all(of, dir), 0);
	store_close(of);
	close(told[0]);
	close(told[1]);
}
END_TEST

/* Each changes the one row of the table, if the mark is as it should be. */
static const struct {
	const char *what;
	const char *sql;
	bool is_closed, is_kept;
} marks[] = {
	{ "closed, then another boot", "UPDATE meta SET session = 77 WHERE boot IS NULL", true,
		true },
	{ "killed in this boot", "UPDATE meta SET session = 77 WHERE length(boot) = 36", false,
		true },
	{ "in use as the machine went down",
		"UPDATE meta SET boot = 'another' WHERE length(boot) = 36", false, false },
	{ "of a boot that could not be known", "UPDATE meta SET boot = '' WHERE length(boot) = 36",
		false, false },
};

static void change_mark(const char *sql)
{
	char *path = find_file("*.db");
	sqlite3 *sqlite = NULL;

	ck_assert_int_eq(sqlite3_open(path, &sqlite), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_changes(sqlite), 1);
	sqlite3_close(sqlite);
	free(path);
}

START_TEST(store_is_begun_anew_if_the_machine_went_down_under_it)
{
	struct store *of;

	if (marks[_i].is_closed) {
		of = store_rig_open(&conf);
		put_page(of, store_rig_dir(of, "recipes", 1), 0);
		store_close(of);
	} else {
		be_killed_after(1);
	}
	change_mark(marks[_i].sql);
	of = store_rig_open(&conf);
	ck_assert_msg(store_rig_stats(of).is_on_disk, "%s", marks[_i].what);
	ck_assert_msg((store_rig_stats(of).items > 0) == marks[_i].is_kept, "%s", marks[_i].what);
	store_close(of);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("store_crash");

	tcase_add_checked_fixture(tc, set_up, folder_remove);
	tcase_add_test(tc, store_forgets_what_a_kill_left_half_written);
	tcase_add_loop_test(tc, store_keeps_what_was_put_before_a_kill, 0, N_ROWS(n_pages));
	tcase_add_loop_test(
		tc, store_is_begun_anew_if_the_machine_went_down_under_it, 0, N_ROWS(marks));
	return suite_run(tc, "store_crash");
}
