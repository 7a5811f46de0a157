/*
 * The spelling of JSON text: strings and line breaks, added to a buffer.
 *
 * Strings are escaped as little as JSON allows: control characters, the quote and the
 * backslash; '/' and UTF-8 stand as they are. Bytes that are not UTF-8 become U+FFFD, so that
 * what comes out is JSON whatever went in (a path may hold any bytes).
 * All return 0, -EFBIG over the buffer's ceiling or -ENOMEM. Pure functions.
 */
#ifndef SQUIDEXFS_API_TEXT_H
#define SQUIDEXFS_API_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* What may stand between JSON's values. */
static inline bool text_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Adds the string with its quotes. */
int text_add_string(struct buf *b, const char *str, size_t len);

/* Adds a line break and two spaces for each level. */
int text_add_line(struct buf *b, size_t depth);

/* The same before a member or an element, with a comma where there are some before it. */
int text_add_next_line(struct buf *b, size_t depth, size_t n_before);

/*
 * Length of the UTF-8 character at the beginning of the bytes, 0 if they do not begin
 * with one (RFC 3629: no surrogates, no overlong forms). len > 0.
 */
size_t text_utf8_len(const char *bytes, size_t len);

/*
 * Length of the run of ASCII that stands in a JSON string as it is: no control character, quote
 * or backslash.
 */
size_t text_plain_len(const char *str, size_t len);

#endif
