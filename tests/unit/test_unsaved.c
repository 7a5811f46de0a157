#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "save/state.h"
#include "save/unsaved.h"
#include "support/folder.h"
#include "support/suite.h"

#define TEXT_MAX ((size_t)1 << 20)
#define DIR "unsaved/recipes"
#define STATE_MAX 100000

static struct state *state;
static struct error err;
static struct buf text;
static struct unsaved_copy copy;

static void set_up(void)
{
	char place[PATH_MAX];
	struct state_conf conf = { .directory = place,
		.url = "https://cms",
		.app = "foodcrunch",
		.max_bytes = STATE_MAX };

	folder_make();
	snprintf(place, sizeof(place), "%s/state", folder_path());
	buf_init(&text, TEXT_MAX);
	ck_assert_msg(state_open(&conf, &state, &err) == 0, "%s", err.text);
}

static void tear_down(void)
{
	state_close(state);
	state = NULL;
	buf_release(&text);
	folder_remove();
}

static int put(const char *name, const char *bytes, const char *reason, const char *theirs)
{
	const struct unsaved_text unsaved = {
		.schema = "recipes",
		.name = name,
		.data = bytes,
		.len = strlen(bytes),
		.reason = reason,
		.time_s = 60,
		.theirs = theirs,
		.theirs_len = theirs ? strlen(theirs) : 0,
	};

	return unsaved_put(state, &unsaved, &copy, &err);
}

static void check_file(const char *name, const char *expected)
{
	ck_assert_msg(state_read(state, DIR, name, &text, &err) == 0, "no %s", name);
	ck_assert_str_eq(buf_str(&text), expected);
}

static void check_absent(const char *name)
{
	ck_assert_msg(state_read(state, DIR, name, &text, &err) == -ENOENT, "%s", name);
}

START_TEST(unsaved_keeps_text_and_reason)
{
	ck_assert_int_eq(put("x.json", "{ oops", "x: not JSON in line 1", NULL), 0);
	ck_assert_str_eq(copy.name, "x.json");
	check_file("x.json", "{ oops");
	check_file("x.json.reason", "1970-01-01T00:01:00Z: x: not JSON in line 1\n");
	check_absent("x.json.theirs");
}
END_TEST

START_TEST(unsaved_numbers_what_differs)
{
	ck_assert_int_eq(put("x.json", "one", "first", NULL), 0);
	ck_assert_int_eq(put("x.json", "two", "second", "theirs"), 0);
	ck_assert_str_eq(copy.name, "x.2.json");
	ck_assert_int_eq(put("x.json", "one", "third", NULL), 0);
	ck_assert_str_eq(copy.name, "x.json");
	check_file("x.json", "one");
	check_file("x.json.reason", "1970-01-01T00:01:00Z: third\n");
	check_file("x.2.json", "two");
	check_file("x.2.json.reason", "1970-01-01T00:01:00Z: second\n");
	check_file("x.2.json.theirs", "theirs");
	check_absent("x.3.json");
}
END_TEST

START_TEST(unsaved_forgets_the_very_text)
{
	ck_assert_int_eq(put("x.json", "one", "first", "theirs"), 0);
	ck_assert_int_eq(put("x.json", "two", "second", NULL), 0);
	ck_assert_int_eq(put("x.2.json", "one", "of another item", NULL), 0);
	ck_assert_str_eq(copy.name, "x.2.2.json");
	ck_assert_int_eq(unsaved_forget(state, "recipes", "x.json", "one", 3, &err), 0);
	check_absent("x.json");
	check_absent("x.json.reason");
	check_absent("x.json.theirs");
	check_file("x.2.json", "two");
	check_file("x.2.2.json", "one");
	ck_assert_int_eq(unsaved_forget(state, "recipes", "x.json", "two", 3, &err), 0);
	check_absent("x.2.json");
	check_file("x.2.2.json", "one");
	ck_assert_int_eq(unsaved_forget(state, "authors", "x.json", "one", 3, &err), 0);
}
END_TEST

