/* A directory that an earlier mount listed. */
#include <errno.h>

#include "cache/cache.h"
#include "support/folder.h"
#include "support/suite.h"
#include "support/thousand.h"

static void remount(const char *directory)
{
	cache_rig_reopen(&thousand, directory, RIG_TTL_MS);
}

START_TEST(a_remount_costs_a_request)
{
	const char *directory;
	uint64_t row;

	folder_make();
	directory = folder_path();
	remount(directory);
	thousand_list(1000);
	row = cache_rig_row(&thousand, "a000500");
	remount(directory);
	cms_remove(thousand.cms, "recipes", 'a', 3, 1);
	cache_rig_change(&thousand, 'a', 500, 1);
	/* What was complete is not yet fresh. */
	ck_assert_int_eq(cache_rig_lookup(&thousand, "a000003", NULL), -ENOENT);
	ck_assert_uint_eq(thousand_count(CMS_ITEM), 1);
	cache_rig_wait(&thousand, 10000);
	thousand_list(999);
	ck_assert_uint_eq(thousand_count(CMS_NEWEST), 1);
	ck_assert_uint_eq(cache_rig_row(&thousand, "a000500"), row);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000500"), 2);
	remount(directory);
	cache_rig_wait(&thousand, 10000);
	thousand_list(999);
	ck_assert_uint_eq(thousand_count(CMS_NEWEST), 2);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5);
	ck_assert_uint_eq(thousand_count(CMS_KNOWN), 0);
	remount(NULL);
	folder_remove();
}
END_TEST

START_TEST(a_remount_after_half_a_listing_lists)
{
	const char *directory;

	folder_make();
	directory = folder_path();
	remount(directory);
	thousand_list(1000);
	cms_count_wrongly(thousand.cms, -100000);
	cms_fail(thousand.cms, CMS_PAGE, 7, 1, -EHOSTUNREACH);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&thousand), -EHOSTUNREACH);
	remount(directory);
	thousand_list(1000);
	ck_assert_uint_eq(thousand_count(CMS_NEWEST), 1);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5 + 3 + 5);
	remount(NULL);
	folder_remove();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("freshness_remount");

	tcase_add_checked_fixture(tc, thousand_set_up, thousand_tear_down);
	tcase_add_test(tc, a_remount_costs_a_request);
	tcase_add_test(tc, a_remount_after_half_a_listing_lists);
	return suite_run(tc, "freshness_remount");
}
