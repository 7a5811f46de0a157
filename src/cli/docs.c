#include "cli/docs.h"

#include <stdbool.h>
#include <string.h>

#include "cli/paths.h"

#define HELP_COLUMN 32
#define HELP_WIDTH 80

static const char before_options[] =
	"usage: squidexfs [-o opt[,opt...]] [URL] MOUNTPOINT\n"
	"       squidexfs --check [-o opt[,opt...]] [URL]\n"
	"       squidexfs --prefetch [-o opt[,opt...]] [URL]\n"
	"\n"
	"Mounts the content of a Squidex server as files. Unmount with\n"
	"fusermount3 -u MOUNTPOINT.\n"
	"\n"
	"  --check                       Try configuration, server, token, app, schemas;\n"
	"                                mount nothing\n"
	"  --prefetch                    Fill the cache with everything; mount nothing\n"
	"  -f                            Stay in the foreground, log to stderr\n"
	"  -d                            As -f, with libfuse's own trace\n"
	"  -s                            Serve with one thread\n"
	"  -V, --version                 Print versions\n"
	"  -h, --help                    Print this\n";

static const char after_options[] =
	"\n"
	"Mount options of libfuse and the kernel (ro, allow_other, nosuid, ...) are\n"
	"passed on. A TIME is in seconds, or has a unit: 500ms, 30s, 2m, 1h.\n"
	"\n"
	"Credentials, from the first place that has them:\n"
	"  -o client_id=,client_secret_file=\n"
	"  SQUIDEX_URL, SQUIDEX_APP, SQUIDEX_CLIENT_ID, SQUIDEX_CLIENT_SECRET\n"
	"  $CREDENTIALS_DIRECTORY/client_id and client_secret (systemd)\n"
	"  the configuration file: -o config=FILE, else $XDG_CONFIG_HOME/squidexfs/config\n"
	"  (by default in ~/.config), else " PATHS_SYSTEM_CONFIG "\n"
	"\n"
	"Exit status: 0 mounted, 2 usage or configuration, 3 credentials refused,\n"
	"4 server unreachable, 5 mount failed.\n"
	"\n"
	"The manual is squidexfs(1).\n";

/* Writes text word by word between the two columns; the cursor stands at column. */
static void write_wrapped(FILE *out, size_t column, const char *text)
{
	const char *gap = "";

	if (column >= HELP_COLUMN) {
		fputc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", (int)(HELP_COLUMN - column), "");
	column = HELP_COLUMN;
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column + strlen(gap) + len > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
			gap = "";
		}
		fprintf(out, "%s%.*s", gap, (int)len, text);
		column += strlen(gap) + len;
		gap = " ";
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void write_help_row(FILE *out, const struct option_def *def)
{
	char text[256];
	int column;

	column = fprintf(out, "  %s%s%s%s", def->place & OPTION_ON_COMMAND_LINE ? "-o " : "",
		def->name, def->metavar ? "=" : "", def->metavar ? def->metavar : "");
	snprintf(text, sizeof(text), "%s%s%s%s", def->help, def->initial ? " (default: " : "",
		def->initial ? def->initial : "", def->initial ? ")" : "");
	write_wrapped(out, column < 0 ? 0 : (size_t)column, text);
}

void docs_write_help(FILE *out)
{
	size_t n;
	const struct option_def *table = option_table(&n);

	fputs(before_options, out);
	for (enum option_group group = 0; group < OPTION_GROUPS; group++) {
		fprintf(out, "\n%s:\n", option_group_title(group));
		for (size_t i = 0; i < n; i++) {
			if (table[i].group == group && (table[i].place & OPTION_ON_COMMAND_LINE))
				write_help_row(out, &table[i]);
		}
	}
	fputs("\nOnly in a section of the configuration file:\n", out);
	for (size_t i = 0; i < n; i++) {
		if (table[i].place == OPTION_IN_FILE)
			write_help_row(out, &table[i]);
	}
	fputs(after_options, out);
}

static void write_choices(FILE *out, const struct option_def *def)
{
	/* Of a list, the help says what the words mean. */
	if (!def->choices || def->type == OPTION_ROOMS)
		return;
	fputs("One of\n", out);
	for (size_t i = 0; def->choices[i]; i++)
		fprintf(out, ".Cm %s %s\n", def->choices[i], def->choices[i + 1] ? "," : ".");
}

static void write_manual_row(FILE *out, const struct option_def *def)
{
	if (!(def->place & OPTION_ON_COMMAND_LINE))
		fprintf(out, ".It Cm %s No = Ar %s\n", def->name, def->metavar);
	else if (def->metavar)
		fprintf(out, ".It Fl o Cm %s Ns = Ns Ar %s\n", def->name, def->metavar);
	else
		fprintf(out, ".It Fl o Cm %s\n", def->name);
	fprintf(out, "%s.\n", def->help);
	write_choices(out, def);
	if (def->initial)
		fprintf(out, "The default is\n.Cm %s .\n", def->initial);
	if (def->place == OPTION_ANYWHERE)
		fputs("Also a key of the configuration file.\n", out);
}

static void write_manual_group(FILE *out, enum option_group group)
{
	size_t n;
	const struct option_def *table = option_table(&n);

	fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", option_group_title(group));
	for (size_t i = 0; i < n; i++) {
		if (table[i].group == group && (table[i].place & OPTION_ON_COMMAND_LINE))
			write_manual_row(out, &table[i]);
	}
	fputs(".El\n", out);
}

void docs_write_manual(FILE *out, enum option_place place)
{
	size_t n;
	const struct option_def *table = option_table(&n);

	if (place != OPTION_IN_FILE) {
		for (enum option_group group = 0; group < OPTION_GROUPS; group++)
			write_manual_group(out, group);
		return;
	}
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < n; i++) {
		if (table[i].place == OPTION_IN_FILE)
			write_manual_row(out, &table[i]);
	}
	fputs(".El\n", out);
}

void docs_write_words(FILE *out)
{
	size_t n;
	const struct option_def *table = option_table(&n);

	for (size_t i = 0; i < n; i++) {
		if (!(table[i].place & OPTION_ON_COMMAND_LINE))
			continue;
		if (!table[i].choices)
			fprintf(out, "%s%s ", table[i].name, table[i].metavar ? "=" : "");
		for (size_t j = 0; table[i].choices && table[i].choices[j]; j++)
			fprintf(out, "%s=%s ", table[i].name, table[i].choices[j]);
	}
}
