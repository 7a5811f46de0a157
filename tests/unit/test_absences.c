#include "tree/absences.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static struct absences *absences;

static void set_up(void)
{
	absences = absences_new();
	ck_assert_ptr_nonnull(absences);
}

static void tear_down(void)
{
	absences_free(absences);
}

static size_t take_all(uint64_t dir)
{
	char name[NAME_MAX_LEN + 1];
	size_t place = 0, n = 0;

	while (absences_take(absences, dir, &place, name))
		n++;
	return n;
}

START_TEST(absences_are_taken_once)
{
	char name[NAME_MAX_LEN + 1];
	size_t place = 0;

	ck_assert_uint_eq(absences_note(absences, 7, "x.json", 500, 1000), 500);
	ck_assert_uint_eq(absences_note(absences, 7, "x.json", 600, 1100), 600);
	ck_assert_uint_eq(absences_note(absences, 8, "x.json", 600, 1100), 600);
	ck_assert(absences_take(absences, 7, &place, name));
	ck_assert_str_eq(name, "x.json");
	ck_assert(!absences_take(absences, 7, &place, name));
	ck_assert_uint_eq(take_all(7), 0);
	ck_assert_uint_eq(take_all(8), 1);
}
END_TEST

START_TEST(absences_need_no_place_for_a_moment)
{
	ck_assert_uint_eq(absences_note(absences, 7, "x.json", 0, 1000), 0);
	ck_assert_uint_eq(take_all(7), 0);
}
END_TEST

START_TEST(absences_are_never_lost)
{
	char name[NAME_MAX_LEN + 1];
	size_t n_noted = 0;

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d.json", i);
		if (absences_note(absences, 7, name, 500, 1000) > 0)
			n_noted++;
	}
	ck_assert_uint_gt(n_noted, 500);
	ck_assert_uint_lt(n_noted, 5000);
	/* What is over makes room. */
	ck_assert_uint_eq(absences_note(absences, 8, "4999.json", 500, 1500), 500);
	ck_assert_uint_ge(take_all(7), n_noted - 1);
}
END_TEST

START_TEST(absences_take_the_longest_name)
{
	char name[NAME_MAX_LEN + 1], taken[NAME_MAX_LEN + 1];
	size_t place = 0;

	memset(name, 'x', NAME_MAX_LEN);
	name[NAME_MAX_LEN] = '\0';
	ck_assert_uint_eq(absences_note(absences, 7, name, 500, 1000), 500);
	ck_assert(absences_take(absences, 7, &place, taken));
	ck_assert_str_eq(taken, name);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("absences");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, absences_are_taken_once);
	tcase_add_test(tc, absences_need_no_place_for_a_moment);
	tcase_add_test(tc, absences_are_never_lost);
	tcase_add_test(tc, absences_take_the_longest_name);
	return suite_run(tc, "absences");
}
