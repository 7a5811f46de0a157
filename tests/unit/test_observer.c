#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "support/cache_rig.h"
#include "support/suite.h"

static struct cache_rig rig;
static struct buf told; /* "=id " for another text, "-id " for one that is gone */
static uint64_t last_row;

static void note(void *payload, const struct cache_change *change)
{
	ck_assert_ptr_eq(payload, &rig);
	ck_assert_ptr_eq(change->dir, rig.recipes);
	last_row = change->row;
	ck_assert_int_eq(buf_addf(&told, "%c%s ", change->is_removed ? '-' : '=', change->id), 0);
}

static void set_up(void)
{
	cache_rig_init(&rig);
	buf_init(&told, 1000000);
	cms_add(rig.cms, "recipes", 'a', 3);
	cache_set_observer(rig.cache, note, &rig);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
	buf_release(&told);
}

static void check_told(const char *words)
{
	ck_assert_str_eq(buf_str(&told), words);
	buf_clear(&told);
}

START_TEST(observer_is_not_told_of_what_is_new)
{
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	check_told("");
}
END_TEST

START_TEST(observer_is_told_of_another_text_from_a_listing)
{
	uint64_t row;

	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	row = cache_rig_row(&rig, "a000001");
	cms_change(rig.cms, "recipes", "a000001");
	cache_forget_dir(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	check_told("=a000001 ");
	ck_assert_uint_eq(last_row, row);
}
END_TEST

START_TEST(observer_is_told_of_another_text_from_a_check)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	cache_rig_wait(&rig, RIG_TTL_MS);
	cms_change(rig.cms, "recipes", "a000002");
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	check_told("=a000002 ");
}
END_TEST

START_TEST(observer_is_told_of_another_text_of_an_item_alone)
{
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	cms_change(rig.cms, "recipes", "a000001");
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	check_told("=a000001 ");
}
END_TEST

START_TEST(observer_is_told_of_an_item_that_a_listing_lacks)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	cms_remove(rig.cms, "recipes", 'a', 1, 1);
	cache_forget_dir(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), 2);
	check_told("-a000001 ");
}
END_TEST

START_TEST(observer_is_told_of_an_item_that_a_check_finds_gone)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	cms_remove(rig.cms, "recipes", 'a', 0, 1);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), 2);
	check_told("-a000000 ");
}
END_TEST

START_TEST(observer_is_told_of_an_item_that_is_not_found)
{
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	cms_remove(rig.cms, "recipes", 'a', 1, 1);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), -ENOENT);
	check_told("-a000001 ");
}
END_TEST

START_TEST(list_stamp_stays_as_long_as_the_list)
{
	uint64_t stamp;

	ck_assert_uint_eq(cache_list_stamp(rig.recipes), 0);
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	stamp = cache_list_stamp(rig.recipes);
	ck_assert_uint_ne(stamp, 0);

	/* Another text is in the same list. */
	cms_change(rig.cms, "recipes", "a000001");
	cache_forget_item(rig.recipes, "a000001");
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	check_told("=a000001 ");
	ck_assert_uint_eq(cache_list_stamp(rig.recipes), stamp);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_uint_eq(cache_list_stamp(rig.recipes), 0);
}
END_TEST

START_TEST(list_stamp_changes_with_an_item_alone)
{
	uint64_t stamp;

	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	stamp = cache_list_stamp(rig.recipes);
	cms_add(rig.cms, "recipes", 'b', 1);
	cache_forget_item(rig.recipes, "b000000");
	ck_assert_int_eq(cache_rig_lookup(&rig, "b000000", NULL), 0);
	ck_assert_uint_ne(cache_list_stamp(rig.recipes), stamp);

	stamp = cache_list_stamp(rig.recipes);
	cms_remove(rig.cms, "recipes", 'b', 0, 1);
	cache_forget_item(rig.recipes, "b000000");
	ck_assert_int_eq(cache_rig_lookup(&rig, "b000000", NULL), -ENOENT);
	ck_assert_uint_ne(cache_list_stamp(rig.recipes), stamp);
}
END_TEST

START_TEST(list_stamp_changes_with_a_check)
{
	uint64_t stamp;

	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	stamp = cache_list_stamp(rig.recipes);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	ck_assert_uint_ne(cache_list_stamp(rig.recipes), 0);
	ck_assert_uint_ne(cache_list_stamp(rig.recipes), stamp);
}
END_TEST

START_TEST(observer_is_not_told_any_more)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	cms_change(rig.cms, "recipes", "a000001");
	cache_forget_dir(rig.recipes);
	cache_set_observer(rig.cache, NULL, NULL);
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	check_told("");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("observer");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, observer_is_not_told_of_what_is_new);
	tcase_add_test(tc, observer_is_told_of_another_text_from_a_listing);
	tcase_add_test(tc, observer_is_told_of_another_text_from_a_check);
	tcase_add_test(tc, observer_is_told_of_another_text_of_an_item_alone);
	tcase_add_test(tc, observer_is_told_of_an_item_that_a_listing_lacks);
	tcase_add_test(tc, observer_is_told_of_an_item_that_a_check_finds_gone);
	tcase_add_test(tc, observer_is_told_of_an_item_that_is_not_found);
	tcase_add_test(tc, observer_is_not_told_any_more);
	tcase_add_test(tc, list_stamp_stays_as_long_as_the_list);
	tcase_add_test(tc, list_stamp_changes_with_an_item_alone);
	tcase_add_test(tc, list_stamp_changes_with_a_check);
	return suite_run(tc, "observer");
}
