#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"
#include "save/durable.h"
#include "save/state.h"
#include "save/unsaved.h"
#include "support/folder.h"
#include "support/suite.h"

static struct state *state;
static struct error err;
static struct unsaved_list list;

static void set_up(void)
{
	char place[PATH_MAX];
	const struct state_conf conf = {
		.directory = place, .url = "https://cms", .app = "foodcrunch", .max_bytes = 100000
	};

	folder_make();
	snprintf(place, sizeof(place), "%s/a/state", folder_path());
	ck_assert_msg(state_open(&conf, &state, &err) == 0, "%s", err.text);
}

static void tear_down(void)
{
	unsaved_list_release(&list);
	state_close(state);
	state = NULL;
	folder_remove();
}

static void put(const char *schema, const char *name, const char *text, const char *theirs)
{
	const struct unsaved_text unsaved = {
		.schema = schema,
		.name = name,
		.data = text,
		.len = strlen(text),
		.reason = "because",
		.theirs = theirs,
		.theirs_len = theirs ? strlen(theirs) : 0,
	};
	struct unsaved_copy copy;

	ck_assert_msg(unsaved_put(state, &unsaved, &copy, &err) == 0, "%s", err.text);
}

/* expected: names, each ended by a blank. */
static void check_list(const char *schema, const char *expected)
{
	char names[1024] = "";

	unsaved_list_release(&list);
	ck_assert_int_eq(unsaved_list(state, schema, &list, &err), 0);
	for (size_t i = 0; i < list.n_names; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s ", list.names[i]);
	}
	ck_assert_str_eq(names, expected);
}

START_TEST(unsaved_lists_folders_and_files)
{
	check_list(NULL, "");
	check_list("recipes", "");
	put("recipes", "b.json", "one", NULL);
	put("recipes", "a.json", "two", "theirs");
	put("authors", "a.json", "two", NULL);
	check_list(NULL, "authors recipes ");
	check_list("recipes", "a.json a.json.reason a.json.theirs b.json b.json.reason ");
	ck_assert_int_eq(unsaved_remove(state, "authors", "a.json", &err), 0);
	check_list(NULL, "recipes ");
}
END_TEST

START_TEST(unsaved_removes_a_companion_alone)
{
	put("recipes", "a.json", "two", "theirs");
	ck_assert_int_eq(unsaved_remove(state, "recipes", "a.json.theirs", &err), 0);
	check_list("recipes", "a.json a.json.reason ");
}
END_TEST

START_TEST(unsaved_looks_at_one)
{
	struct unsaved_file file = { 0 };

	put("recipes", "a.json", "two", NULL);
	ck_assert_int_eq(unsaved_look(state, "recipes", "a.json", &file, &err), 0);
	ck_assert_uint_eq(file.size, 3);
	ck_assert_int_gt(file.modified_s, 0);
	ck_assert_int_eq(unsaved_look(state, "recipes", NULL, &file, &err), 0);
	ck_assert_int_eq(unsaved_look(state, "recipes", "b.json", &file, &err), -ENOENT);
	ck_assert_int_eq(unsaved_look(state, "authors", "a.json", &file, &err), -ENOENT);
	ck_assert_int_eq(unsaved_remove(state, "recipes", "a.json", &err), 0);
	ck_assert_int_eq(unsaved_look(state, "recipes", NULL, &file, &err), -ENOENT);
}
END_TEST

START_TEST(unsaved_counts_texts)
{
	struct unsaved_count count;

	ck_assert_int_eq(unsaved_count(state, &count, &err), 0);
	ck_assert_uint_eq(count.texts, 0);
	put("recipes", "a.json", "two", "theirs");
	put("recipes", "a.json", "three", NULL);
	put("authors", "a.json", "two", NULL);
	ck_assert_int_eq(unsaved_count(state, &count, &err), 0);
	ck_assert_uint_eq(count.texts, 3);
	ck_assert_uint_eq(count.bytes, 11);
}
END_TEST

START_TEST(durable_makes_what_is_missing)
{
	char path[PATH_MAX];
	struct stat found;

	snprintf(path, sizeof(path), "%s/x/y/z", folder_path());
	ck_assert_msg(durable_directory(path, &err) == 0, "%s", err.text);
	ck_assert_int_eq(stat(path, &found), 0);
	ck_assert_uint_eq(found.st_mode & 07777, 0700);
	ck_assert_int_eq(durable_directory(path, &err), 0);
	folder_write("file", 0600, "");
	snprintf(path, sizeof(path), "%s/file/y", folder_path());
	ck_assert_int_eq(durable_directory(path, &err), -ENOTDIR);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("unsaved_look");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, unsaved_lists_folders_and_files);
	tcase_add_test(tcase, unsaved_removes_a_companion_alone);
	tcase_add_test(tcase, unsaved_looks_at_one);
	tcase_add_test(tcase, unsaved_counts_texts);
	tcase_add_test(tcase, durable_makes_what_is_missing);
	return suite_run(tcase, "unsaved_look");
}