START_TEST(unsaved_keeps_a_text_without_room_for_a_reason)
{
	static char bytes[STATE_MAX - 5];

	memset(bytes, 'x', sizeof(bytes) - 1);
	ck_assert_int_eq(put("x.json", bytes, "it was too long", NULL), 0);
	ck_assert_str_eq(copy.name, "x.json");
	check_file("x.json", bytes);
	check_absent("x.json.reason");
	ck_assert_int_eq(put("y.json", "more than that", "again", NULL), -ENOSPC);
	ck_assert_str_eq(copy.name, "");
}
END_TEST

START_TEST(unsaved_takes_back_what_is_nobody_elses)
{
	struct unsaved_copy first, second;

	ck_assert_int_eq(put("x.json", "one", "first", "theirs"), 0);
	first = copy;
	ck_assert_int_eq(put("x.json", "one", "first", NULL), 0);
	second = copy;
	ck_assert_int_eq(unsaved_take_back(state, "recipes", &first, &err), 0);
	check_file("x.json", "one");
	ck_assert_int_eq(unsaved_take_back(state, "recipes", &second, &err), 0);
	check_absent("x.json");
	check_absent("x.json.reason");
	check_absent("x.json.theirs");
	ck_assert_int_eq(put("x.json", "two", "first", NULL), 0);
	ck_assert_int_eq(unsaved_take_back(state, "recipes", &second, &err), 0);
	check_file("x.json", "two");
	ck_assert_int_eq(unsaved_remove(state, "recipes", "x.json", &err), 0);
	ck_assert_int_eq(unsaved_take_back(state, "recipes", &copy, &err), 0);
}
END_TEST

START_TEST(unsaved_removes_all_that_is_beside_it)
{
	ck_assert_int_eq(put("x.json", "one", "first", "theirs"), 0);
	ck_assert_int_eq(unsaved_remove(state, "recipes", "x.json", &err), 0);
	check_absent("x.json");
	check_absent("x.json.reason");
	check_absent("x.json.theirs");
	ck_assert_int_eq(unsaved_remove(state, "recipes", "x.json", &err), 0);
	ck_assert_uint_eq(state_bytes(state), 0);
}
END_TEST

START_TEST(unsaved_shortens_long_names)
{
	char a[NAME_MAX + 1], b[NAME_MAX + 1], first[NAME_MAX + 1];

	memset(a, 'a', NAME_MAX);
	memcpy(a + NAME_MAX - 5, ".json", 6);
	memcpy(b, a, sizeof(b));
	b[NAME_MAX - 6] = 'b';
	ck_assert_int_eq(put(a, "one", "first", NULL), 0);
	memcpy(first, copy.name, sizeof(first));
	ck_assert_int_eq(put(b, "two", "second", "theirs"), 0);
	ck_assert_str_ne(first, copy.name);
	ck_assert_int_eq(put(b, "three", "third", "theirs"), 0);
	check_file(first, "one");
	ck_assert_int_eq(unsaved_forget(state, "recipes", a, "one", 3, &err), 0);
	check_absent(first);
	check_file(copy.name, "three");
}
END_TEST

START_TEST(unsaved_has_an_end)
{
	char bytes[16];

	for (int i = 0; i < UNSAVED_OF_ONE_MAX; i++) {
		snprintf(bytes, sizeof(bytes), "%d", i);
		ck_assert_int_eq(put("x.json", bytes, "again", NULL), 0);
	}
	ck_assert_int_eq(put("x.json", "more", "again", NULL), -EEXIST);
	ck_assert_int_eq(put("x.json", "42", "again", NULL), 0);
	ck_assert_str_eq(copy.name, "x.43.json");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("unsaved");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, unsaved_keeps_text_and_reason);
	tcase_add_test(tcase, unsaved_numbers_what_differs);
	tcase_add_test(tcase, unsaved_forgets_the_very_text);
	tcase_add_test(tcase, unsaved_keeps_a_text_without_room_for_a_reason);
	tcase_add_test(tcase, unsaved_takes_back_what_is_nobody_elses);
	tcase_add_test(tcase, unsaved_removes_all_that_is_beside_it);
	tcase_add_test(tcase, unsaved_shortens_long_names);
	tcase_add_test(tcase, unsaved_has_an_end);
	return suite_run(tcase, "unsaved");
}
