#include "fs/lists.h"

#include "support/suite.h"

#define DIR 8
#define STAMP 77
#define NOW 1000
#define UNTIL 5000

static struct lists *lists;

static void set_up(void)
{
	lists = lists_new();
	ck_assert_ptr_nonnull(lists);
}

static void tear_down(void)
{
	lists_free(lists);
}

/* Opened, read through and closed; the stamps of the two ends. */
static bool read_through(uint64_t first_stamp, uint64_t last_stamp)
{
	struct list_reading reading;
	bool is_kept = lists_open(lists, DIR, first_stamp, NOW, &reading);

	/* What is kept is not asked for. */
	if (!is_kept)
		ck_assert(!lists_begin(lists, &reading, first_stamp));
	lists_complete(lists, &reading, last_stamp, UNTIL);
	lists_close(lists, &reading);
	return is_kept;
}

static bool is_kept(uint64_t dir, uint64_t stamp, uint64_t now_ms)
{
	struct list_reading reading;
	bool is_kept = lists_open(lists, dir, stamp, now_ms, &reading);

	lists_close(lists, &reading);
	return is_kept;
}

START_TEST(lists_keep_what_was_read_through)
{
	ck_assert(!read_through(STAMP, STAMP));
	ck_assert(is_kept(DIR, STAMP, NOW));
	ck_assert(is_kept(DIR, STAMP, UNTIL - 1));
	ck_assert(!is_kept(DIR + 1, STAMP, NOW));
	/* A kept list is not prolonged by being read. */
	ck_assert(read_through(STAMP, STAMP));
	ck_assert(!is_kept(DIR, STAMP, UNTIL));
	ck_assert(!is_kept(DIR, STAMP, NOW));
}
END_TEST

START_TEST(lists_keep_nothing_that_changed)
{
	static const struct {
		const char *what;
		uint64_t first, last, now;
	} rows[] = {
		{ "while it was read", STAMP, STAMP + 1, STAMP + 1 },
		{ "to what is not complete", STAMP, 0, 0 },
		{ "from what was not complete", 0, STAMP, STAMP },
		{ "since it was read", STAMP, STAMP, STAMP + 1 },
		{ "since, to what is not fresh", STAMP, STAMP, 0 },
	};

	read_through(rows[_i].first, rows[_i].last);
	ck_assert_msg(!is_kept(DIR, rows[_i].now, NOW), "%s", rows[_i].what);
}
END_TEST

START_TEST(lists_keep_nothing_that_two_have_read)
{
	struct list_reading one, two;

	lists_open(lists, DIR, STAMP, NOW, &one);
	lists_begin(lists, &one, STAMP);
	lists_open(lists, DIR, STAMP, NOW, &two);
	lists_begin(lists, &two, STAMP);
	lists_complete(lists, &one, STAMP, UNTIL);
	lists_complete(lists, &two, STAMP, UNTIL);
	lists_close(lists, &one);
	ck_assert(!is_kept(DIR, STAMP, NOW));
	lists_close(lists, &two);
	ck_assert(!is_kept(DIR, STAMP, NOW));
	read_through(STAMP, STAMP);
	ck_assert(is_kept(DIR, STAMP, NOW));
}
END_TEST

START_TEST(lists_bound_the_attributes)
{
	ck_assert_uint_eq(lists_attribute_ms(lists, DIR, NOW), 1000);
	read_through(STAMP, STAMP);
	ck_assert_uint_eq(lists_attribute_ms(lists, DIR, NOW), UNTIL - NOW);
	ck_assert_uint_eq(lists_attribute_ms(lists, DIR, UNTIL), 0);
}
END_TEST

START_TEST(lists_are_outdated_once)
{
	ck_assert(!lists_is_outdated(lists, DIR, STAMP, NOW));
	read_through(STAMP, STAMP);
	ck_assert(!lists_is_outdated(lists, DIR, STAMP, NOW));
	ck_assert(lists_is_outdated(lists, DIR, STAMP + 1, NOW));
	ck_assert(!lists_is_outdated(lists, DIR, STAMP + 1, NOW));
	ck_assert(!is_kept(DIR, STAMP, NOW));
	read_through(STAMP, STAMP);
	ck_assert(lists_is_outdated(lists, DIR, STAMP, UNTIL));
}
END_TEST

START_TEST(lists_are_read_again_from_the_beginning)
{
	struct list_reading reading;

	ck_assert(!lists_open(lists, DIR, 0, NOW, &reading));
	ck_assert(!lists_begin(lists, &reading, 0));
	lists_complete(lists, &reading, STAMP, UNTIL);
	ck_assert(lists_begin(lists, &reading, STAMP));
	lists_complete(lists, &reading, STAMP, UNTIL);
	ck_assert(is_kept(DIR, STAMP, NOW));

	/* Also one that nobody knows to be good. */
	ck_assert(lists_begin(lists, &reading, STAMP));
	ck_assert(lists_is_outdated(lists, DIR, STAMP, NOW));
	lists_complete(lists, &reading, STAMP, UNTIL);
	ck_assert(!is_kept(DIR, STAMP, NOW));
	lists_close(lists, &reading);
}
END_TEST

START_TEST(lists_keep_nothing_that_was_outdated_while_it_was_read)
{
	struct list_reading reading;

	read_through(STAMP, STAMP);
	ck_assert(lists_open(lists, DIR, STAMP, NOW, &reading));
	ck_assert(lists_is_outdated(lists, DIR, STAMP, UNTIL));
	lists_complete(lists, &reading, STAMP, 2 * UNTIL);
	lists_close(lists, &reading);
	ck_assert(!is_kept(DIR, STAMP, UNTIL));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lists");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, lists_keep_what_was_read_through);
	tcase_add_loop_test(tc, lists_keep_nothing_that_changed, 0, 5);
	tcase_add_test(tc, lists_keep_nothing_that_two_have_read);
	tcase_add_test(tc, lists_bound_the_attributes);
	tcase_add_test(tc, lists_are_outdated_once);
	tcase_add_test(tc, lists_are_read_again_from_the_beginning);
	tcase_add_test(tc, lists_keep_nothing_that_was_outdated_while_it_was_read);
	return suite_run(tc, "lists");
}
