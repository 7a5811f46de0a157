#include "tree/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "support/pretended.h"
#include "support/suite.h"

static struct pretended_clock pretended;
static struct event_log *events;
static char *text;

static void set_up(void)
{
	pretended_clock_init(&pretended);
	events = event_log_new(&pretended.clock);
	text = malloc(EVENT_LOG_HARD_MAX + 1);
	ck_assert_ptr_nonnull(events);
	ck_assert_ptr_nonnull(text);
}

static void tear_down(void)
{
	event_log_free(events);
	free(text);
}

static void add(const char *id, int64_t version)
{
	const struct event_report report = {
		.time_s = 1795549416,
		.app = "shop",
		.schema = "recipes",
		.id = id,
		.type = "UPDATED",
		.status = "",
		.version = version,
	};

	event_log_add(events, &report);
}

static size_t size(void)
{
	int64_t modified_s;

	return event_log_size(events, &modified_s);
}

/* What there is from there on. */
static const char *read_from(uint64_t offset)
{
	text[event_log_read(events, offset, text, EVENT_LOG_HARD_MAX)] = '\0';
	return text;
}

#define LINE(id, version)                                                                         \
	"{\"time\":\"2026-11-24T19:43:36Z\",\"app\":\"shop\",\"schema\":\"recipes\",\"id\":\"" id \
	"\",\"type\":\"UPDATED\",\"version\":" version "}\n"

START_TEST(events_are_appended)
{
	int64_t modified_s = -1;
	size_t first;

	ck_assert_uint_eq(event_log_size(events, &modified_s), 0);
	ck_assert_int_eq(modified_s, 0);
	ck_assert_str_eq(read_from(0), "");
	add("a", 1);
	first = event_log_size(events, &modified_s);
	ck_assert_int_eq(modified_s, 1795549416);
	ck_assert_str_eq(read_from(0), LINE("a", "1"));
	add("a\n\"b\"", 2);
	ck_assert_str_eq(read_from(first), LINE("a\\n\\\"b\\\"", "2"));
	ck_assert_str_eq(read_from(0), LINE("a", "1") LINE("a\\n\\\"b\\\"", "2"));
	ck_assert_str_eq(read_from(size()), "");
	ck_assert_str_eq(read_from(size() + 1), "");
	ck_assert_uint_eq(event_log_read(events, 3, text, 4), 4);
	ck_assert_int_eq(memcmp(text, "ime\"", 4), 0);
}
END_TEST

START_TEST(events_leave_out_what_is_not_known)
{
	const struct event_report bare = { .app = "shop",
		.schema = "recipes",
		.id = "",
		.type = "",
		.status = "",
		.version = -1 };
	const struct event_report whole = {
		.app = "shop",
		.schema = "recipes",
		.id = "x",
		.type = "DELETED",
		.status = "Draft",
		.version = 7,
		.modified_s = 1795549416,
	};

	event_log_add(events, &bare);
	event_log_add(events, &whole);
	ck_assert_str_eq(read_from(0),
		"{\"time\":\"1970-01-01T00:00:00Z\",\"app\":\"shop\",\"schema\":\"recipes\"}\n"
		"{\"time\":\"1970-01-01T00:00:00Z\",\"app\":\"shop\",\"schema\":\"recipes\",\"id\":"
		"\"x\",\"type\":\"DELETED\",\"status\":\"Draft\",\"version\":7,\"lastModified\":"
		"\"2026-11-24T19:43:36Z\"}\n");
}
END_TEST

static void count(void *payload)
{
	++*(int *)payload;
}

START_TEST(events_wait_for_the_listener)
{
	int n_added = 0;

	event_log_listen(events, count, &n_added);
	add("a", 1);
	add("b", 2);
	ck_assert_int_eq(n_added, 2);
	ck_assert_uint_eq(size(), 0);
	ck_assert_str_eq(read_from(0), "");
	event_log_show(events);
	ck_assert_str_eq(read_from(0), LINE("a", "1") LINE("b", "2"));
	event_log_listen(events, NULL, NULL);
	add("c", 3);
	ck_assert_int_eq(n_added, 2);
	ck_assert_str_eq(read_from(0), LINE("a", "1") LINE("b", "2") LINE("c", "3"));
}
END_TEST

