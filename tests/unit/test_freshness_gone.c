/* Items that are gone from a directory that was listed: how it is noticed, and what it costs. */
#include <errno.h>

#include "cache/cache.h"
#include "support/suite.h"
#include "support/thousand.h"

START_TEST(deletions_cost_two_requests)
{
	thousand_list(1000);
	cms_remove(thousand.cms, "recipes", 'a', 500, 3);
	ck_assert_uint_eq(thousand_list_later(997), 2);
	ck_assert_uint_eq(thousand_count(CMS_KNOWN), 1);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "a000501", NULL), -ENOENT);
	ck_assert_uint_eq(thousand_list_later(997), 1);
	/* As many come as go. */
	cms_remove(thousand.cms, "recipes", 'a', 0, 3);
	cms_add(thousand.cms, "recipes", 'b', 3);
	ck_assert_uint_eq(thousand_list_later(997), 2);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "a000000", NULL), -ENOENT);
	ck_assert_uint_eq(thousand_count(CMS_ITEM), 0);
}
END_TEST

START_TEST(ten_thousand_are_right_again_with_four_credits)
{
	cms_add(thousand.cms, "recipes", 'b', 9000);
	cms_advance(thousand.cms, 3600);
	thousand_list(10000);
	cms_remove(thousand.cms, "recipes", 'b', 4000, 50);
	cache_rig_change(&thousand, 'a', 200, 50);
	ck_assert_uint_le(thousand_list_later(9950), 4);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000249"), 2);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "b004049", NULL), -ENOENT);
	ck_assert_uint_eq(thousand_list_later(9950), 1);
}
END_TEST

START_TEST(a_great_loss_is_doubted)
{
	thousand_list(1000);
	cms_remove(thousand.cms, "recipes", 'a', 499, 501);
	thousand_list_later(499);
	ck_assert_uint_eq(thousand_count(CMS_APP), 1);
	ck_assert_uint_eq(thousand_count(CMS_KNOWN), 0);
}
END_TEST

START_TEST(a_cut_answer_removes_nothing)
{
	thousand_list(1000);
	cms_cut_known(thousand.cms, 200);
	cms_remove(thousand.cms, "recipes", 'a', 500, 1);
	thousand_list_later(999);
	ck_assert_uint_eq(thousand_count(CMS_KNOWN), 1);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5 + 5);
}
END_TEST

START_TEST(known_ids_that_are_refused_are_a_listing)
{
	static const int refusals[] = { 403, 413, 400 };

	thousand_list(1000);
	cms_fail(thousand.cms, CMS_KNOWN, 0, 1, refusals[_i]);
	cms_remove(thousand.cms, "recipes", 'a', 500, 1);
	thousand_list_later(999);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5 + 5);
}
END_TEST

/* A server that counts what it does not show is listed once for that, not each time. */
START_TEST(a_wrong_total_does_not_list_for_ever)
{
	thousand_list(1000);
	cms_count_wrongly(thousand.cms, 3);
	thousand_list_later(1000);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5 + 5);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
	/* Nor does one that counts too few, for a while. */
	cms_count_wrongly(thousand.cms, -2);
	ck_assert_uint_eq(thousand_list_later(1000), 2);
	cms_count_wrongly(thousand.cms, 0);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5 + 5);
}
END_TEST

/* Twelve thousand ids are two questions; the second one fails, and alone is asked again. */
START_TEST(what_was_asked_before_a_failure_is_not_asked_again)
{
	cms_add(thousand.cms, "recipes", 'b', 10999);
	cms_advance(thousand.cms, 3600);
	thousand_list(11999);
	cms_remove(thousand.cms, "recipes", 'a', 500, 1);
	cms_remove(thousand.cms, "recipes", 'b', 10998, 1);
	cms_fail(thousand.cms, CMS_KNOWN, 1, 1, -ETIMEDOUT);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&thousand), -ETIMEDOUT);
	thousand_list(11997);
	ck_assert_uint_eq(thousand_count(CMS_KNOWN), 3);
	ck_assert_uint_eq(thousand_list_later(11997), 1);
}
END_TEST

/* Where not all that is missing is found behind what was asked, all of it is asked after all. */
START_TEST(what_goes_after_a_failure_is_found)
{
	cms_add(thousand.cms, "recipes", 'b', 10999);
	cms_advance(thousand.cms, 3600);
	thousand_list(11999);
	cms_remove(thousand.cms, "recipes", 'a', 500, 1);
	cms_fail(thousand.cms, CMS_KNOWN, 1, 1, -ETIMEDOUT);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&thousand), -ETIMEDOUT);
	cms_remove(thousand.cms, "recipes", 'a', 600, 1);
	thousand_list(11997);
	ck_assert_uint_eq(thousand_list_later(11997), 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("freshness_gone");

	tcase_add_checked_fixture(tc, thousand_set_up, thousand_tear_down);
	tcase_add_test(tc, deletions_cost_two_requests);
	tcase_add_test(tc, ten_thousand_are_right_again_with_four_credits);
	tcase_add_test(tc, a_great_loss_is_doubted);
	tcase_add_test(tc, a_cut_answer_removes_nothing);
	tcase_add_loop_test(tc, known_ids_that_are_refused_are_a_listing, 0, 3);
	tcase_add_test(tc, a_wrong_total_does_not_list_for_ever);
	tcase_add_test(tc, what_was_asked_before_a_failure_is_not_asked_again);
	tcase_add_test(tc, what_goes_after_a_failure_is_found);
	return suite_run(tc, "freshness_gone");
}
