/* Items that are gone from a very large directory: totals of ranges say where to look. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/client.h"
#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/folder.h"
#include "support/store_rig.h"
#include "support/suite.h"

/* The fewest with which totals pay: four questions for all ids. */
#define N_ITEMS 31000

static struct cache_rig rig;

static void set_up(void)
{
	folder_make();
	cache_rig_init(&rig);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
	folder_remove();
}

static size_t count(enum cms_kind kind)
{
	return cms_count(rig.cms, kind);
}

/* An item of which the cache knows all but the text. */
static struct content known_item(int number, int64_t modified_s)
{
	struct content item;
	char id[16];

	snprintf(id, sizeof(id), "a%06d", number);
	item = store_rig_item(id, 1, "");
	item.created_s = modified_s;
	item.modified_s = modified_s;
	item.is_writable = false;
	return item;
}

static void put_known(
	struct store *of, uint64_t dir, uint64_t generation, int n_items, int64_t modified_s)
{
	struct content *items = calloc((size_t)n_items, sizeof(*items));

	ck_assert_ptr_nonnull(items);
	for (int i = 0; i < n_items; i++)
		items[i] = known_item(i, modified_s);
	ck_assert_int_eq(store_put(of, dir, generation, 1, items, (size_t)n_items, NULL), 0);
	for (int i = 0; i < n_items; i++)
		content_release(&items[i]);
	free(items);
}

/* As an earlier mount left it: so many items are not listed in a moment. */
static void know(int n_items)
{
	const struct store_conf conf = {
		.directory = folder_path(),
		.url = CMS_URL,
		.app = CMS_APP_NAME,
		.client_id = "shop:default",
		.view = client_view_key(rig.client),
	};
	struct schema_list schemas = { 0 };
	struct store *of = store_rig_open(&conf);
	struct content_page newest;
	uint64_t dir, generation, n_before;

	cms_add(rig.cms, "recipes", 'a', n_items);
	ck_assert_int_eq(schema_list_parse_names("recipes", &schemas, NULL), 0);
	content_page_init(&newest);
	ck_assert_int_eq(client_fetch_newest(rig.client, &rig.call, &schemas.schemas[0], 0,
				 CLIENT_PAGE_MAX, &newest, NULL),
		0);
	dir = store_rig_dir(of, "recipes", schema_fingerprint(&schemas.schemas[0]));
	ck_assert_int_eq(store_begin_listing(of, dir, &generation, &n_before, NULL), 0);
	put_known(of, dir, generation, n_items, newest.items[0].modified_s);
	ck_assert_int_eq(store_put(of, dir, generation, 2, newest.items, newest.n_items, NULL), 0);
	ck_assert_int_eq(store_end_listing(of, dir, generation, NULL), 0);
	ck_assert_int_eq(store_set_checked(of, dir, newest.date_s + 60, NULL), 0);
	content_page_release(&newest);
	schema_list_release(&schemas);
	store_close(of);
	cms_advance(rig.cms, 3600);
	cache_rig_reopen(&rig, folder_path(), RIG_TTL_MS);
}

/* Begins to read, which checks it. */
static int look(void)
{
	uint64_t row = 0;
	size_t n_items = 0;

	return cache_rig_list(&rig, &row, &n_items, NULL);
}

static int count_items(void)
{
	struct cache_stats stats;

	ck_assert_int_eq(cache_get_stats(rig.cache, &stats, NULL), 0);
	return (int)stats.store.items;
}

/* Looked at after the time to live it has so many items, and this is what it takes. */
static void look_later(int n_items, size_t n_newest, size_t n_graphql, size_t n_known)
{
	size_t newest = count(CMS_NEWEST), graphql = count(CMS_GRAPHQL), known = count(CMS_KNOWN);

	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(count_items(), n_items);
	ck_assert_uint_eq(count(CMS_NEWEST) - newest, n_newest);
	ck_assert_uint_eq(count(CMS_GRAPHQL) - graphql, n_graphql);
	ck_assert_uint_eq(count(CMS_KNOWN) - known, n_known);
	ck_assert_uint_eq(count(CMS_PAGE), 0);
}

static void remove_each(int first, int step, int n)
{
	for (int i = 0; i < n; i++)
		cms_remove(rig.cms, "recipes", 'a', first + i * step, 1);
}

/* Six credits: 1 for the newest, 2 for the totals, 3 for 25,000 ids; without totals 11. */
START_TEST(fifty_of_a_hundred_thousand_cost_six_credits)
{
	know(100000);
	remove_each(999, 2000, 50);
	look_later(99950, 1, 1, 3);
	look_later(99950, 1, 0, 0);
	/* Close together they are in one range, or two. */
	remove_each(50001, 1, 50);
	look_later(99900, 1, 1, 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a050050", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_version(&rig, "a050051"), 1);
	/* At the ends, and with new ones that are known when totals are asked for. */
	remove_each(0, 99998, 2);
	cms_add(rig.cms, "recipes", 'b', 15);
	look_later(99913, 1, 1, 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000000", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a099998", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_version(&rig, "b000014"), 1);
	/* So many that their ids are two questions, the first of which ends within a range. */
	for (int i = 86000; i < 98000; i += 2000) {
		cms_remove(rig.cms, "recipes", 'a', i, 999);
		cms_remove(rig.cms, "recipes", 'a', i + 1000, 1000);
	}
	look_later(99913 - 6 * 1999, 1, 1, 2);
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
	look_later(N_ITEMS - 3, 1, 1, 4);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000002", NULL), -ENOENT);
	cms_on_request(rig.cms, NULL, NULL);

	cms_add(rig.cms, "recipes", 'a', 3);
	look_later(N_ITEMS, 1, 0, 0);
	cms_on_request(rig.cms, tell_lie, &lie);
	remove_each(0, 1, 3);
	remove_each(20000, 1, 1);
	look_later(N_ITEMS - 4, 1, 1, 1 + 4);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000000", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a020000", NULL), -ENOENT);
	cms_on_request(rig.cms, NULL, NULL);
}

static void check_failure(enum cms_kind kind, int first)
{
	int n_left = count_items() - 1;

	remove_each(first, 1, 1);
	cms_fail(rig.cms, kind, count(kind), 1, -ETIMEDOUT);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(look(), -ETIMEDOUT);
	look_later(n_left, 1, 1, 1);
	look_later(n_left, 1, 0, 0);
}

/* Totals of which none adds up are of no use, nor is a server that tells none. */
static void check_useless(void)
{
	int n_left = count_items();

	cms_confuse_type(rig.cms, "recipes", "authors");
	remove_each(10000, 1, 2);
	look_later(n_left - 2, 1, 1, 4);
	cms_fail(rig.cms, CMS_GRAPHQL, count(CMS_GRAPHQL), 9, 404);
	remove_each(11000, 1, 2);
	look_later(n_left - 4, 1, 1, 4);
}

START_TEST(whatever_totals_say_nothing_stays_hidden)
{
	know(N_ITEMS);
	check_lies();
	check_failure(CMS_GRAPHQL, 5000);
	check_failure(CMS_KNOWN, 6000);
	check_useless();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("narrow");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, fifty_of_a_hundred_thousand_cost_six_credits);
	tcase_add_test(tc, whatever_totals_say_nothing_stays_hidden);
	return suite_run(tc, "narrow");
}