/* Numbers of the lines that are there, which follow one another. */
static void get_range(int64_t *ret_first, int64_t *ret_last)
{
	const char *line = read_from(0);

	*ret_first = *ret_last = -1;
	while (*line) {
		const char *version = strstr(line, "\"version\":");
		int64_t n = strtoll(version + strlen("\"version\":"), NULL, 10);

		ck_assert(*ret_first < 0 || n == *ret_last + 1);
		if (*ret_first < 0)
			*ret_first = n;
		*ret_last = n;
		line = strchr(line, '\n') + 1;
	}
}

/* Until it has become shorter; the next number. */
static int64_t fill(int64_t version)
{
	size_t before;

	do {
		before = size();
		add("a", version++);
	} while (size() > before);
	return version;
}

START_TEST(events_lose_their_older_half)
{
	int64_t end = fill(0), first, last;

	get_range(&first, &last);
	ck_assert_int_eq(last, end - 1);
	ck_assert_int_gt(first, end / 2 - 10);
	ck_assert_int_lt(first, end / 2 + 10);
}
END_TEST

/* What a follower reads: he begins anew when it has become shorter. */
struct follower {
	uint64_t offset;
	int64_t next;
	size_t n_cuts;
};

static void follow(struct follower *follower)
{
	if (size() < follower->offset) {
		follower->offset = 0;
		follower->n_cuts++;
	}
	for (const char *line = read_from(follower->offset); *line; line = strchr(line, '\n') + 1) {
		const char *number = strstr(line, "\"version\":") + strlen("\"version\":");

		ck_assert_int_eq(strtoll(number, NULL, 10), follower->next);
		follower->next++;
	}
	follower->offset = size();
}

START_TEST(events_lose_what_was_read)
{
	struct follower follower = { 0 };

	for (int64_t version = 0; version < 30000; version++) {
		add("a", version);
		if (version % 100 == 0)
			follow(&follower);
		if (version % 1000 == 0)
			pretended_clock_advance(&pretended, EVENT_LOG_QUIET_MS);
	}
	follow(&follower);
	ck_assert_int_eq(follower.next, 30000);
	ck_assert_uint_ge(follower.n_cuts, 2);
	ck_assert_uint_lt(size(), EVENT_LOG_MAX * 3 / 2);
}
END_TEST

START_TEST(events_are_not_cut_while_they_are_read)
{
	struct follower follower = { 0 };

	for (int64_t version = 0; version < 12000; version++) {
		add("a", version);
		if (version % 100 == 0)
			follow(&follower);
	}
	ck_assert_uint_gt(size(), EVENT_LOG_MAX);
	ck_assert_uint_eq(follower.n_cuts, 0);
	pretended_clock_advance(&pretended, EVENT_LOG_QUIET_MS);
	add("a", 12000);
	follow(&follower);
	ck_assert_int_eq(follower.next, 12001);
	ck_assert_uint_eq(follower.n_cuts, 1);
}
END_TEST

START_TEST(events_forget_who_reads_no_more)
{
	int64_t end, first, last;

	add("a", 0);
	read_from(0);
	pretended_clock_advance(&pretended, EVENT_LOG_FOLLOWER_MS);
	end = fill(1);
	get_range(&first, &last);
	ck_assert_int_gt(first, end / 2 - 10);
	ck_assert_uint_lt(size(), EVENT_LOG_MAX);
}
END_TEST

START_TEST(events_do_not_wait_for_who_is_slow)
{
	int64_t end, first, last;

	add("a", 0);
	read_from(0);
	pretended_clock_advance(&pretended, EVENT_LOG_QUIET_MS);
	end = fill(1);
	get_range(&first, &last);
	ck_assert_int_gt(first, end / 2 - 10);
	ck_assert_int_eq(last, end - 1);
	ck_assert_uint_gt(size(), EVENT_LOG_MAX);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("events");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, events_are_appended);
	tcase_add_test(tc, events_leave_out_what_is_not_known);
	tcase_add_test(tc, events_wait_for_the_listener);
	tcase_add_test(tc, events_lose_their_older_half);
	tcase_add_test(tc, events_lose_what_was_read);
	tcase_add_test(tc, events_are_not_cut_while_they_are_read);
	tcase_add_test(tc, events_forget_who_reads_no_more);
	tcase_add_test(tc, events_do_not_wait_for_who_is_slow);
	return suite_run(tc, "events");
}
