#include "api/moment.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define YEAR_0_S (-62167219200)  /* 0000-01-01T00:00:00Z */
#define YEAR_9999_S 253402300799 /* 9999-12-31T23:59:59Z */

/* Reads exactly n digits and the character behind them. */
static bool read_number(const char **text, int n, char behind, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)**text))
			return false;
		value = 10 * value + (**text - '0');
		(*text)++;
	}
	if (behind && *(*text)++ != behind)
		return false;
	*ret_value = value;
	return true;
}

static bool is_end(const char *text)
{
	if (*text == '.') {
		text++;
		if (!isdigit((unsigned char)*text))
			return false;
		while (isdigit((unsigned char)*text))
			text++;
	}
	return text[0] == 'Z' && text[1] == '\0';
}

bool moment_parse(const char *text, int64_t *ret_s)
{
	struct tm tm = { 0 }, wanted;

	if (!read_number(&text, 4, '-', &tm.tm_year) || !read_number(&text, 2, '-', &tm.tm_mon) ||
		!read_number(&text, 2, 'T', &tm.tm_mday) ||
		!read_number(&text, 2, ':', &tm.tm_hour) ||
		!read_number(&text, 2, ':', &tm.tm_min) ||
		!read_number(&text, 2, '\0', &tm.tm_sec) || !is_end(text))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	wanted = tm;
	*ret_s = timegm(&tm);
	/* timegm takes the 30th of February for the 2nd of March: such a text is no moment. */
	return tm.tm_mon == wanted.tm_mon && tm.tm_mday == wanted.tm_mday &&
	       tm.tm_hour == wanted.tm_hour && tm.tm_min == wanted.tm_min &&
	       tm.tm_sec == wanted.tm_sec;
}

void moment_format(int64_t s, char text[MOMENT_TEXT_SIZE])
{
	time_t at = s < YEAR_0_S ? YEAR_0_S : s > YEAR_9999_S ? YEAR_9999_S : s;
	struct tm tm;

	gmtime_r(&at, &tm);
	snprintf(text, MOMENT_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		(tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		tm.tm_sec);
}
