#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/changed.h"
#include "support/suite.h"
#include "support/watch_rig.h"

START_TEST(watched_asks_for_what_was_told_and_nothing_else)
{
	uint64_t row;

	watch_and_list();
	row = cache_rig_row(&rig, "a000007");
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	change("a000007", 2);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_uint_eq(told.row, row);
	ck_assert(!told.is_removed && !told.is_new);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_int_eq(version_of("a000008"), 1);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(count(), 4);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 1);
}
END_TEST

START_TEST(watched_shows_a_new_item)
{
	watch_and_list();
	cms_add(rig.cms, "recipes", 'b', 1);
	note("b000000", 1, false);
	ck_assert(told.is_new && told.row == 0);
	ck_assert_str_eq(told.id, "b000000");
	ck_assert_uint_eq(cache_negative_ms(rig.cache, rig.recipes, "b000000"), 0);
	if (_i == 0)
		ck_assert_int_eq(lookup("b000000"), 0);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED + 1);
	ck_assert_int_eq(lookup("b000000"), 0);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 1);
	ck_assert_uint_eq(count(), 4);
}
END_TEST

START_TEST(watched_asks_for_several_at_once)
{
	watch_and_list();
	cms_add(rig.cms, "recipes", 'b', 3);
	note("b000000", 1, false);
	note("b000002", 1, false);
	note("c000000", 1, false); /* of which it is not seen yet */
	change("a000007", 2);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED + 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEMS), 1);
	ck_assert_uint_eq(count(), 4);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_uint_eq(count(), 4);
	/* It is asked for again, until it is too late for it to come. */
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED + 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 1);
	cache_rig_wait(&rig, CHANGED_LAG_MS + 1);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED + 2);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED + 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 2);
	ck_assert_uint_eq(count(), 6);
}
END_TEST

START_TEST(watched_asks_for_each_where_several_are_too_large)
{
	watch_and_list();
	cms_fail(rig.cms, CMS_ITEMS, 0, 1, -EFBIG);
	change("a000001", 2);
	change("a000002", 2);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 2);
}
END_TEST

START_TEST(watched_fails_a_reader_that_would_miss_something)
{
	watch_and_list();
	cms_fail(rig.cms, CMS_ITEM, 0, 1, 500);
	cms_add(rig.cms, "recipes", 'b', 1);
	note("b000000", 1, false);
	ck_assert_int_eq(cache_rig_list_all(&rig), -EIO);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED + 1);
}
END_TEST

START_TEST(watched_removes_what_is_gone)
{
	uint64_t row;

	watch_and_list();
	row = cache_rig_row(&rig, "a000007");
	cms_remove(rig.cms, "recipes", 'a', 7, 1);
	note("a000007", 2, true);
	ck_assert_uint_eq(told.n, 1);
	ck_assert(told.is_removed && told.row == row);
	ck_assert_int_eq(lookup("a000007"), -ENOENT);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED - 1);
	ck_assert_uint_eq(count(), 3);
	/* There again. */
	cms_add(rig.cms, "recipes", 'a', 8);
	cms_change(rig.cms, "recipes", "a000007");
	note("a000007", 2, false);
	ck_assert_int_eq(lookup("a000007"), 0);
}
END_TEST

/* An answer that was asked for before, and is older than what is told meanwhile. */
static void tell_meanwhile(void *payload, enum cms_kind kind)
{
	(void)payload;
	(void)kind;
	cms_on_request(rig.cms, NULL, NULL);
	note("a000007", 3, false);
}

START_TEST(watched_does_not_believe_what_was_on_its_way)
{
	uint64_t fresh_ms = 1;

	watch_and_list();
	change("a000007", 2);
	cms_on_request(rig.cms, tell_meanwhile, NULL);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000007", &fresh_ms), 0);
	ck_assert_uint_eq(fresh_ms, 0);
	cms_change(rig.cms, "recipes", "a000007");
	ck_assert_int_eq(version_of("a000007"), 3);
	ck_assert_int_eq(version_of("a000007"), 3);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 2);
}
END_TEST

/* The server tells of a version that it does not show yet. */
START_TEST(watched_waits_for_the_version_that_was_told)
{
	uint64_t fresh_ms = 1;

	watch_and_list();
	note("a000007", 2, false);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000007", &fresh_ms), 0);
	ck_assert_uint_eq(fresh_ms, 0);
	cms_change(rig.cms, "recipes", "a000007");
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_uint_eq(count(), 5);
}
END_TEST

START_TEST(watched_gives_up_a_version_that_never_comes)
{
	watch_and_list();
	note("a000007", 9, false);
	ck_assert_int_eq(version_of("a000007"), 1);
	cache_rig_wait(&rig, CHANGED_LAG_MS + 1);
	ck_assert_int_eq(version_of("a000007"), 1);
	ck_assert_uint_eq(count(), 5);
	ck_assert_int_eq(version_of("a000007"), 1);
	ck_assert_uint_eq(count(), 5);
}
END_TEST

START_TEST(watched_passes_over_what_it_has)
{
	watch_and_list();
	cms_change(rig.cms, "recipes", "a000007");
	cache_forget_item(rig.recipes, "a000007");
	ck_assert_int_eq(version_of("a000007"), 2);
	told.n = 0;
	note("a000007", 2, false);
	ck_assert_uint_eq(told.n, 0);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_uint_eq(count(), 4);
}
END_TEST

/* In the middle of a listing. */
START_TEST(watched_hears_while_it_lists)
{
	uint64_t row = 0;
	size_t n_items = 0;

	cache_watch_begin(rig.recipes);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	change("a000001", 2); /* of a page that was there */
	change("a000449", 2); /* of one that comes */
	cms_add(rig.cms, "recipes", 'A', 1);
	note("A000000", 1, false); /* before all that is there */
	while (cache_rig_list(&rig, &row, &n_items, NULL) == 1)
		continue;
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED + 1);
	ck_assert_int_eq(version_of("a000001"), 2);
	ck_assert_int_eq(version_of("a000449"), 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_PAGE), 3);
	ck_assert_uint_eq(count(), 4);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("watched_events");

	tcase_add_checked_fixture(tc, watch_rig_set_up, watch_rig_tear_down);
	tcase_add_test(tc, watched_asks_for_what_was_told_and_nothing_else);
	tcase_add_loop_test(tc, watched_shows_a_new_item, 0, 2);
	tcase_add_test(tc, watched_asks_for_several_at_once);
	tcase_add_test(tc, watched_asks_for_each_where_several_are_too_large);
	tcase_add_test(tc, watched_fails_a_reader_that_would_miss_something);
	tcase_add_test(tc, watched_removes_what_is_gone);
	tcase_add_test(tc, watched_does_not_believe_what_was_on_its_way);
	tcase_add_test(tc, watched_waits_for_the_version_that_was_told);
	tcase_add_test(tc, watched_gives_up_a_version_that_never_comes);
	tcase_add_test(tc, watched_passes_over_what_it_has);
	tcase_add_test(tc, watched_hears_while_it_lists);
	return suite_run(tc, "watched_events");
}
