#include <check.h>

#include "base/error.h"
#include "save/hidden.h"
#include "support/pretended.h"
#include "support/suite.h"

/* Directories are told apart by their addresses alone. */
static char places[2];
#define RECIPES ((const struct cache_dir *)&places[0])
#define AUTHORS ((const struct cache_dir *)&places[1])

static struct pretended_clock now;
static struct hidden *hidden;

static void set_up(void)
{
	pretended_clock_init(&now);
	hidden = hidden_new(&now.clock);
	ck_assert_ptr_nonnull(hidden);
}

static void tear_down(void)
{
	hidden_free(hidden);
}

START_TEST(hidden_tells_items_apart)
{
	ck_assert(!hidden_has(hidden, RECIPES, "x"));
	ck_assert_int_eq(hidden_add(hidden, RECIPES, "x", HIDDEN_FOREVER, NULL), 0);
	ck_assert(hidden_has(hidden, RECIPES, "x"));
	ck_assert(!hidden_has(hidden, RECIPES, "y"));
	ck_assert(!hidden_has(hidden, AUTHORS, "x"));
	ck_assert(hidden_remove(hidden, RECIPES, "x"));
	ck_assert(!hidden_remove(hidden, RECIPES, "x"));
	ck_assert(!hidden_has(hidden, RECIPES, "x"));
}
END_TEST

START_TEST(hidden_ends_in_time)
{
	uint64_t end_ms = clock_now_ms(&now.clock) + 60000;

	ck_assert_int_eq(hidden_add(hidden, RECIPES, "x", end_ms, NULL), 0);
	pretended_clock_advance(&now, 59999);
	ck_assert(hidden_has(hidden, RECIPES, "x"));
	pretended_clock_advance(&now, 1);
	ck_assert(!hidden_has(hidden, RECIPES, "x"));
	ck_assert(!hidden_remove(hidden, RECIPES, "x"));
}
END_TEST

START_TEST(hidden_twice_is_hidden_once_and_longer)
{
	uint64_t end_ms = clock_now_ms(&now.clock) + 1000;

	ck_assert_int_eq(hidden_add(hidden, RECIPES, "x", end_ms, NULL), 0);
	ck_assert_int_eq(hidden_add(hidden, RECIPES, "x", HIDDEN_FOREVER, NULL), 0);
	ck_assert_int_eq(hidden_add(hidden, RECIPES, "x", end_ms, NULL), 0);
	pretended_clock_advance(&now, 5000);
	ck_assert(hidden_has(hidden, RECIPES, "x"));
	ck_assert(hidden_remove(hidden, RECIPES, "x"));
	ck_assert(!hidden_has(hidden, RECIPES, "x"));
}
END_TEST

START_TEST(hidden_nothing_without_a_set)
{
	ck_assert(!hidden_has(NULL, RECIPES, "x"));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("hidden");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, hidden_tells_items_apart);
	tcase_add_test(tcase, hidden_ends_in_time);
	tcase_add_test(tcase, hidden_twice_is_hidden_once_and_longer);
	tcase_add_test(tcase, hidden_nothing_without_a_set);
	return suite_run(tcase, "hidden");
}
