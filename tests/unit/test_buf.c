#include "base/buf.h"

#include <errno.h>
#include <string.h>

#include "support/suite.h"

static const struct {
	const char *what;
	size_t max;
	const char *first;
	const char *second;
	int ret; /* of adding the second */
	const char *text;
} adds[] = {
	{ "two texts follow each other", 10, "abc", "def", 0, "abcdef" },
	{ "the ceiling itself is allowed", 6, "abc", "def", 0, "abcdef" },
	{ "one byte over the ceiling is refused", 5, "abc", "def", -EFBIG, "abc" },
	{ "nothing fits into a buffer of ceiling 0", 0, "", "a", -EFBIG, "" },
	{ "nothing may be added where nothing fits", 0, "", "", 0, "" },
	{ "an empty text changes nothing", 10, "abc", "", 0, "abc" },
};

START_TEST(buf_add_str_keeps_the_ceiling)
{
	struct buf b;

	buf_init(&b, adds[_i].max);
	ck_assert_msg(buf_add_str(&b, adds[_i].first) == 0, "%s", adds[_i].what);
	ck_assert_msg(buf_add_str(&b, adds[_i].second) == adds[_i].ret, "%s", adds[_i].what);
	ck_assert_msg(strcmp(buf_str(&b), adds[_i].text) == 0, "%s", adds[_i].what);
	ck_assert_msg(b.len == strlen(adds[_i].text), "%s", adds[_i].what);
	buf_release(&b);
}
END_TEST

START_TEST(buf_addf_keeps_the_ceiling)
{
	struct buf b;

	buf_init(&b, adds[_i].max);
	ck_assert_int_eq(buf_add_str(&b, adds[_i].first), 0);
	ck_assert_msg(buf_addf(&b, "%s", adds[_i].second) == adds[_i].ret, "%s", adds[_i].what);
	ck_assert_msg(strcmp(buf_str(&b), adds[_i].text) == 0, "%s", adds[_i].what);
	buf_release(&b);
}
END_TEST

START_TEST(buf_add_char_keeps_the_ceiling)
{
	struct buf b;

	buf_init(&b, 3);
	for (char c = 'a'; c <= 'c'; c++)
		ck_assert_int_eq(buf_add_char(&b, c), 0);
	ck_assert_int_eq(buf_add_char(&b, 'd'), -EFBIG);
	ck_assert_str_eq(buf_str(&b), "abc");
	buf_release(&b);
}
END_TEST

START_TEST(buf_holds_any_bytes)
{
	struct buf b;

	buf_init(&b, 100);
	ck_assert_int_eq(buf_add(&b, "a\0b", 3), 0);
	ck_assert_int_eq(buf_add(&b, "\0", 1), 0);
	ck_assert_uint_eq(b.len, 4);
	ck_assert_mem_eq(b.data, "a\0b\0", 5);
	buf_release(&b);
}
END_TEST

START_TEST(buf_grows_to_megabytes)
{
	struct buf b;
	char chunk[1000];

	memset(chunk, 'x', sizeof(chunk));
	buf_init(&b, 2000000);
	for (int i = 0; i < 2000; i++)
		ck_assert_int_eq(buf_add(&b, chunk, sizeof(chunk)), 0);
	ck_assert_int_eq(buf_add(&b, "x", 1), -EFBIG);
	ck_assert_uint_eq(strlen(buf_str(&b)), 2000000);
	buf_release(&b);
}
END_TEST

START_TEST(buf_is_an_empty_text_before_the_first_byte)
{
	struct buf b;

	buf_init(&b, 10);
	ck_assert_ptr_null(b.data);
	ck_assert_str_eq(buf_str(&b), "");
	buf_clear(&b);
	buf_release(&b);
}
END_TEST

START_TEST(buf_clear_keeps_memory_and_ceiling)
{
	struct buf b;
	const char *data;

	buf_init(&b, 4);
	ck_assert_int_eq(buf_add_str(&b, "abcd"), 0);
	data = b.data;
	buf_clear(&b);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert_ptr_eq(b.data, data);
	ck_assert_int_eq(buf_add_str(&b, "abcde"), -EFBIG);
	ck_assert_int_eq(buf_add_str(&b, "efgh"), 0);
	buf_release(&b);
}
END_TEST

START_TEST(buf_release_leaves_it_usable)
{
	struct buf b;

	buf_init(&b, 3);
	ck_assert_int_eq(buf_add_str(&b, "abc"), 0);
	buf_release(&b);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(buf_add_str(&b, "abc"), 0);
	buf_release(&b);
	buf_release(&b);
}
END_TEST

START_TEST(buf_of_zeroes_may_be_released)
{
	struct buf b = { 0 };

	buf_release(&b);
	buf_wipe(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(buf_move_copies_nothing)
{
	struct buf from, to;
	const char *data;

	buf_init(&from, 10);
	buf_init(&to, 20);
	ck_assert_int_eq(buf_add_str(&from, "new"), 0);
	ck_assert_int_eq(buf_add_str(&to, "old"), 0);
	data = from.data;
	buf_move(&to, &from);
	ck_assert_ptr_eq(to.data, data);
	ck_assert_str_eq(buf_str(&to), "new");
	ck_assert_str_eq(buf_str(&from), "");
	ck_assert_uint_eq(from.max, 10);
	buf_release(&to);
}
END_TEST

START_TEST(buf_copy_takes_what_it_needs)
{
	struct buf from, to;

	buf_init(&from, 10);
	buf_init(&to, 4);
	ck_assert_int_eq(buf_add_str(&to, "old"), 0);
	ck_assert_int_eq(buf_add(&from, "a\0bc", 4), 0);
	ck_assert_int_eq(buf_copy(&to, &from), 0);
	ck_assert_uint_eq(to.len, 4);
	ck_assert_uint_eq(to.cap, 5);
	ck_assert_uint_eq(to.max, 4);
	ck_assert_mem_eq(to.data, "a\0bc", 5);
	ck_assert_int_eq(buf_add_str(&from, "d"), 0);
	ck_assert_int_eq(buf_copy(&to, &from), -EFBIG);
	ck_assert_uint_eq(to.len, 4);
	buf_release(&from);
	ck_assert_int_eq(buf_copy(&to, &from), 0);
	ck_assert_str_eq(buf_str(&to), "");
	buf_release(&to);
}
END_TEST

START_TEST(buf_wipe_empties)
{
	struct buf b;

	buf_init(&b, 10);
	ck_assert_int_eq(buf_add_str(&b, "secret"), 0);
	buf_wipe(&b);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.max, 10);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("buf");

	tcase_add_test(tc, buf_add_char_keeps_the_ceiling);
	tcase_add_loop_test(tc, buf_add_str_keeps_the_ceiling, 0, N_ROWS(adds));
	tcase_add_loop_test(tc, buf_addf_keeps_the_ceiling, 0, N_ROWS(adds));
	tcase_add_test(tc, buf_holds_any_bytes);
	tcase_add_test(tc, buf_grows_to_megabytes);
	tcase_add_test(tc, buf_is_an_empty_text_before_the_first_byte);
	tcase_add_test(tc, buf_clear_keeps_memory_and_ceiling);
	tcase_add_test(tc, buf_release_leaves_it_usable);
	tcase_add_test(tc, buf_of_zeroes_may_be_released);
	tcase_add_test(tc, buf_move_copies_nothing);
	tcase_add_test(tc, buf_copy_takes_what_it_needs);
	tcase_add_test(tc, buf_wipe_empties);
	return suite_run(tc, "buf");
}
