#include "fs/told.h"

#include "support/suite.h"
#include "tree/tree.h"

/* Falls on the same place as the node. */
#define OTHER(node) ((node) + ((uint64_t)1 << 40))

#define ITEM(app, row) (((uint64_t)(app) << 48) + (row))

static struct told *told;

static void set_up(void)
{
	told = told_new();
	ck_assert_ptr_nonnull(told);
}

static void tear_down(void)
{
	told_free(told);
}

START_TEST(told_knows_size_and_time)
{
	struct tree_entry entry = { .node = 7, .size = 100, .modified_s = 5 };
	struct tree_entry longer = entry, later = entry, other = entry;

	longer.size++;
	later.modified_s++;
	other.node = OTHER(entry.node);
	ck_assert(!told_matches(told, &entry));
	told_note(told, &entry);
	ck_assert(told_matches(told, &entry));
	ck_assert(!told_matches(told, &longer));
	ck_assert(!told_matches(told, &later));
	ck_assert(!told_matches(told, &other));
	told_note(told, &other);
	ck_assert(told_matches(told, &other));
	ck_assert(!told_matches(told, &entry));
}
END_TEST

START_TEST(told_knows_whose_pages_are_of_which_text)
{
	struct tree_entry entry = { .node = 7 };

	ck_assert(!told_has_pages(told, 7, 1234));
	told_note_pages(told, 7, 1234);
	ck_assert(told_has_pages(told, 7, 1234));
	ck_assert(!told_has_pages(told, 7, 1235));
	ck_assert(!told_has_pages(told, OTHER((uint64_t)7), 1234));
	ck_assert(!told_matches(told, &entry));
	told_note_pages(told, OTHER((uint64_t)7), 1);
	ck_assert(!told_has_pages(told, 7, 1234));
}
END_TEST

START_TEST(told_keeps_small_apps_apart)
{
	for (uint64_t app = 0; app < 4; app++) {
		for (uint64_t row = 1; row <= 1000; row++)
			told_note_pages(told, ITEM(app, row), app);
	}
	for (uint64_t app = 0; app < 4; app++) {
		for (uint64_t row = 1; row <= 1000; row++)
			ck_assert(told_has_pages(told, ITEM(app, row), app));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("told");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, told_knows_size_and_time);
	tcase_add_test(tc, told_knows_whose_pages_are_of_which_text);
	tcase_add_test(tc, told_keeps_small_apps_apart);
	return suite_run(tc, "told");
}
