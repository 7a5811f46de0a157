#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/suite.h"

static FILE *captured;

static void capture_stderr(void)
{
	captured = tmpfile();
	ck_assert_ptr_nonnull(captured);
	fflush(stderr);
	ck_assert_int_ge(dup2(fileno(captured), STDERR_FILENO), 0);
}

static const char *captured_text(void)
{
	static char text[8192];
	size_t len;

	fflush(stderr);
	rewind(captured);
	len = fread(text, 1, sizeof(text) - 1, captured);
	text[len] = '\0';
	return text;
}

static void close_captured(void)
{
	fclose(captured);
}

static const struct {
	const char *rooms;
	const char *room;
	bool is_traced;
} traces[] = {
	{ NULL, "net", false },
	{ "", "net", false },
	{ "net", "net", true },
	{ "net", "api", false },
	{ "api,net", "net", true },
	{ "api,net", "api", true },
	{ "all", "net", true },
	{ "api,all", "net", true },
	{ "network", "net", false },
	{ "net", "network", false },
	{ ",,net,", "net", true },
	{ "allnet", "net", false },
};

START_TEST(log_traces_the_rooms_that_were_asked_for)
{
	log_open(LOG_TO_STDERR, traces[_i].rooms);
	ck_assert_msg(log_is_traced(traces[_i].room) == traces[_i].is_traced, "'%s' in '%s'",
		traces[_i].room, traces[_i].rooms);
}
END_TEST

START_TEST(log_line_goes_to_stderr)
{
	log_open(LOG_TO_STDERR, NULL);
	log_line(LOG_WARN, "cannot read '%s'", "x");
	log_line(LOG_NOTE, "100%% done");
	ck_assert_str_eq(captured_text(), "squidexfs: cannot read 'x'\nsquidexfs: 100% done\n");
}
END_TEST

START_TEST(log_trace_names_its_room)
{
	log_open(LOG_TO_STDERR, "net");
	log_trace("net", "GET %d", 200);
	log_trace("api", "unheard");
	ck_assert_str_eq(captured_text(), "squidexfs: net: GET 200\n");
}
END_TEST

START_TEST(log_line_that_is_too_long_is_cut)
{
	char longer[5000];
	size_t len;

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_open(LOG_TO_STDERR, "net");
	log_trace("net", "%s", longer);
	len = strlen(captured_text());
	ck_assert_uint_gt(len, 2000);
	ck_assert_uint_lt(len, 2100);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("log");

	tcase_add_checked_fixture(tc, capture_stderr, close_captured);
	tcase_add_loop_test(tc, log_traces_the_rooms_that_were_asked_for, 0, N_ROWS(traces));
	tcase_add_test(tc, log_line_goes_to_stderr);
	tcase_add_test(tc, log_trace_names_its_room);
	tcase_add_test(tc, log_line_that_is_too_long_is_cut);
	return suite_run(tc, "log");
}
