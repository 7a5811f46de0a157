#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/changed.h"
#include "support/cache_rig.h"
#include "support/suite.h"

#define N_ITEMS 450 /* three pages */

static struct cache_rig rig;

/* What the observer heard. */
static struct {
	size_t n;
	uint64_t row;
	char id[32];
	bool is_removed, is_new;
} told;

static void hear(void *payload, const struct cache_change *change)
{
	(void)payload;
	told.n++;
	told.row = change->row;
	snprintf(told.id, sizeof(told.id), "%s", change->id);
	told.is_removed = change->is_removed;
	told.is_new = change->is_new;
}

static void set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', N_ITEMS);
	/* Older than what a check has to look at. */
	cache_rig_wait(&rig, 10000);
	memset(&told, 0, sizeof(told));
	cache_set_observer(rig.cache, hear, NULL);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static size_t count(void)
{
	size_t n = 0;

	for (int kind = 0; kind < CMS_KINDS; kind++)
		n += cms_count(rig.cms, (enum cms_kind)kind);
	return n;
}

static int lookup(const char *id)
{
	return cache_rig_lookup(&rig, id, NULL);
}

static int64_t version_of(const char *id)
{
	struct store_item item;
	int64_t version;

	store_item_init(&item);
	ck_assert_int_eq(
		cache_lookup(rig.cache, &rig.call, rig.recipes, id, &item, NULL, &rig.err), 0);
	version = item.version;
	store_item_release(&item);
	return version;
}

static void note(const char *id, int64_t version, bool is_deleted)
{
	const struct cache_event event = {
		.id = id, .version = version, .modified_s = 1795549300, .is_deleted = is_deleted
	};

	ck_assert_int_eq(cache_watch_note(rig.recipes, &event, &rig.err), 0);
}

/* The server changes an item and tells of it. */
static void change(const char *id, int64_t version)
{
	cms_change(rig.cms, "recipes", id);
	note(id, version, false);
}

static void watch_and_list(void)
{
	cache_watch_begin(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(count(), 3);
}

START_TEST(watched_stays_fresh_without_asking)
{
	uint64_t fresh_ms = 0;

	watch_and_list();
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS + 1);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS + 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEMS), 1);
	ck_assert_uint_eq(count(), 4);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_uint_eq(count(), 4);
	/* It is asked for again, until it is too late for it to come. */
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS + 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 1);
	cache_rig_wait(&rig, CHANGED_LAG_MS + 1);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS + 2);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS + 2);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS + 1);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS - 1);
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

START_TEST(watched_ends_with_the_ttl_rules)
{
	watch_and_list();
	cache_rig_wait(&rig, RIG_TTL_MS / 2);
	cache_watch_end(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(count(), 3);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_int_eq(version_of("a000007"), 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 1);
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_PAGE), 6);
	cache_rig_wait(&rig, 100 * RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(count(), 6);
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
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS + 1);
	ck_assert_int_eq(version_of("a000001"), 2);
	ck_assert_int_eq(version_of("a000449"), 2);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_PAGE), 3);
	ck_assert_uint_eq(count(), 4);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("watched");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, watched_stays_fresh_without_asking);
	tcase_add_test(tc, watched_keeps_an_item_that_was_fetched_alone);
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
	tcase_add_test(tc, watched_ends_with_the_ttl_rules);
	tcase_add_test(tc, watched_again_after_one_check);
	tcase_add_test(tc, watched_does_not_cover_what_was_asked_for_before);
	tcase_add_loop_test(tc, watched_checks_what_is_in_doubt, 0, N_ROWS(doubts));
	tcase_add_loop_test(tc, watched_asks_for_an_item_in_doubt, 0, N_ROWS(doubts));
	tcase_add_test(tc, watched_is_refreshed_all_the_same);
	tcase_add_test(tc, watched_hears_while_it_lists);
	return suite_run(tc, "watched");
}
