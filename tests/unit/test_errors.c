#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "support/suite.h"
#include "tree/errors.h"
#include "tree/tree.h"

static struct error_log *errors;
static struct buf text;

static void set_up(void)
{
	errors = error_log_new();
	ck_assert_ptr_nonnull(errors);
	buf_init(&text, 1 << 20);
}

static void tear_down(void)
{
	buf_release(&text);
	error_log_free(errors);
}

static size_t count_lines(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

START_TEST(errors_begin_empty)
{
	ck_assert_int_eq(error_log_render(errors, &text), 0);
	ck_assert_str_eq(buf_str(&text), "");
}
END_TEST

START_TEST(errors_tell_what_failed_and_why)
{
	struct error err = { 0 };

	error_set_http(&err, EACCES, 403, "00-7f-01", "recipes/\"x\": no permission");
	error_log_add(errors, 1767225600, "open", "/apps/a/recipes/\"x\".json", &err);
	ck_assert_int_eq(error_log_render(errors, &text), 0);
	ck_assert_str_eq(buf_str(&text),
		"{\"time\":\"2026-01-01T00:00:00Z\",\"path\":\"/apps/a/recipes/\\\"x\\\".json\","
		"\"operation\":\"open\",\"errno\":\"EACCES\",\"status\":403,"
		"\"message\":\"recipes/\\\"x\\\": no permission\",\"traceId\":\"00-7f-01\"}\n");
}
END_TEST

START_TEST(errors_drop_the_oldest)
{
	struct error err = { 0 };
	char path[32];

	error_set(&err, EIO, "broken");
	for (int i = 0; i < ERROR_LOG_MAX + 5; i++) {
		snprintf(path, sizeof(path), "/n%03d", i);
		error_log_add(errors, 0, "read", path, &err);
	}
	ck_assert_int_eq(error_log_render(errors, &text), 0);
	ck_assert_uint_eq(count_lines(buf_str(&text)), ERROR_LOG_MAX);
	ck_assert_ptr_null(strstr(buf_str(&text), "/n004"));
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "/n005"));
	ck_assert_ptr_nonnull(strstr(buf_str(&text), "/n104"));
	ck_assert(strstr(buf_str(&text), "/n005") < strstr(buf_str(&text), "/n104"));
}
END_TEST

START_TEST(errors_cut_a_path_that_is_too_long)
{
	struct error err = { 0 };
	char path[2 * TREE_PATH_MAX];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	error_set(&err, EIO, "broken");
	error_log_add(errors, 0, "read", path, &err);
	ck_assert_int_eq(error_log_render(errors, &text), 0);
	ck_assert_uint_lt(text.len, TREE_PATH_MAX + 200);
}
END_TEST

START_TEST(errors_say_when_the_text_gets_too_long)
{
	struct error err = { 0 };
	struct buf small;

	error_set(&err, EIO, "broken");
	error_log_add(errors, 0, "read", "/x", &err);
	buf_init(&small, 10);
	ck_assert_int_eq(error_log_render(errors, &small), -EFBIG);
	buf_release(&small);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("errors");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, errors_begin_empty);
	tcase_add_test(tc, errors_tell_what_failed_and_why);
	tcase_add_test(tc, errors_drop_the_oldest);
	tcase_add_test(tc, errors_cut_a_path_that_is_too_long);
	tcase_add_test(tc, errors_say_when_the_text_gets_too_long);
	return suite_run(tc, "errors");
}
