/* Listings of a directory whose rows do not stand in the order of ids. */
#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/suite.h"

static struct cache_rig rig;

static void set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', 1000);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static void wait_ms(uint64_t ms)
{
	pretended_clock_advance(&rig.time, ms);
}

/* From a server that counts nothing, changes are not to be had: it is listed. */
static void let_it_list(void)
{
	cms_count_wrongly(rig.cms, -100000);
}

static size_t count_pages(void)
{
	return cms_count(rig.cms, CMS_PAGE);
}

START_TEST(listing_keeps_rows_and_order)
{
	uint64_t first, row = 0;
	size_t n_items = 0;

	ck_assert_int_eq(cache_rig_list_all(&rig), 1000);
	first = cache_rig_row(&rig, "a000000");
	cms_remove(rig.cms, "recipes", 'a', 400, 100);
	cms_add(rig.cms, "recipes", 'A', 50);
	cms_change(rig.cms, "recipes", "a000000");
	let_it_list();
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	/* The new ones come first by id, and last by row: the known ones before them are shown. */
	ck_assert_uint_eq(row, first + 149);
	ck_assert_int_eq(cache_rig_list_all(&rig), 950);
	ck_assert_uint_eq(cache_rig_row(&rig, "a000000"), first);
	ck_assert_uint_gt(cache_rig_row(&rig, "A000000"), cache_rig_row(&rig, "a000999"));
}
END_TEST

START_TEST(listing_shows_what_was_asked_for_alone_before)
{
	uint64_t row = 0, fresh_ms = 0;
	size_t n_items = 0;

	/* Its row comes first, its id last. */
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000999", NULL), 0);
	wait_ms(1000);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, &fresh_ms), 1);
	ck_assert_uint_eq(count_pages(), 1);
	ck_assert_uint_eq(n_items, 201);
	ck_assert_uint_eq(fresh_ms, RIG_TTL_MS - 1000);
}
END_TEST

START_TEST(listing_does_not_wait_for_what_is_gone)
{
	uint64_t row = 0;
	size_t n_items = 0;

	cms_add(rig.cms, "recipes", 'b', 1000);
	ck_assert_int_eq(cache_rig_list_all(&rig), 2000);
	cms_remove(rig.cms, "recipes", 'a', 0, 1);
	let_it_list();
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	ck_assert_uint_gt(n_items, 0);
	/* Eight pages without a row, the question for the first one, and no page after it. */
	ck_assert_uint_eq(count_pages(), 10 + 8);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 1);
	ck_assert_int_eq(cache_rig_list_all(&rig), 1999);
	ck_assert_uint_eq(count_pages(), 10 + 10);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("listing_order");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, listing_keeps_rows_and_order);
	tcase_add_test(tc, listing_shows_what_was_asked_for_alone_before);
	tcase_add_test(tc, listing_does_not_wait_for_what_is_gone);
	return suite_run(tc, "listing_order");
}
