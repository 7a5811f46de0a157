#include "cache/changed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

#define AT 1000
#define LATE (AT + CHANGED_LAG_MS)

static struct changed *table;

static void tear_down(void)
{
	changed_free(table);
	table = NULL;
}

static int note(const char *id, int64_t version, bool is_deleted, uint64_t at_ms)
{
	const struct changed_event event = {
		.id = id, .version = version, .is_deleted = is_deleted
	};

	return changed_note(&table, &event, at_ms);
}

#define THERE(asked, v)                                               \
	{                                                             \
		.asked_ms = (asked), .is_there = true, .version = (v) \
	}
#define ABSENT(asked)               \
	{                           \
		.asked_ms = (asked) \
	}

static const struct {
	const char *what;
	int64_t version;
	bool is_deleted;
	struct changed_answer answer;
	bool is_wanted;
	bool is_kept; /* after it was settled */
} rows[] = {
	{ "asked before", 3, false, THERE(AT - 1, 2), true, true },
	{ "asked before, of another item of that id", 3, false, THERE(AT - 1, 4), true, true },
	{ "asked before, of that version", 3, false, THERE(AT - 1, 3), false, true },
	{ "asked in the same moment", 3, false, THERE(AT, 2), true, true },
	{ "asked later, of that version", 3, false, THERE(AT + 1, 3), false, false },
	{ "asked later, of a later version", 3, false, THERE(AT + 1, 4), false, false },
	{ "asked later, of an older version", 3, false, THERE(AT + 1, 2), true, true },
	{ "the older version is the server's last word", 3, false, THERE(LATE, 2), false, false },
	{ "asked later, no version told", -1, false, THERE(AT + 1, 0), false, false },
	{ "asked before, no version told", -1, false, THERE(AT, 9), true, true },
	{ "not there before", 0, false, ABSENT(AT), true, true },
	{ "not there yet", 0, false, ABSENT(AT + 1), true, true },
	{ "not there after all", 0, false, ABSENT(LATE), false, false },
	{ "deleted, and not there", 3, true, ABSENT(AT - 1), false, true },
	{ "deleted, asked later", 3, true, ABSENT(AT + 1), false, false },
	{ "deleted, there before", 3, true, THERE(AT - 1, 2), true, true },
	{ "deleted, of that version", 3, true, THERE(AT - 1, 3), true, true },
	{ "deleted, still there", 3, true, THERE(AT + 1, 2), true, true },
	{ "deleted, there again", 3, true, THERE(AT + 1, 4), false, false },
};

START_TEST(changed_row)
{
	ck_assert_int_eq(note("x", rows[_i].version, rows[_i].is_deleted, AT), 0);
	ck_assert_msg(changed_wants(table, "x", &rows[_i].answer) == rows[_i].is_wanted, "%s",
		rows[_i].what);
	ck_assert(!changed_wants(table, "y", &rows[_i].answer));
	changed_settle(table, "x", &rows[_i].answer, AT + 1);
	ck_assert_msg(changed_count(table) == rows[_i].is_kept, "%s", rows[_i].what);
}
END_TEST

START_TEST(changed_knows_nothing)
{
	const struct changed_answer answer = THERE(1, 0);

	ck_assert(!changed_wants(NULL, "x", &answer));
	changed_settle(NULL, "x", &answer, 1);
	changed_drop(NULL, 1);
	changed_clear(NULL);
	ck_assert_uint_eq(changed_count(NULL), 0);
}
END_TEST

START_TEST(changed_counts_the_latest_event)
{
	const struct changed_answer old = THERE(AT + 1, 3), later = THERE(AT + 1, 5);

	ck_assert_int_eq(note("x", 3, true, AT), 0);
	ck_assert_int_eq(note("x", 5, false, AT), 0);
	ck_assert_uint_eq(changed_count(table), 1);
	ck_assert(changed_wants(table, "x", &old));
	ck_assert(!changed_wants(table, "x", &later));
}
END_TEST

START_TEST(changed_forgets_a_deletion_in_time)
{
	const struct changed_answer absent = ABSENT(AT - 1);

	ck_assert_int_eq(note("x", 3, true, AT), 0);
	changed_settle(table, "x", &absent, LATE);
	ck_assert_uint_eq(changed_count(table), 1);
	changed_settle(table, "x", &absent, LATE + 1);
	ck_assert_uint_eq(changed_count(table), 0);
}
END_TEST

START_TEST(changed_is_bounded)
{
	char id[16];

	for (int i = 0; i < CHANGED_MAX; i++) {
		snprintf(id, sizeof(id), "%d", i);
		ck_assert_int_eq(note(id, i, false, AT + (uint64_t)i), 0);
	}
	ck_assert_int_eq(note("more", 1, false, AT), -ENOBUFS);
	ck_assert_int_eq(note("7", 9, false, AT), 0);
	ck_assert_uint_eq(changed_count(table), CHANGED_MAX);
	/* Number 7 moved to AT, so all up to 99 are older. */
	changed_drop(table, LATE + 100);
	ck_assert_uint_eq(changed_count(table), CHANGED_MAX - 100);
	for (size_t i = 0; i < changed_count(table); i++)
		ck_assert_ptr_nonnull(changed_get_id(table, i));
	changed_clear(table);
	ck_assert_uint_eq(changed_count(table), 0);
	ck_assert_int_eq(note("more", 1, false, AT), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("changed");

	tcase_add_checked_fixture(tc, NULL, tear_down);
	tcase_add_loop_test(tc, changed_row, 0, N_ROWS(rows));
	tcase_add_test(tc, changed_knows_nothing);
	tcase_add_test(tc, changed_counts_the_latest_event);
	tcase_add_test(tc, changed_forgets_a_deletion_in_time);
	tcase_add_test(tc, changed_is_bounded);
	return suite_run(tc, "changed");
}
