#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "support/suite.h"

static const struct {
	const char *what;
	const char *in;
	const char *out;
} sentences[] = {
	{ "a sentence stays as it is", "cannot read 'x': gone", "cannot read 'x': gone" },
	{ "line ends become blanks", "one\ntwo\r\n", "one two  " },
	{ "other control characters too", "a\x1b[31mb\tc", "a [31mb c" },
	{ "those of the second set too", "a\xc2\x9b[b\x7f", "a  [b " },
	{ "what is beyond ASCII stays", "\xc3\xbc", "\xc3\xbc" },
	{ "an empty one may be", "", "" },
};

START_TEST(error_set_makes_one_line)
{
	struct error err = { 0 };

	ck_assert_int_eq(error_set(&err, EIO, "%s", sentences[_i].in), -EIO);
	ck_assert_msg(
		strcmp(err.text, sentences[_i].out) == 0, "%s: '%s'", sentences[_i].what, err.text);
	ck_assert_int_eq(err.errnum, EIO);
	err.text[0] = '\0';
	ck_assert_int_eq(error_prefix(&err, "%s", sentences[_i].in), -EIO);
	ck_assert(strncmp(err.text, sentences[_i].out, strlen(sentences[_i].out)) == 0);
}
END_TEST

START_TEST(error_set_forgets_the_answer_of_before)
{
	struct error err = { 0 };

	ck_assert_int_eq(error_set_http(&err, ESTALE, 412, "00-abc-01", "version %d", 4), -ESTALE);
	ck_assert_int_eq(err.http_status, 412);
	ck_assert_str_eq(err.trace_id, "00-abc-01");
	ck_assert_str_eq(err.text, "version 4");
	ck_assert_int_eq(error_set(&err, EIO, "other"), -EIO);
	ck_assert_int_eq(err.http_status, 0);
	ck_assert_str_eq(err.trace_id, "");
}
END_TEST

START_TEST(error_set_http_takes_no_trace_id)
{
	struct error err = { 0 };

	error_set_http(&err, EACCES, 403, NULL, "no");
	ck_assert_str_eq(err.trace_id, "");
}
END_TEST

START_TEST(error_functions_take_null)
{
	ck_assert_int_eq(error_set(NULL, ENOENT, "x"), -ENOENT);
	ck_assert_int_eq(error_set_http(NULL, ENOENT, 404, NULL, "x"), -ENOENT);
	ck_assert_int_eq(error_prefix(NULL, "x"), -EIO);
}
END_TEST

START_TEST(error_set_may_quote_itself)
{
	struct error err = { 0 };

	error_set(&err, EIO, "inner");
	error_set(&err, EIO, "outer (%s)", err.text);
	ck_assert_str_eq(err.text, "outer (inner)");
}
END_TEST

START_TEST(error_prefix_keeps_number_and_answer)
{
	struct error err = { 0 };

	error_set_http(&err, ENOENT, 404, "00-abc-01", "not there");
	ck_assert_int_eq(error_prefix(&err, "cannot read '%s'", "a"), -ENOENT);
	ck_assert_str_eq(err.text, "cannot read 'a': not there");
	ck_assert_int_eq(err.http_status, 404);
	ck_assert_str_eq(err.trace_id, "00-abc-01");
}
END_TEST

START_TEST(error_that_is_too_long_loses_its_end)
{
	struct error err = { 0 };
	char longer[4096];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	error_set(&err, EIO, "begin %s", longer);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	for (int i = 0; i < 10; i++)
		error_prefix(&err, "%s", longer);
	error_prefix(&err, "first");
	ck_assert_uint_lt(strlen(err.text), sizeof(err.text));
	ck_assert_int_eq(strncmp(err.text, "first: xxx", 10), 0);
}
END_TEST

static const struct {
	int errnum;
	const char *name;
} names[] = {
	{ ENOENT, "ENOENT" },
	{ EHOSTUNREACH, "EHOSTUNREACH" },
	{ ETIMEDOUT, "ETIMEDOUT" },
	{ EOPNOTSUPP, "EOPNOTSUPP" },
	{ 99999, "E99999" },
};

START_TEST(error_name_is_as_users_know_it)
{
	const char *name = error_name(names[_i].errnum);

	/* On Linux both names are the same number. */
	if (names[_i].errnum == EOPNOTSUPP && strcmp(name, "ENOTSUP") == 0)
		return;
	ck_assert_str_eq(name, names[_i].name);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("error");

	tcase_add_loop_test(tc, error_set_makes_one_line, 0, N_ROWS(sentences));
	tcase_add_test(tc, error_set_forgets_the_answer_of_before);
	tcase_add_test(tc, error_set_http_takes_no_trace_id);
	tcase_add_test(tc, error_functions_take_null);
	tcase_add_test(tc, error_set_may_quote_itself);
	tcase_add_test(tc, error_prefix_keeps_number_and_answer);
	tcase_add_test(tc, error_that_is_too_long_loses_its_end);
	tcase_add_loop_test(tc, error_name_is_as_users_know_it, 0, N_ROWS(names));
	return suite_run(tc, "error");
}
