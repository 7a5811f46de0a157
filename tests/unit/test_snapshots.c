#include "tree/snapshots.h"

#include <check.h>

#include "support/suite.h"
#include "tree/file.h"

#define NODE 7

static struct snapshots *snapshots;
static int text; /* stands for one that is written */

static void set_up(void)
{
	snapshots = snapshots_new();
	ck_assert_ptr_nonnull(snapshots);
}

static void tear_down(void)
{
	snapshots_free(snapshots);
}

static struct tree_file reading(uint64_t digest)
{
	return (struct tree_file){ .digest = digest };
}

static struct tree_file sharing(void)
{
	return (struct tree_file){ .digest = (uintptr_t)&text, .writing = (struct writing *)&text };
}

START_TEST(snapshots_of_one_text_share_the_page_cache)
{
	struct tree_file one = reading(1), same = reading(1), elsewhere = reading(2);

	snapshots_add(snapshots, NODE, &one);
	snapshots_add(snapshots, NODE, &same);
	snapshots_add(snapshots, NODE + 1, &elsewhere);
	ck_assert(!one.is_direct && !same.is_direct && !elsewhere.is_direct);
}
END_TEST

START_TEST(snapshots_of_another_text_pass_by_the_page_cache)
{
	struct tree_file one = reading(1), other = reading(2), again = reading(2);

	snapshots_add(snapshots, NODE, &one);
	snapshots_add(snapshots, NODE, &other);
	ck_assert(!one.is_direct && other.is_direct);
	snapshots_remove(snapshots, &one);
	snapshots_add(snapshots, NODE, &again);
	ck_assert(!again.is_direct);
}
END_TEST

START_TEST(snapshots_of_what_is_written_share_the_page_cache)
{
	struct tree_file writer = sharing(), reader = sharing();

	snapshots_add(snapshots, NODE, &writer);
	snapshots_add(snapshots, NODE, &reader);
	ck_assert(!writer.is_direct && !reader.is_direct);
}
END_TEST

/* The page cache hears nothing of what a direct writer writes. */
START_TEST(snapshots_of_what_is_written_past_the_page_cache_do_not_use_it)
{
	struct tree_file old = reading(1), writer = sharing(), reader = sharing();

	snapshots_add(snapshots, NODE, &old);
	snapshots_add(snapshots, NODE, &writer);
	ck_assert(writer.is_direct);
	snapshots_remove(snapshots, &old);
	snapshots_add(snapshots, NODE, &reader);
	ck_assert(reader.is_direct);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("snapshots");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, snapshots_of_one_text_share_the_page_cache);
	tcase_add_test(tc, snapshots_of_another_text_pass_by_the_page_cache);
	tcase_add_test(tc, snapshots_of_what_is_written_share_the_page_cache);
	tcase_add_test(tc, snapshots_of_what_is_written_past_the_page_cache_do_not_use_it);
	return suite_run(tc, "snapshots");
}
