/* Items that are gone from a very large directory: totals of ranges say where to look. */
#include <errno.h>

#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/suite.h"

/* The fewest with which totals pay: four questions for all ids. */
#define N_ITEMS 31000

static struct cache_rig rig;

static void set_up(void)
{
	cache_rig_init(&rig);
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

static void list_first(int n_items)
{
	cms_add(rig.cms, "recipes", 'a', n_items);
	cms_advance(rig.cms, 3600);
	list(n_items);
}

/* The same after the time to live, and what it takes. */
static void list_later(int n_items, size_t n_newest, size_t n_graphql, size_t n_known)
{
	size_t newest = count(CMS_NEWEST), graphql = count(CMS_GRAPHQL), known = count(CMS_KNOWN);
	size_t pages = count(CMS_PAGE);

	cache_rig_wait(&rig, RIG_TTL_MS);
	list(n_items);
	ck_assert_uint_eq(count(CMS_NEWEST) - newest, n_newest);
	ck_assert_uint_eq(count(CMS_GRAPHQL) - graphql, n_graphql);
	ck_assert_uint_eq(count(CMS_KNOWN) - known, n_known);
	ck_assert_uint_eq(count(CMS_PAGE), pages);
}

static void remove_each(int first, int step, int n)
{
	for (int i = 0; i < n; i++)
		cms_remove(rig.cms, "recipes", 'a', first + i * step, 1);
}

/* Six credits: 1 for the newest, 2 for the totals, 3 for 25,000 ids; without totals 11. */
START_TEST(fifty_of_a_hundred_thousand_cost_six_credits)
{
	list_first(100000);
	remove_each(999, 2000, 50);
	list_later(99950, 1, 1, 3);
	list_later(99950, 1, 0, 0);
	/* Close together they are in one range, or two. */
	remove_each(50001, 1, 50);
	list_later(99900, 1, 1, 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a050050", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_version(&rig, "a050051"), 1);
	/* At the ends, and with new ones that are known when totals are asked for. */
	remove_each(0, 99998, 2);
	cms_add(rig.cms, "recipes", 'b', 15);
	list_later(99913, 1, 1, 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000000", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a099998", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_version(&rig, "b000014"), 1);
	/* So many that their ids are two questions, the first of which ends within a range. */
	for (int i = 86000; i < 98000; i += 2000) {
		cms_remove(rig.cms, "recipes", 'a', i, 999);
		cms_remove(rig.cms, "recipes", 'a', i + 1000, 1000);
	}
	list_later(99913 - 6 * 1999, 1, 1, 2);
	ck_assert_uint_eq(count(CMS_ITEM), 0);
}
END_TEST

/* What is in the totals is not gone before the ids are asked for, as it seems with another order. */
struct lie {
	int n_items; /* from the first one on */
	bool is_told;
};

static void tell_lie(void *payload, enum cms_kind kind)
{
	struct lie *lie = payload;

	if (kind == CMS_GRAPHQL) {
		cms_add(rig.cms, "recipes", 'a', lie->n_items);
		lie->is_told = true;
	} else if (kind == CMS_KNOWN && lie->is_told) {
		remove_each(0, 1, lie->n_items);
		lie->is_told = false;
	}
}

/* All totals add up, and then some of them, although items are gone. */
static void check_lies(void)
{
	struct lie lie = { 3, false };

	cms_on_request(rig.cms, tell_lie, &lie);
	remove_each(0, 1, 3);
	list_later(N_ITEMS - 3, 1, 1, 4);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000002", NULL), -ENOENT);
	cms_on_request(rig.cms, NULL, NULL);

	cms_add(rig.cms, "recipes", 'a', 3);
	list_later(N_ITEMS, 1, 0, 0);
	cms_on_request(rig.cms, tell_lie, &lie);
	remove_each(0, 1, 3);
	remove_each(20000, 1, 1);
	list_later(N_ITEMS - 4, 1, 1, 1 + 4);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000000", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a020000", NULL), -ENOENT);
	cms_on_request(rig.cms, NULL, NULL);
}

static void check_failure(enum cms_kind kind, int first)
{
	int n_left = cache_rig_list_all(&rig) - 1;

	remove_each(first, 1, 1);
	cms_fail(rig.cms, kind, count(kind), 1, -ETIMEDOUT);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), -ETIMEDOUT);
	list_later(n_left, 1, 1, 1);
	list_later(n_left, 1, 0, 0);
}

/* Totals of which none adds up are of no use, nor is a server that tells none. */
static void check_useless(void)
{
	int n_left = cache_rig_list_all(&rig);

	cms_confuse_type(rig.cms, "recipes", "authors");
	remove_each(10000, 1, 2);
	list_later(n_left - 2, 1, 1, 4);
	cms_fail(rig.cms, CMS_GRAPHQL, count(CMS_GRAPHQL), 9, 404);
	remove_each(11000, 1, 2);
	list_later(n_left - 4, 1, 1, 4);
	remove_each(12000, 1, 2);
	list_later(n_left - 6, 1, 0, 4);
}

START_TEST(whatever_totals_say_nothing_stays_hidden)
{
	list_first(N_ITEMS);
	check_lies();
	check_failure(CMS_GRAPHQL, 5000);
	check_failure(CMS_KNOWN, 6000);
	check_useless();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("narrow");

	tcase_set_timeout(tc, 110);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, fifty_of_a_hundred_thousand_cost_six_credits);
	tcase_add_test(tc, whatever_totals_say_nothing_stays_hidden);
	return suite_run(tc, "narrow");
}
