#ifndef EMULATOR_LIKE_H
#define EMULATOR_LIKE_H

/*
 * SQL LIKE.  The server puts the text of a query into the pattern as it is, so
 * "%", "_" and "\" in it keep their meaning.
 */

#include <stdbool.h>

/* Where the pattern may match: "%" is added at the other ends. */
enum like_anchor { LIKE_CONTAINS, LIKE_STARTS, LIKE_ENDS };

bool like_matches(const char *text, const char *pattern, enum like_anchor anchor);

#endif
