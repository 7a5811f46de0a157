/* What a listing, and what is gone, does to the store. */
#include <stdio.h>
#include <stdlib.h>

#include "cache/store.h"
#include "support/store_rig.h"
#include "support/suite.h"

START_TEST(store_drops_what_a_listing_did_not_see)
{
	uint64_t row, generation, n_items = 0;

	put(0, 1, "a", 1);
	put(0, 1, "b", 1);
	row = find_row("b");
	ck_assert_int_eq(store_begin_listing(store, recipes, &generation, &n_items, NULL), 0);
	ck_assert_uint_eq(n_items, 2);
	put(generation, 2, "b", 1);
	put(generation, 2, "c", 1);
	end_listing(generation);
	ck_assert_uint_eq(find_row("a"), 0);
	ck_assert_uint_eq(find_row("b"), row);
	ck_assert_uint_gt(find_row("c"), row);
}
END_TEST

START_TEST(store_drops_over_many_windows)
{
	enum { N = 5000, PAGE = 500 };
	struct content *items = calloc(PAGE, sizeof(*items));
	struct store_stats stats;
	uint64_t generation;
	char id[16];

	for (int first = 0; first < N; first += PAGE) {
		for (int i = 0; i < PAGE; i++) {
			snprintf(id, sizeof(id), "%06d", first + i);
			items[i] = store_rig_item(id, 1, "{}\n");
		}
		ck_assert_int_eq(store_put(store, recipes, 0, 1, items, PAGE, NULL), 0);
		for (int i = 0; i < PAGE; i++)
			content_release(&items[i]);
	}
	free(items);
	generation = begin_listing();
	put(generation, 2, "002345", 1);
	put(generation, 2, "004999", 1);
	end_listing(generation);
	ck_assert_int_eq(store_get_stats(store, &stats, NULL), 0);
	ck_assert_uint_eq(stats.items, 2);
	ck_assert_uint_gt(find_row("002345"), 0);
	ck_assert_uint_gt(find_row("004999"), 0);
}
END_TEST

START_TEST(store_spares_what_came_alone_during_a_listing)
{
	uint64_t generation;

	put(0, 1, "touched", 1);
	generation = begin_listing();
	put(generation, 2, "z", 1);
	put(0, 3, "a", 1);
	ck_assert_int_eq(store_touch(store, find_row("touched"), 3, NULL), 0);
	end_listing(generation);
	ck_assert_uint_gt(find_row("a"), 0);
	ck_assert_uint_gt(find_row("touched"), 0);
}
END_TEST

START_TEST(store_does_not_go_back_to_an_overtaken_version)
{
	uint64_t generation = begin_listing();
	struct store_item item;

	put(0, 20, "a", 5);
	put(generation, 10, "a", 4);
	find("a", &item);
	ck_assert_int_eq(item.version, 5);
	ck_assert_uint_eq(item.generation, generation);
	store_item_release(&item);
	/* Asked for later, it is what the server now says: the item may have been made anew. */
	put(0, 30, "a", 0);
	find("a", &item);
	ck_assert_int_eq(item.version, 0);
	store_item_release(&item);
}
END_TEST

START_TEST(store_knows_when_it_was_complete)
{
	uint64_t generation = 9, listed;
	int64_t checked_s = 9;

	ck_assert_int_eq(store_get_checked(store, recipes, &generation, &checked_s, NULL), 0);
	ck_assert_int_eq(checked_s, 0);
	listed = begin_listing();
	end_listing(listed);
	ck_assert_int_eq(store_set_checked(store, recipes, 1234, NULL), 0);
	ck_assert_int_eq(store_get_checked(store, recipes, &generation, &checked_s, NULL), 0);
	ck_assert_int_eq(checked_s, 1234);
	ck_assert_uint_eq(generation, listed);
	/* Another rendering drops the items, and a listing may end midway. */
	store_rig_dir(store, "recipes", 2);
	ck_assert_int_eq(store_get_checked(store, recipes, &generation, &checked_s, NULL), 0);
	ck_assert_int_eq(checked_s, 0);
	ck_assert_int_eq(store_set_checked(store, recipes, 1234, NULL), 0);
	begin_listing();
	ck_assert_int_eq(store_get_checked(store, recipes, &generation, &checked_s, NULL), 0);
	ck_assert_int_eq(checked_s, 0);
}
END_TEST

START_TEST(store_removes_what_is_gone)
{
	const char *const ids[] = { "a", "missing", "b" };
	uint64_t n_items;

	put(0, 10, "a", 1);
	put(0, 20, "b", 1);
	put(0, 10, "c", 1);
	/* b was seen after the question. */
	ck_assert_int_eq(store_remove_gone(store, recipes, 15, ids, 3, NULL), 0);
	ck_assert_uint_eq(find_row("a"), 0);
	ck_assert_uint_ne(find_row("b"), 0);
	ck_assert_uint_ne(find_row("c"), 0);
	ck_assert_int_eq(store_count(store, recipes, &n_items, NULL), 0);
	ck_assert_uint_eq(n_items, 2);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("store_listing");

	tcase_add_checked_fixture(tc, store_rig_init, store_rig_release);
	tcase_add_test(tc, store_drops_what_a_listing_did_not_see);
	tcase_add_test(tc, store_drops_over_many_windows);
	tcase_add_test(tc, store_spares_what_came_alone_during_a_listing);
	tcase_add_test(tc, store_does_not_go_back_to_an_overtaken_version);
	tcase_add_test(tc, store_knows_when_it_was_complete);
	tcase_add_test(tc, store_removes_what_is_gone);
	return suite_run(tc, "store_listing");
}
