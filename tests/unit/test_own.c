#include <check.h>

#include "save/own.h"
#include "support/suite.h"

static struct own *own;

static void set_up(void)
{
	own = own_new();
	ck_assert_ptr_nonnull(own);
}

static void tear_down(void)
{
	own_free(own);
}

START_TEST(own_follows_a_chain)
{
	own_note(own, "recipes", "x", 4, 5);
	own_note(own, "recipes", "x", 5, 8);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 3), 3);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 4), 8);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 5), 8);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 8), 8);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 9), 9);
}
END_TEST

START_TEST(own_ends_at_somebody_elses)
{
	own_note(own, "recipes", "x", 4, 5);
	own_note(own, "recipes", "x", 6, 7);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 4), 4);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 5), 5);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 6), 7);
}
END_TEST

START_TEST(own_tells_items_apart)
{
	own_note(own, "recipes", "x", 4, 5);
	ck_assert_int_eq(own_newest(own, "recipes", "y", 4), 4);
	ck_assert_int_eq(own_newest(own, "authors", "x", 4), 4);
}
END_TEST

START_TEST(own_knows_what_was_removed)
{
	own_note(own, "recipes", "x", 4, 5);
	ck_assert(!own_is_removed(own, "recipes", "x"));
	own_note_removal(own, "recipes", "x");
	ck_assert(own_is_removed(own, "recipes", "x"));
	ck_assert(!own_is_removed(own, "recipes", "y"));
	ck_assert_int_eq(own_newest(own, "recipes", "x", 4), 4);
	own_note(own, "recipes", "x", 7, 8);
	ck_assert(!own_is_removed(own, "recipes", "x"));
	ck_assert_int_eq(own_newest(own, "recipes", "x", 7), 8);
}
END_TEST

START_TEST(own_doubts_the_version_of_a_creation_until_it_is_changed)
{
	own_note_creation(own, "recipes", "x", 0, 17);
	ck_assert_uint_eq(own_creation(own, "recipes", "x", 0), 17);
	ck_assert_uint_eq(own_creation(own, "recipes", "x", 1), 0);
	ck_assert_uint_eq(own_creation(own, "recipes", "y", 0), 0);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 0), 0);
	own_note(own, "recipes", "x", 0, 3);
	ck_assert_uint_eq(own_creation(own, "recipes", "x", 0), 0);
	ck_assert_uint_eq(own_creation(own, "recipes", "x", 3), 0);
	ck_assert_int_eq(own_newest(own, "recipes", "x", 0), 3);
}
END_TEST

START_TEST(own_knows_what_was_made_here)
{
	own_note_removal(own, "recipes", "x");
	ck_assert_int_eq(own_made(own, "recipes", "x"), -1);
	own_note_creation(own, "recipes", "x", 2, 0);
	ck_assert_int_eq(own_made(own, "recipes", "x"), 2);
	ck_assert_int_eq(own_made(own, "recipes", "y"), -1);
	ck_assert_uint_eq(own_creation(own, "recipes", "x", 2), 0);
	own_note(own, "recipes", "x", 2, 3);
	ck_assert_int_eq(own_made(own, "recipes", "x"), 3);
	own_note(own, "recipes", "x", 4, 5);
	ck_assert_int_eq(own_made(own, "recipes", "x"), -1);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("own");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, own_follows_a_chain);
	tcase_add_test(tcase, own_ends_at_somebody_elses);
	tcase_add_test(tcase, own_tells_items_apart);
	tcase_add_test(tcase, own_knows_what_was_removed);
	tcase_add_test(tcase, own_doubts_the_version_of_a_creation_until_it_is_changed);
	tcase_add_test(tcase, own_knows_what_was_made_here);
	return suite_run(tcase, "own");
}
