#include "like.h"

#include <stddef.h>

/* The start of the next UTF-8 character. */
static const char *next_char(const char *text)
{
	text++;
	while (((unsigned char)*text & 0xC0) == 0x80)
		text++;
	return text;
}

/*
 * Matches one step of the pattern.  Returns the text behind it, or NULL, and
 * moves *pattern on.
 */
static const char *match_step(const char *text, const char **pattern)
{
	const char *p = *pattern;

	if (*text == '\0')
		return NULL;
	if (*p == '_') {
		*pattern = p + 1;
		return next_char(text);
	}
	if (*p == '\\' && p[1] != '\0')
		p++;
	if (*p != *text)
		return NULL;
	*pattern = p + 1;
	return text + 1;
}

/* A "%" is retried at each later character; only the last one has to be. */
static bool matches_from(const char *text, const char *pattern, bool open_end)
{
	const char *retry_text = NULL;
	const char *retry_pattern = NULL;

	for (;;) {
		const char *after;

		if (*pattern == '%') {
			retry_text = text;
			retry_pattern = ++pattern;
			continue;
		}
		if (*pattern == '\0' && (open_end || *text == '\0'))
			return true;
		after = *pattern != '\0' ? match_step(text, &pattern) : NULL;
		if (after != NULL) {
			text = after;
			continue;
		}
		if (retry_text == NULL || *retry_text == '\0')
			return false;
		retry_text = next_char(retry_text);
		text = retry_text;
		pattern = retry_pattern;
	}
}

bool like_matches(const char *text, const char *pattern, enum like_anchor anchor)
{
	if (anchor == LIKE_STARTS)
		return matches_from(text, pattern, true);

	for (;;) {
		if (matches_from(text, pattern, anchor == LIKE_CONTAINS))
			return true;
		if (*text == '\0')
			return false;
		text = next_char(text);
	}
}
