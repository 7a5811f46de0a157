#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/changed.h"
#include "support/suite.h"
#include "support/watch_rig.h"

START_TEST(watched_stays_fresh_without_asking)
{
	uint64_t fresh_ms = 0;

	watch_and_list();
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", &fresh_ms), 0);
	ck_assert_uint_eq(fresh_ms, RIG_TTL_MS);
	ck_assert_int_eq(lookup("b000000"), -ENOENT);
	ck_assert_uint_eq(cache_negative_ms(rig.cache, rig.recipes, "b000000"), RIG_TTL_MS);
	ck_assert_uint_eq(count(), 3);
}
END_TEST

START_TEST(watched_keeps_an_item_that_was_fetched_alone)
{
	cache_watch_begin(rig.recipes);
	ck_assert_int_eq(lookup("a000001"), 0);
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_uint_eq(count(), 1);
	change("a000001", 2);
	ck_assert_int_eq(version_of("a000001"), 2);
	ck_assert_uint_eq(count(), 2);
}
END_TEST

START_TEST(watched_ends_with_the_ttl_rules)
{
	watch_and_list();
	cache_rig_wait(&rig, RIG_TTL_MS / 2);
	cache_watch_end(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(count(), 3);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
}
END_TEST

START_TEST(watched_again_after_one_check)
{
	watch_and_list();
	cache_watch_end(rig.recipes);
	cms_change(rig.cms, "recipes", "a000007");
	cache_rig_wait(&rig, RIG_TTL_MS + 1000);
	cache_watch_begin(rig.recipes);
	ck_assert_int_eq(version_of("a000008"), 1);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 1);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_uint_eq(count(), 5);
}
END_TEST

/* Asked for before the server began to tell: also in the same millisecond. */
static void begin_meanwhile(void *payload, enum cms_kind kind)
{
	(void)payload;
	(void)kind;
	cms_on_request(rig.cms, NULL, NULL);
	cache_watch_begin(rig.recipes);
}

START_TEST(watched_does_not_cover_what_was_asked_for_before)
{
	cms_on_request(rig.cms, begin_meanwhile, NULL);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(count(), 4);
}
END_TEST

static void doubt(void)
{
	cache_watch_doubt(rig.recipes);
}

static void tell_of_too_many(void)
{
	char id[16];

	for (int i = 0; i <= CHANGED_MAX; i++) {
		snprintf(id, sizeof(id), "c%06d", i);
		note(id, 1, false);
	}
}

static void (*const doubts[])(void) = { doubt, tell_of_too_many };

START_TEST(watched_checks_what_is_in_doubt)
{
	watch_and_list();
	cms_change(rig.cms, "recipes", "a000007");
	doubts[_i]();
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(count(), 4);
}
END_TEST

START_TEST(watched_asks_for_an_item_in_doubt)
{
	cache_watch_begin(rig.recipes);
	ck_assert_int_eq(lookup("a000001"), 0);
	doubts[_i]();
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_uint_eq(count(), 2);
}
END_TEST

START_TEST(watched_is_refreshed_all_the_same)
{
	watch_and_list();
	cache_forget_dir(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_PAGE), 6);
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_WATCHED);
	ck_assert_uint_eq(count(), 6);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("watched");

	tcase_add_checked_fixture(tc, watch_rig_set_up, watch_rig_tear_down);
	tcase_add_test(tc, watched_stays_fresh_without_asking);
	tcase_add_test(tc, watched_keeps_an_item_that_was_fetched_alone);
	tcase_add_test(tc, watched_ends_with_the_ttl_rules);
	tcase_add_test(tc, watched_again_after_one_check);
	tcase_add_test(tc, watched_does_not_cover_what_was_asked_for_before);
	tcase_add_loop_test(tc, watched_checks_what_is_in_doubt, 0, N_ROWS(doubts));
	tcase_add_loop_test(tc, watched_asks_for_an_item_in_doubt, 0, N_ROWS(doubts));
	tcase_add_test(tc, watched_is_refreshed_all_the_same);
	return suite_run(tc, "watched");
}
