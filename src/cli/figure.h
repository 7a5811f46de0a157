/*
 * The values of options that are figures: counts, ids, modes, durations and sizes.
 *
 *	figure_check(def, "30s", err);
 *	figure_parse(def, "30s", &ms);
 *
 * Pure functions; any thread may call.
 */
#ifndef SQUIDEXFS_CLI_FIGURE_H
#define SQUIDEXFS_CLI_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct option_def;

/* false: the text is none. What is too large for 64 bits is UINT64_MAX. */
bool figure_parse(const struct option_def *def, const char *text, uint64_t *ret_value);

/* -EINVAL with a sentence where it is none, or out of the option's range. */
int figure_check(const struct option_def *def, const char *value, struct error *err);

#endif
