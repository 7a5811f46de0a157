/* A directory that an earlier mount listed. */
#include <errno.h>

#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/folder.h"
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

static void remount(const char *directory)
{
	cache_rig_reopen(&rig, directory, RIG_TTL_MS);
}

START_TEST(a_remount_costs_a_request)
{
	const char *directory;
	uint64_t row;

	folder_make();
	directory = folder_path();
	remount(directory);
	list(1000);
	row = cache_rig_row(&rig, "a000500");
	remount(directory);
	cms_remove(rig.cms, "recipes", 'a', 3, 1);
	cache_rig_change(&rig, 'a', 500, 1);
	/* What was complete is not yet fresh. */
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000003", NULL), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
	cache_rig_wait(&rig, 10000);
	list(999);
	ck_assert_uint_eq(count(CMS_NEWEST), 1);
	ck_assert_uint_eq(cache_rig_row(&rig, "a000500"), row);
	ck_assert_int_eq(cache_rig_version(&rig, "a000500"), 2);
	remount(directory);
	cache_rig_wait(&rig, 10000);
	list(999);
	ck_assert_uint_eq(count(CMS_NEWEST), 2);
	ck_assert_uint_eq(count(CMS_PAGE), 5);
	ck_assert_uint_eq(count(CMS_KNOWN), 0);
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
	list(1000);
	cms_count_wrongly(rig.cms, -100000);
	cms_fail(rig.cms, CMS_PAGE, 7, 1, -EHOSTUNREACH);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), -EHOSTUNREACH);
	remount(directory);
	list(1000);
	ck_assert_uint_eq(count(CMS_NEWEST), 1);
	ck_assert_uint_eq(count(CMS_PAGE), 5 + 3 + 5);
	remount(NULL);
	folder_remove();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("freshness_remount");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_remount_costs_a_request);
	tcase_add_test(tc, a_remount_after_half_a_listing_lists);
	return suite_run(tc, "freshness_remount");
}
