/*
 * The option table as text for users: --help, the lists of the manual, the words of the
 * shell completion. Nothing of it is typed a second time.
 *
 *	docs_write_help(stdout);
 *	docs_write_manual(out, OPTION_ON_COMMAND_LINE);		-- an mdoc(7) list
 *	docs_write_words(out);					-- "cache_ttl= flatten ..."
 */
#ifndef SQUIDEXFS_CLI_DOCS_H
#define SQUIDEXFS_CLI_DOCS_H

#include <stdio.h>

#include "cli/options.h"

/* At most 80 columns. */
void docs_write_help(FILE *out);

/* Command line: all options, by group. File: the keys that are no options besides. */
void docs_write_manual(FILE *out, enum option_place place);

/* Options of -o for a completion; those with a value end in '=', choices are spelt out. */
void docs_write_words(FILE *out);

#endif
