/*
 * Fills a template from the option table, at build time: squidexfs-generate FILE prints
 * the file with the lines @OPTIONS@, @KEYS@ and the words @WORDS@, @VERSION@ replaced.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/docs.h"

static bool fill(const char *name, size_t len)
{
	if (len == 7 && memcmp(name, "OPTIONS", len) == 0)
		docs_write_manual(stdout, OPTION_ON_COMMAND_LINE);
	else if (len == 4 && memcmp(name, "KEYS", len) == 0)
		docs_write_manual(stdout, OPTION_IN_FILE);
	else if (len == 5 && memcmp(name, "WORDS", len) == 0)
		docs_write_words(stdout);
	else if (len == 7 && memcmp(name, "VERSION", len) == 0)
		fputs(SQUIDEXFS_VERSION, stdout);
	else
		return false;
	return true;
}

/* A list fills its line: the newline behind its name is not wanted as well. */
static bool is_list(const char *name)
{
	return strcmp(name, "@OPTIONS@\n") == 0 || strcmp(name, "@KEYS@\n") == 0;
}

static void write_line(const char *line)
{
	while (*line) {
		size_t len = strcspn(line, "@");
		const char *end = line[len] ? strchr(line + len + 1, '@') : NULL;

		fwrite(line, 1, len, stdout);
		line += len;
		if (is_list(line)) {
			fill(line + 1, strlen(line) - 3);
			return;
		}
		if (end && fill(line + 1, (size_t)(end - line) - 1)) {
			line = end + 1;
		} else if (*line) {
			fputc('@', stdout);
			line++;
		}
	}
}

int main(int argc, char **argv)
{
	FILE *template = argc == 2 ? fopen(argv[1], "r") : NULL;
	char *line = NULL;
	size_t size = 0;

	if (!template) {
		fprintf(stderr, "usage: squidexfs-generate TEMPLATE\n");
		return 2;
	}
	while (getline(&line, &size, template) >= 0)
		write_line(line);
	free(line);
	fclose(template);
	return fflush(stdout) == 0 ? 0 : 1;
}
