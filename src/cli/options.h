/*
 * The options of squidexfs: one row each in one table. From it come the parsing of -o and
 * of the configuration file, the range errors, --help, the OPTIONS section of the manual
 * and the shell completion; a test compares them all.
 *
 *	def = option_find("cache_ttl");
 *	option_check(def, "30s", directory, &text, err);	-- the value, made canonical
 *	option_store(def, text, &app_settings);
 *
 * The table is constant. Pure functions; any thread may call.
 */
#ifndef SQUIDEXFS_CLI_OPTIONS_H
#define SQUIDEXFS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum option_type {
	OPTION_FLAG,      /* bool: the name alone, or =yes, =no */
	OPTION_TEXT,      /* const char * */
	OPTION_PATH,      /* const char *, made absolute; must be readable */
	OPTION_CHOICE,    /* an enum: the index in choices */
	OPTION_COUNT,     /* unsigned */
	OPTION_ID,        /* uid_t or gid_t */
	OPTION_MODE,      /* mode_t, octal */
	OPTION_DURATION,  /* uint64_t, milliseconds */
	OPTION_SIZE,      /* uint64_t, bytes */
	OPTION_SLUGS,     /* const char *, names joined by ':' */
	OPTION_LANGUAGES, /* const char *, codes joined by ',' */
	OPTION_ROOMS,     /* const char *, some of choices joined by ',' */
};

/* Whose setting it is, and so which struct its offset is in (cli/settings.h). */
enum option_scope { OPTION_OF_MOUNT, OPTION_OF_APP };

/* Where it may be given. */
enum option_place {
	OPTION_ON_COMMAND_LINE = 1,
	OPTION_IN_FILE = 2,
	OPTION_ANYWHERE = 3,
};

enum option_group {
	OPTION_GROUP_SERVER,
	OPTION_GROUP_VIEW,
	OPTION_GROUP_SAVE,
	OPTION_GROUP_CACHE,
	OPTION_GROUP_MOUNT,
	OPTION_GROUP_NETWORK,
	OPTION_GROUPS,
};

struct option_def {
	const char *name;
	enum option_type type;
	enum option_scope scope;
	enum option_place place;
	enum option_group group;
	size_t offset;
	const char *initial;        /* as the user would write it; NULL: not set */
	uint64_t min, max;          /* of numbers; durations in milliseconds */
	const char *const *choices; /* ends with NULL */
	const char *metavar;        /* NULL: a flag */
	const char *help;           /* one line, no full stop */
};

/* A secret's offset: it is never stored among the settings. */
#define OPTION_NOT_STORED SIZE_MAX

/* All rows, in the order in which they are shown. */
const struct option_def *option_table(size_t *ret_n);
const char *option_group_title(enum option_group group);

const struct option_def *option_find(const char *name); /* NULL: no such */

/* The known name that is nearest to a mistyped one, or NULL if none is near. */
const char *option_suggest(const char *name, enum option_place place);

/*
 * Checks a value (NULL: the name stood alone) and gives it in its canonical form: paths
 * absolute (relative ones are taken from directory), lists with their own separator.
 * -EINVAL with a sentence; *ret_text is the caller's.
 */
int option_check(const struct option_def *def, const char *value, const char *directory,
	char **ret_text, struct error *err);

/* Stores a value that option_check gave; text is borrowed by settings. */
void option_store(const struct option_def *def, const char *text, void *settings);

/* Is word the next element of a list that a comma would end: "-o trace=api,net"? */
bool option_goes_on(const struct option_def *def, const char *word);

#endif
