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
static enum list_word read_through(uint64_t first_stamp, uint64_t last_stamp)
{
	struct list_reading reading;
	enum list_word word = lists_open(lists, DIR, first_stamp, NOW, &reading);

	lists_begin(lists, &reading, first_stamp);
	lists_end(lists, &reading, last_stamp, UNTIL);
	lists_close(lists, &reading);
	return word;
}

static enum list_word open_only(uint64_t dir, uint64_t stamp, uint64_t now_ms)
{
	struct list_reading reading;
	enum list_word word = lists_open(lists, dir, stamp, now_ms, &reading);

	lists_close(lists, &reading);
	return word;
}

START_TEST(lists_keep_what_was_read_through)
{
	ck_assert_int_eq(read_through(STAMP, STAMP), LIST_DROP);
	ck_assert_int_eq(open_only(DIR, STAMP, NOW), LIST_KEEP);
	ck_assert_int_eq(open_only(DIR, STAMP, UNTIL - 1), LIST_KEEP);
	ck_assert_int_eq(open_only(DIR + 1, STAMP, NOW), LIST_DROP);
	ck_assert_int_eq(open_only(DIR, 0, NOW), LIST_IGNORE);
	ck_assert_int_eq(open_only(DIR, STAMP, NOW), LIST_KEEP);
	ck_assert_int_eq(open_only(DIR, STAMP, UNTIL), LIST_DROP);
	ck_assert_int_eq(open_only(DIR, STAMP, NOW), LIST_DROP);
}
END_TEST

START_TEST(lists_keep_nothing_that_changed)
{
	static const struct {
		const char *what;
		uint64_t last, now;
	} rows[] = {
		{ "while it was read", STAMP + 1, STAMP + 1 },
		{ "and back", STAMP + 1, STAMP },
		{ "to what is not fresh, or has gaps", 0, STAMP },
		{ "since it was read", STAMP, STAMP + 1 },
	};

	read_through(STAMP, rows[_i].last);
	ck_assert_msg(open_only(DIR, rows[_i].now, NOW) == LIST_DROP, "%s", rows[_i].what);
}
END_TEST

START_TEST(lists_keep_nothing_that_two_have_read)
{
	struct list_reading one, two;

	lists_open(lists, DIR, STAMP, NOW, &one);
	lists_begin(lists, &one, STAMP);
	lists_open(lists, DIR, STAMP, NOW, &two);
	lists_begin(lists, &two, STAMP);
	lists_end(lists, &one, STAMP, UNTIL);
	lists_end(lists, &two, STAMP, UNTIL);
	lists_close(lists, &one);
	lists_close(lists, &two);
	ck_assert_int_eq(open_only(DIR, STAMP, NOW), LIST_DROP);
	read_through(STAMP, STAMP);
	ck_assert_int_eq(open_only(DIR, STAMP, NOW), LIST_KEEP);
}
END_TEST

START_TEST(lists_drop_no_part)
{
	struct list_reading reading;

	lists_open(lists, DIR, STAMP, NOW, &reading);
	lists_begin(lists, &reading, STAMP);
	ck_assert(!lists_is_outdated(lists, DIR, STAMP + 1, NOW));
	lists_close(lists, &reading);

	/* Completed, it is of two readings, and known to be nothing. */
	ck_assert_int_eq(read_through(STAMP, STAMP), LIST_KEEP);
	ck_assert_int_eq(read_through(STAMP, STAMP), LIST_DROP);
	ck_assert_int_eq(open_only(DIR, STAMP, NOW), LIST_KEEP);
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
	ck_assert_int_eq(open_only(DIR, STAMP, NOW), LIST_DROP);
	read_through(STAMP, STAMP);
	ck_assert(lists_is_outdated(lists, DIR, STAMP, UNTIL));
	/* Also one that nobody knows to be good. */
	read_through(STAMP, 0);
	ck_assert(lists_is_outdated(lists, DIR, STAMP, NOW));
}
END_TEST

START_TEST(lists_are_read_again_from_the_beginning)
{
	struct list_reading reading;

	lists_open(lists, DIR, STAMP, NOW, &reading);
	lists_begin(lists, &reading, STAMP);
	lists_end(lists, &reading, STAMP, UNTIL);
	/* The kernel would not ask if it had it: who knows what it has. */
	lists_begin(lists, &reading, STAMP);
	lists_end(lists, &reading, STAMP, UNTIL);
	lists_close(lists, &reading);
	ck_assert_int_eq(open_only(DIR, STAMP, NOW), LIST_DROP);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lists");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, lists_keep_what_was_read_through);
	tcase_add_loop_test(tc, lists_keep_nothing_that_changed, 0, 4);
	tcase_add_test(tc, lists_keep_nothing_that_two_have_read);
	tcase_add_test(tc, lists_drop_no_part);
	tcase_add_test(tc, lists_bound_the_attributes);
	tcase_add_test(tc, lists_are_outdated_once);
	tcase_add_test(tc, lists_are_read_again_from_the_beginning);
	return suite_run(tc, "lists");
}
