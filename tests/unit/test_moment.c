#include <check.h>
#include <stdlib.h>

#include "api/moment.h"
#include "support/suite.h"

static const struct {
	const char *text;
	int64_t s;
	const char *again; /* NULL: as text */
} good[] = {
	{ "1970-01-01T00:00:00Z", 0, NULL },
	{ "2026-11-24T19:38:58Z", 1795549138, NULL },
	{ "2026-11-24T19:38:58.123456789Z", 1795549138, "2026-11-24T19:38:58Z" },
	{ "2024-02-29T23:59:59Z", 1709251199, NULL },
	{ "1969-12-31T23:59:59Z", -1, NULL },
	{ "0001-01-01T00:00:00Z", -62135596800, NULL },
	{ "9999-12-31T23:59:59Z", 253402300799, NULL },
};

START_TEST(moment_goes_there_and_back)
{
	char text[MOMENT_TEXT_SIZE];
	int64_t s = 42;

	ck_assert_msg(moment_parse(good[_i].text, &s), "%s", good[_i].text);
	ck_assert_int_eq(s, good[_i].s);
	moment_format(s, text);
	ck_assert_str_eq(text, good[_i].again ? good[_i].again : good[_i].text);
}
END_TEST

static const char *const bad[] = {
	"",
	"now",
	"2026-11-24",
	"2026-11-24T19:38:58",
	"2026-11-24 19:38:58Z",
	"2026-11-24T19:38:58+01:00",
	"2026-11-24T19:38:58.Z",
	"2026-11-24T19:38:58Zx",
	"2026-11-24T19:38Z",
	"2026-13-01T00:00:00Z",
	"2026-00-01T00:00:00Z",
	"2026-02-29T00:00:00Z",
	"2026-01-32T00:00:00Z",
	"2026-01-01T24:00:00Z",
	"2026-01-01T00:60:00Z",
	" 2026-01-01T00:00:00Z",
	"-026-01-01T00:00:00Z",
};

START_TEST(moment_refuses)
{
	int64_t s;

	ck_assert_msg(!moment_parse(bad[_i], &s), "%s", bad[_i]);
}
END_TEST

START_TEST(moment_stays_inside_four_digits)
{
	char text[MOMENT_TEXT_SIZE];

	moment_format(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
	moment_format(INT64_MIN, text);
	ck_assert_str_eq(text, "0000-01-01T00:00:00Z");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("moment");

	tcase_add_loop_test(tcase, moment_goes_there_and_back, 0, N_ROWS(good));
	tcase_add_loop_test(tcase, moment_refuses, 0, N_ROWS(bad));
	tcase_add_test(tcase, moment_stays_inside_four_digits);
	return suite_run(tcase, "moment");
}
