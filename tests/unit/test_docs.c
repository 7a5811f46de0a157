#include "cli/docs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static void write_manual(FILE *out)
{
	docs_write_manual(out, OPTION_ON_COMMAND_LINE);
	docs_write_manual(out, OPTION_IN_FILE);
}

static const struct {
	const char *what;
	void (*write)(FILE *out);
	const char *option; /* how a row looks in it; %s is the name */
	const char *key;    /* NULL: keys of the file are not in it */
} texts[] = {
	{ "the help", docs_write_help, "\n  -o %s", "\n  %s=" },
	{ "the manual", write_manual, "\n.It Fl o Cm %s", "\n.It Cm %s No" },
	{ "the completion", docs_write_words, " %s", NULL },
};

/* Is the name in the text in this form, as a whole word? */
static bool has_row(const char *text, const char *form, const char *name)
{
	char row[128];
	const char *found;
	size_t len;

	snprintf(row, sizeof(row), "%.*s%s%s", (int)(strstr(form, "%s") - form), form, name,
		strstr(form, "%s") + 2);
	len = strlen(row);
	for (found = strstr(text, row); found; found = strstr(found + 1, row)) {
		if (row[len - 1] == '=' || strchr(" =\n", found[len]))
			return true;
	}
	return false;
}

START_TEST(docs_name_every_option)
{
	size_t n, size;
	const struct option_def *table = option_table(&n);
	char *text;
	FILE *out = open_memstream(&text, &size);

	fputc(' ', out);
	texts[_i].write(out);
	fclose(out);
	for (size_t i = 0; i < n; i++) {
		const char *form = table[i].place & OPTION_ON_COMMAND_LINE ? texts[_i].option
									   : texts[_i].key;

		if (form)
			ck_assert_msg(has_row(text, form, table[i].name), "%s lacks %s",
				texts[_i].what, table[i].name);
	}
	free(text);
}
END_TEST

START_TEST(docs_help_fits_a_terminal)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	docs_write_help(out);
	fclose(out);
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		ck_assert_msg(strcspn(line, "\n") <= 80, "%.*s", (int)strcspn(line, "\n"), line);
	free(text);
}
END_TEST

START_TEST(docs_rows_are_whole)
{
	size_t n;
	const struct option_def *table = option_table(&n);

	for (size_t i = 0; i < n; i++) {
		ck_assert_msg(table[i].help && table[i].place, "%s", table[i].name);
		ck_assert_msg(
			(table[i].type == OPTION_FLAG) == !table[i].metavar, "%s", table[i].name);
		ck_assert_msg(table[i].help[strlen(table[i].help) - 1] != '.', "%s", table[i].name);
		ck_assert_ptr_eq(option_find(table[i].name), &table[i]);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("docs");

	tcase_add_loop_test(tc, docs_name_every_option, 0, N_ROWS(texts));
	tcase_add_test(tc, docs_help_fits_a_terminal);
	tcase_add_test(tc, docs_rows_are_whole);
	return suite_run(tc, "docs");
}
