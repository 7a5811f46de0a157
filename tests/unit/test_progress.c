#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress_line.h"
#include "support/pretended.h"
#include "support/suite.h"

static const struct {
	struct progress_line progress;
	unsigned width;
	const char *line;
} lines[] = {
	{ { "recipes", 0, -1, 0 }, 79, "recipes 0 pages, 0 items" },
	{ { "recipes", 200, -1, 400 }, 79, "recipes 1 page, 200 items" },
	{ { "recipes", 1234567, -1, 1000 }, 79,
		"recipes 6,173 pages, 1,234,567 items, 1,234,567/s" },
	{ { "recipes", 200, 800, 400 }, 79,
		"recipes [#######----------------------------] 20%, 1/5 pages, 200/1,000 items" },
	{ { "recipes", 5000, 5000, 4000 }, 79,
		"recipes [#####-----] 50%, 25/50 pages, 5,000/10,000 items, 1,250/s, 4 s left" },
	{ { "recipes", 10000, 0, 4000 }, 200,
		"recipes [########################################] 100%, 50/50 pages, "
		"10,000/10,000 items, 2,500/s" },
	{ { "recipes", 5000, 5000, 4000 }, 0,
		"recipes 50%, 25/50 pages, 5,000/10,000 items, 1,250/s, 4 s left" },
	{ { "recipes", 5000, 5000, 4000 }, 30, "recipes 50%, 25/50 pages, 5,00" },
	{ { "recipes", 5000, 5000, 4000 }, 1, "r" },
	{ { "a", 100, 900, 60000 }, 0, "a 10%, 1/5 pages, 100/1,000 items, 1/s, 9:00 min left" },
	{ { "a", 100, 900, 600000 }, 0, "a 10%, 1/5 pages, 100/1,000 items, 0/s, 1:30 h left" },
	{ { "a", 1, 0, 0 }, 40, "a [#####] 100%, 1/1 pages, 1/1 items" },
	{ { "a", 0, 0, 900 }, 40, "a 0 pages, 0 items" },
};

START_TEST(progress_line_fits_the_width)
{
	char line[PROGRESS_LINE_MAX];

	progress_line_render(&lines[_i].progress, lines[_i].width, line, sizeof(line));
	ck_assert_str_eq(line, lines[_i].line);
}
END_TEST

START_TEST(progress_line_is_cut_to_its_memory)
{
	char line[20];

	progress_line_render(&lines[4].progress, 79, line, sizeof(line));
	ck_assert_str_eq(line, "recipes [#####-----");
}
END_TEST

static const struct {
	uint64_t number;
	const char *text;
} numbers[] = {
	{ 0, "0" },
	{ 999, "999" },
	{ 1000, "1,000" },
	{ 123456, "123,456" },
	{ UINT64_MAX, "18,446,744,073,709,551,615" },
};

START_TEST(progress_number_is_grouped)
{
	char text[PROGRESS_NUMBER_SIZE];

	ck_assert_str_eq(progress_number(numbers[_i].number, text), numbers[_i].text);
}
END_TEST

/* Where there is no terminal: a line every five seconds, and what each part leaves. */
START_TEST(progress_writes_plain_lines)
{
	struct pretended_clock time;
	struct progress *progress;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	pretended_clock_init(&time);
	ck_assert_int_eq(progress_new(out, &time.clock, &progress, NULL), 0);
	progress_tick(progress);
	progress_begin(progress, "recipes");
	progress_set(progress, 200, 800);
	for (int i = 0; i < 99; i++) {
		pretended_clock_advance(&time, 100);
		progress_tick(progress);
	}
	ck_assert_str_eq(text, "recipes 20%, 1/5 pages, 200/1,000 items, 40/s, 20 s left\n");
	progress_end(progress, "recipes: 1,000 items");
	pretended_clock_advance(&time, PROGRESS_PLAIN_MS);
	progress_tick(progress);
	progress_begin(progress, "authors");
	progress_end(progress, NULL);
	ck_assert_str_eq(strchr(text, '\n') + 1, "recipes: 1,000 items\n");
	progress_free(progress);
	fclose(out);
	free(text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("progress");

	tcase_add_loop_test(tc, progress_line_fits_the_width, 0, N_ROWS(lines));
	tcase_add_test(tc, progress_line_is_cut_to_its_memory);
	tcase_add_loop_test(tc, progress_number_is_grouped, 0, N_ROWS(numbers));
	tcase_add_test(tc, progress_writes_plain_lines);
	return suite_run(tc, "progress");
}
