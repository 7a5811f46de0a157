/* The store's files: whose they are, what happens where they are damaged or cannot be had. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/content.h"
#include "base/buf.h"
#include "base/error.h"
#include "cache/store.h"
#include "support/store_rig.h"
#include "support/suite.h"

#define PAGE_SIZE 16384

static char root[64];
static char directory[80]; /* does not exist yet */
static struct store_conf conf = { .directory = directory,
	.url = "https://cms.test",
	.app = "shop",
	.client_id = "shop:default",
	.view = "document" };

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void set_up(void)
{
	strcpy(root, "/tmp/squidexfs-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(directory, sizeof(directory), "%s/a/b", root);
}

static void tear_down(void)
{
	nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int put_2000(struct store *of, const char *id, struct error *err)
{
	char text[2001] = "";
	struct content item;
	int ret;

	memset(text, 'x', sizeof(text) - 1);
	item = store_rig_item(id, 0, text);
	ret = store_put(of, store_rig_dir(of, "recipes", 1), 0, 5, &item, 1, err);
	content_release(&item);
	return ret;
}

/* A store that was closed cleanly, with items in it. */
static void make_store(int n_items)
{
	char id[16];

	store = store_rig_open(&conf);
	for (int i = 0; i < n_items; i++) {
		snprintf(id, sizeof(id), "%04d", i);
		ck_assert_int_eq(put_2000(store, id, NULL), 0);
	}
	store_close(store);
}

static const char *database(void)
{
	static char path[256];
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.db", directory);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	ck_assert_uint_eq(found.gl_pathc, 1);
	snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
	globfree(&found);
	return path;
}

static void overwrite(off_t offset, int byte, size_t len)
{
	int fd = open(database(), O_WRONLY | O_CLOEXEC);
	char *bytes = malloc(len);

	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(bytes);
	memset(bytes, byte, len);
	ck_assert_int_eq(pwrite(fd, bytes, len, offset), (ssize_t)len);
	free(bytes);
	close(fd);
}

START_TEST(store_survives_closing)
{
	struct store_item item;

	make_store(3);
	store = store_rig_open(&conf);
	ck_assert(store_rig_stats(store).is_on_disk);
	ck_assert_uint_eq(store_rig_stats(store).items, 3);
	store_item_init(&item);
	ck_assert_int_eq(
		store_find(store, store_rig_dir(store, "recipes", 1), "0001", &item, NULL), 0);
	/* Asked in another mount: that does not count here. */
	ck_assert_uint_eq(item.checked_ms, 0);
	store_item_release(&item);
	store_close(store);
}
END_TEST

static uint64_t find_row_of(const char *id)
{
	struct store_item item;
	uint64_t row;

	store_item_init(&item);
	ck_assert_int_eq(store_find(store, store_rig_dir(store, "recipes", 1), id, &item, NULL), 0);
	row = item.row;
	store_item_release(&item);
	return row;
}

/* The kernel, or whoever keeps a link, may still have the number. */
START_TEST(store_gives_no_row_again_after_closing)
{
	uint64_t last;

	make_store(3);
	store = store_rig_open(&conf);
	last = find_row_of("0002");
	ck_assert_int_eq(store_remove(store, store_rig_dir(store, "recipes", 1), "0002", NULL), 0);
	store_close(store);
	store = store_rig_open(&conf);
	ck_assert_int_eq(put_2000(store, "0002", NULL), 0);
	ck_assert_uint_gt(find_row_of("0002"), last);
	store_close(store);
}
END_TEST

START_TEST(store_files_are_private)
{
	char pattern[128];
	struct stat st;
	glob_t found;

	umask(0);
	store = store_rig_open(&conf);
	ck_assert_int_eq(put_2000(store, "a", NULL), 0);
	ck_assert_int_eq(stat(directory, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	snprintf(pattern, sizeof(pattern), "%s/*", directory);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	/* The database, its log and its lock. */
	ck_assert_uint_eq(found.gl_pathc, 3);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		ck_assert_int_eq(stat(found.gl_pathv[i], &st), 0);
		ck_assert_msg((st.st_mode & 07777) == 0600, "%s", found.gl_pathv[i]);
	}
	globfree(&found);
	store_close(store);
	ck_assert_int_eq(chmod(database(), 0644), 0);
	store_close(store_rig_open(&conf));
	ck_assert_int_eq(stat(database(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(store_in_use_is_left_to_its_user)
{
	struct store *first = store_rig_open(&conf), *second, *third;

	ck_assert_int_eq(put_2000(first, "a", NULL), 0);
	second = store_rig_open(&conf);
	ck_assert(!store_rig_stats(second).is_on_disk);
	ck_assert_uint_eq(store_rig_stats(second).items, 0);
	ck_assert_int_eq(put_2000(second, "b", NULL), 0);
	ck_assert_int_eq(put_2000(first, "c", NULL), 0);
	ck_assert_uint_eq(store_rig_stats(first).items, 2);
	store_close(first);
	third = store_rig_open(&conf);
	ck_assert(store_rig_stats(third).is_on_disk);
	ck_assert_uint_eq(store_rig_stats(third).items, 2);
	store_close(third);
	store_close(second);
}
END_TEST

static void damage_beginning(void)
{
	overwrite(0, 'g', 100);
}

static void damage_everything(void)
{
	overwrite(0, 0xa5, 8 * PAGE_SIZE);
}

/* The tables that are looked into first are whole. */
static void damage_behind_the_beginning(void)
{
	overwrite(8 * PAGE_SIZE, 0xff, 200 * (size_t)PAGE_SIZE);
}

static void damage_by_truncation(void)
{
	ck_assert_int_eq(truncate(database(), 3 * PAGE_SIZE), 0);
}

static void damage_by_half_a_page(void)
{
	ck_assert_int_eq(truncate(database(), PAGE_SIZE / 2), 0);
}

/* Offsets in SQLite's header: user_version, application_id. */
static void become_another_format(void)
{
	overwrite(60, 9, 4);
}

static void become_another_application(void)
{
	overwrite(68, 9, 4);
}

static void damage_schema(void)
{
	overwrite(100, 0xff, PAGE_SIZE - 100);
}

START_TEST(store_of_no_use_is_begun_anew)
{
	static void (*const damages[])(void) = { damage_beginning, damage_everything,
		damage_behind_the_beginning, damage_by_truncation, damage_by_half_a_page,
		become_another_format, become_another_application, damage_schema };

	ck_assert_int_eq(sizeof(damages) / sizeof(damages[0]), 8);
	make_store(100);
	damages[_i]();
	store = store_rig_open(&conf);
	ck_assert(store_rig_stats(store).is_on_disk);
	ck_assert_uint_eq(store_rig_stats(store).items, 0);
	ck_assert_int_eq(put_2000(store, "a", NULL), 0);
	store_close(store);
	store = store_rig_open(&conf);
	ck_assert_uint_eq(store_rig_stats(store).items, 1);
	store_close(store);
}
END_TEST

START_TEST(store_damaged_inside_says_so_and_is_begun_anew_next_time)
{
	struct error err = { 0 };
	struct store_item item;
	struct stat st;
	struct buf text;
	uint64_t row = 0;
	int ret = 0;

	make_store(600);
	ck_assert_int_eq(stat(database(), &st), 0);
	overwrite(st.st_size / PAGE_SIZE / 2 * PAGE_SIZE, 0xff, 2 * (size_t)PAGE_SIZE);
	store = store_rig_open(&conf);
	buf_init(&text, STORE_RIG_TEXT_MAX);
	store_item_init(&item);
	while (ret == 0) {
		ret = store_next(store, store_rig_dir(store, "recipes", 1), row, &item, &err);
		row = item.row;
		if (ret == 0)
			ret = store_read(store, row, &text, &item, &err);
	}
	ck_assert_int_eq(ret, -EIO);
	ck_assert_ptr_nonnull(strstr(err.text, "is damaged"));
	store_item_release(&item);
	buf_release(&text);
	store_close(store);
	store = store_rig_open(&conf);
	ck_assert_uint_eq(store_rig_stats(store).items, 0);
	ck_assert_int_eq(put_2000(store, "a", NULL), 0);
	store_close(store);
}
END_TEST

START_TEST(store_of_another_owner_is_begun_anew)
{
	char mine[256], theirs[256];

	make_store(0);
	snprintf(mine, sizeof(mine), "%s", database());
	unlink(mine);
	conf.client_id = "shop:other";
	make_store(3);
	snprintf(theirs, sizeof(theirs), "%s", database());
	ck_assert_str_ne(mine, theirs);
	/* As if two names had the same hash. */
	ck_assert_int_eq(rename(theirs, mine), 0);
	conf.client_id = "shop:default";
	store = store_rig_open(&conf);
	ck_assert(store_rig_stats(store).is_on_disk);
	ck_assert_uint_eq(store_rig_stats(store).items, 0);
	store_close(store);
}
END_TEST

START_TEST(store_without_a_directory_is_temporary)
{
	int fd;

	/* A file where the directory should be. */
	*strrchr(directory, '/') = '\0';
	fd = open(directory, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	strcat(directory, "/b");
	store = store_rig_open(&conf);
	ck_assert(!store_rig_stats(store).is_on_disk);
	ck_assert_int_eq(put_2000(store, "a", NULL), 0);
	store_close(store);
}
END_TEST

START_TEST(store_on_a_full_disk_is_temporary)
{
	struct rlimit limit = { 0, RLIM_INFINITY };

	/* No file may grow: what a full disk does, without one. */
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	store = store_rig_open(&conf);
	ck_assert(!store_rig_stats(store).is_on_disk);
	ck_assert_int_eq(put_2000(store, "a", NULL), 0);
	store_close(store);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
END_TEST

START_TEST(store_moves_off_a_disk_that_fills_up)
{
	struct rlimit limit = { 400000, RLIM_INFINITY };
	struct store_item item;
	char id[16];

	store = store_rig_open(&conf);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	store_item_init(&item);
	for (int i = 0; i < 300; i++) {
		struct error err = { 0 };

		snprintf(id, sizeof(id), "%04d", i);
		ck_assert_msg(put_2000(store, id, &err) == 0, "%s: %s", id, err.text);
	}
	ck_assert(!store_rig_stats(store).is_on_disk);
	ck_assert_uint_eq(store_rig_stats(store).items, 300);
	/* Rows are nodes that the kernel knows: they are what they were. */
	for (int i = 0; i < 300; i++) {
		snprintf(id, sizeof(id), "%04d", i);
		ck_assert_int_eq(
			store_find(store, store_rig_dir(store, "recipes", 1), id, &item, NULL), 0);
		ck_assert_uint_eq(item.row, (uint64_t)i + 1);
	}
	store_item_release(&item);
	store_close(store);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("store_disk");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, store_survives_closing);
	tcase_add_test(tc, store_gives_no_row_again_after_closing);
	tcase_add_test(tc, store_files_are_private);
	tcase_add_test(tc, store_in_use_is_left_to_its_user);
	tcase_add_loop_test(tc, store_of_no_use_is_begun_anew, 0, 8);
	tcase_add_test(tc, store_damaged_inside_says_so_and_is_begun_anew_next_time);
	tcase_add_test(tc, store_of_another_owner_is_begun_anew);
	tcase_add_test(tc, store_without_a_directory_is_temporary);
	tcase_add_test(tc, store_on_a_full_disk_is_temporary);
	tcase_add_test(tc, store_moves_off_a_disk_that_fills_up);
	return suite_run(tc, "store_disk");
}
