/* Items that are gone from a directory that was listed: how it is noticed, and what it costs. */
#include <errno.h>

#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/suite.h"

static struct cache_rig rig;

static void set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', 1000);
	cms_advance(rig.cms, 3600);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static size_t count(enum cms_kind kind)
{
	return cms_count(rig.cms, kind);
}

static void list(int n_items)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), n_items);
}

/* Lists again after the time to live; the requests that it takes. */
static size_t list_later(int n_items)
{
	size_t before;

	cache_rig_wait(&rig, RIG_TTL_MS);
	before = cms_count_all(rig.cms);
	list(n_items);
	return cms_count_all(rig.cms) - before;
}

START_TEST(deletions_cost_two_requests)
{
	list(1000);
	cms_remove(rig.cms, "recipes", 'a', 500, 3);
	ck_assert_uint_eq(list_later(997), 2);
	ck_assert_uint_eq(count(CMS_KNOWN), 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000501", NULL), -ENOENT);
	ck_assert_uint_eq(list_later(997), 1);
	/* As many come as go. */
	cms_remove(rig.cms, "recipes", 'a', 0, 3);
	cms_add(rig.cms, "recipes", 'b', 3);
	ck_assert_uint_eq(list_later(997), 2);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000000", NULL), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 0);
}
END_TEST

START_TEST(ten_thousand_are_right_again_with_four_credits)
{
	cms_add(rig.cms, "recipes", 'b', 9000);
	cms_advance(rig.cms, 3600);
	list(10000);
	cms_remove(rig.cms, "recipes", 'b', 4000, 50);
	cache_rig_change(&rig, 'a', 200, 50);
	ck_assert_uint_le(list_later(9950), 4);
	ck_assert_int_eq(cache_rig_version(&rig, "a000249"), 2);
	ck_assert_int_eq(cache_rig_lookup(&rig, "b004049", NULL), -ENOENT);
	ck_assert_uint_eq(list_later(9950), 1);
}
END_TEST

START_TEST(a_great_loss_is_doubted)
{
	list(1000);
	cms_remove(rig.cms, "recipes", 'a', 499, 501);
	list_later(499);
	ck_assert_uint_eq(count(CMS_APP), 1);
	ck_assert_uint_eq(count(CMS_KNOWN), 0);
}
END_TEST

START_TEST(a_cut_answer_removes_nothing)
{
	list(1000);
	cms_cut_known(rig.cms, 200);
	cms_remove(rig.cms, "recipes", 'a', 500, 1);
	list_later(999);
	ck_assert_uint_eq(count(CMS_KNOWN), 1);
	ck_assert_uint_eq(count(CMS_PAGE), 5 + 5);
}
END_TEST

START_TEST(known_ids_that_are_refused_are_a_listing)
{
	static const int refusals[] = { 403, 413, 400 };

	list(1000);
	cms_fail(rig.cms, CMS_KNOWN, 0, 1, refusals[_i]);
	cms_remove(rig.cms, "recipes", 'a', 500, 1);
	list_later(999);
	ck_assert_uint_eq(count(CMS_PAGE), 5 + 5);
}
END_TEST

/* A server that counts what it does not show is listed once for that, not each time. */
START_TEST(a_wrong_total_does_not_list_for_ever)
{
	list(1000);
	cms_count_wrongly(rig.cms, 3);
	list_later(1000);
	ck_assert_uint_eq(count(CMS_PAGE), 5 + 5);
	ck_assert_uint_eq(list_later(1000), 1);
	ck_assert_uint_eq(list_later(1000), 1);
	/* Nor does one that counts too few, for a while. */
	cms_count_wrongly(rig.cms, -2);
	ck_assert_uint_eq(list_later(1000), 2);
	cms_count_wrongly(rig.cms, 0);
	ck_assert_uint_eq(list_later(1000), 1);
	ck_assert_uint_eq(count(CMS_PAGE), 5 + 5);
}
END_TEST

/* Twelve thousand ids are two questions; the second one fails, and alone is asked again. */
START_TEST(what_was_asked_before_a_failure_is_not_asked_again)
{
	cms_add(rig.cms, "recipes", 'b', 10999);
	cms_advance(rig.cms, 3600);
	list(11999);
	cms_remove(rig.cms, "recipes", 'a', 500, 1);
	cms_remove(rig.cms, "recipes", 'b', 10998, 1);
	cms_fail(rig.cms, CMS_KNOWN, 1, 1, -ETIMEDOUT);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), -ETIMEDOUT);
	list(11997);
	ck_assert_uint_eq(count(CMS_KNOWN), 3);
	ck_assert_uint_eq(list_later(11997), 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("freshness_gone");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, deletions_cost_two_requests);
	tcase_add_test(tc, ten_thousand_are_right_again_with_four_credits);
	tcase_add_test(tc, a_great_loss_is_doubted);
	tcase_add_test(tc, a_cut_answer_removes_nothing);
	tcase_add_loop_test(tc, known_ids_that_are_refused_are_a_listing, 0, 3);
	tcase_add_test(tc, a_wrong_total_does_not_list_for_ever);
	tcase_add_test(tc, what_was_asked_before_a_failure_is_not_asked_again);
	return suite_run(tc, "freshness_gone");
}
