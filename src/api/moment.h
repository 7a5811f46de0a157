/*
 * Moments as the API writes them: ISO 8601 in UTC, "2026-11-24T19:38:58Z".
 * Pure functions.
 */
#ifndef SQUIDEXFS_API_MOMENT_H
#define SQUIDEXFS_API_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define MOMENT_TEXT_SIZE 32

/* A fraction of a second is dropped. False if the text is not such a moment. */
bool moment_parse(const char *text, int64_t *ret_s);

/* Years outside of 0 to 9999 are written as the nearest moment inside. */
void moment_format(int64_t s, char text[MOMENT_TEXT_SIZE]);

#endif
