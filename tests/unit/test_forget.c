#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/suite.h"

#define N_ITEMS 450 /* three pages */

static struct cache_rig rig;

static void set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', N_ITEMS);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static int lookup(const char *id)
{
	return cache_rig_lookup(&rig, id, NULL);
}

static size_t count(enum cms_kind kind)
{
	return cms_count(rig.cms, kind);
}

static void forget_dir(void)
{
	cache_forget_dir(rig.recipes);
}

static void forget_item(void)
{
	cache_forget_item(rig.recipes, "a000001");
}

/* As many as fit, and one more. */
static void forget_too_many(void)
{
	char id[16];

	forget_item();
	for (int i = 2; i < 200; i++) {
		snprintf(id, sizeof(id), "a%06d", i);
		cache_forget_item(rig.recipes, id);
	}
}

static void (*const ways[])(void) = { forget_dir, forget_item, forget_too_many };

START_TEST(forget_asks_for_an_item_once_more)
{
	uint64_t fresh_ms = 0;

	ck_assert_int_eq(lookup("a000001"), 0);
	ways[_i]();
	/* Within the same millisecond, too. */
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", &fresh_ms), 0);
	ck_assert_uint_gt(fresh_ms, 0);
	ck_assert_uint_eq(count(CMS_ITEM), 2);
	ck_assert_uint_eq(cms_count_unchanged(rig.cms), 1);
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_uint_eq(count(CMS_ITEM), 2);
}
END_TEST

START_TEST(forget_asks_for_a_listed_item)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ways[_i]();
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
	ck_assert_uint_eq(count(CMS_PAGE), 3);
}
END_TEST

START_TEST(forget_ends_an_absence)
{
	ck_assert_int_eq(lookup("b000000"), -ENOENT);
	cms_add(rig.cms, "recipes", 'b', 1);
	ck_assert_int_eq(lookup("b000000"), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
	if (_i == 0)
		forget_dir();
	else
		cache_forget_item(rig.recipes, "b000000");
	ck_assert_uint_eq(cache_negative_ms(rig.cache, rig.recipes, "b000000"), 0);
	ck_assert_int_eq(lookup("b000000"), 0);
}
END_TEST

START_TEST(forget_ends_an_absence_by_listing)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_int_eq(lookup("b000000"), -ENOENT);
	cache_forget_item(rig.recipes, "b000000");
	ck_assert_uint_eq(cache_negative_ms(rig.cache, rig.recipes, "b000000"), 0);
	ck_assert_uint_gt(cache_negative_ms(rig.cache, rig.recipes, "b000001"), 0);
	ck_assert_int_eq(lookup("b000000"), -ENOENT);
	ck_assert_int_eq(lookup("b000000"), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
	/* A listing that begins afterwards has the last word. */
	pretended_clock_advance(&rig.time, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_int_eq(lookup("b000000"), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
}
END_TEST

START_TEST(forget_lists_anew)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	forget_dir();
	cms_remove(rig.cms, "recipes", 'a', 7, 1);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS - 1);
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_uint_eq(count(CMS_PAGE), 6);
	ck_assert_uint_eq(count(CMS_ITEM), 0);
}
END_TEST

START_TEST(forget_lists_no_more_for_one_item)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	forget_item();
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(count(CMS_PAGE), 3);
	ck_assert_uint_eq(count(CMS_ITEM), 0);
}
END_TEST

START_TEST(forget_leaves_other_directories_alone)
{
	cache_forget_dir(cache_find_dir(rig.cache, "authors"));
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	cache_forget_dir(cache_find_dir(rig.cache, "authors"));
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_uint_eq(count(CMS_PAGE), 3);
	ck_assert_uint_eq(count(CMS_ITEM), 0);
}
END_TEST

static void forget_while_asked(void *payload, enum cms_kind kind)
{
	(void)kind;
	if (payload)
		ways[*(const int *)payload]();
	cms_on_request(rig.cms, NULL, NULL);
}

START_TEST(forget_reaches_what_is_on_its_way)
{
	uint64_t fresh_ms = 1;
	int way = _i;

	cms_on_request(rig.cms, forget_while_asked, &way);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", &fresh_ms), 0);
	ck_assert_uint_eq(fresh_ms, 0);
	ck_assert_int_eq(lookup("a000001"), 0);
	ck_assert_uint_eq(count(CMS_ITEM), 2);
}
END_TEST

/* From there to the end: how many, none of which may be believed. */
static size_t list_on(uint64_t row)
{
	uint64_t fresh_ms = 0;
	size_t n_items = 0;

	while (cache_rig_list(&rig, &row, &n_items, &fresh_ms) == 1)
		ck_assert_uint_eq(fresh_ms, 0);
	return n_items;
}

START_TEST(forget_reaches_a_running_listing)
{
	uint64_t row = 0, fresh_ms = 0;
	size_t n_items = 0;

	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, &fresh_ms), 1);
	ck_assert_uint_gt(fresh_ms, 0);
	forget_dir();
	/* Its reader goes on; the next one begins anew. */
	ck_assert_uint_eq(n_items + list_on(row), N_ITEMS);
	ck_assert_uint_eq(count(CMS_PAGE), 3);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(count(CMS_PAGE), 6);
}
END_TEST

/* What a check was told before is no answer to whoever looks after the forgetting. */
START_TEST(forget_reaches_a_check_on_its_way)
{
	int way = _i;

	cms_advance(rig.cms, 3600);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	cache_rig_wait(&rig, RIG_TTL_MS);
	cms_on_request(rig.cms, forget_while_asked, &way);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(count(CMS_NEWEST), 1);
	cms_change(rig.cms, "recipes", "a000001");
	if (ways[way] == forget_item)
		ck_assert_int_eq(lookup("a000001"), 0);
	else
		ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_int_eq(cache_rig_version(&rig, "a000001"), 2);
	ck_assert_uint_eq(count(CMS_PAGE), ways[way] == forget_item ? 3 : 6);
	ck_assert_uint_eq(count(CMS_ITEM), ways[way] == forget_item ? 1 : 0);
	ck_assert_uint_eq(count(CMS_NEWEST), 1);
}
END_TEST

START_TEST(forget_peeks_without_asking)
{
	struct store_item item;

	store_item_init(&item);
	ck_assert_int_eq(cache_peek_find(rig.recipes, "a000001", &item, &rig.err), -ENOENT);
	ck_assert_int_eq(lookup("a000001"), 0);
	forget_dir();
	ck_assert_int_eq(cache_peek_find(rig.recipes, "a000001", &item, &rig.err), 0);
	ck_assert_str_eq(item.id, "a000001");
	ck_assert_uint_eq(count(CMS_ITEM), 1);
	store_item_release(&item);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("forget");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, forget_asks_for_an_item_once_more, 0, N_ROWS(ways));
	tcase_add_loop_test(tc, forget_asks_for_a_listed_item, 0, N_ROWS(ways));
	tcase_add_loop_test(tc, forget_ends_an_absence, 0, 2);
	tcase_add_test(tc, forget_ends_an_absence_by_listing);
	tcase_add_test(tc, forget_lists_anew);
	tcase_add_test(tc, forget_lists_no_more_for_one_item);
	tcase_add_test(tc, forget_leaves_other_directories_alone);
	tcase_add_loop_test(tc, forget_reaches_what_is_on_its_way, 0, N_ROWS(ways));
	tcase_add_test(tc, forget_reaches_a_running_listing);
	tcase_add_loop_test(tc, forget_reaches_a_check_on_its_way, 0, N_ROWS(ways));
	tcase_add_test(tc, forget_peeks_without_asking);
	return suite_run(tc, "forget");
}
