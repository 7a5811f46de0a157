#include <string.h>

#include "cli/options.h"

#define WORD_MAX 32

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance, row by row. */
static size_t distance(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b);
	size_t row[WORD_MAX + 1];

	if (len_a > WORD_MAX || len_b > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= len_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			size_t above = row[j];
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			row[j] = min3(above + 1, row[j - 1] + 1, change);
			diagonal = above;
		}
	}
	return row[len_b];
}

const char *option_suggest(const char *name, enum option_place place)
{
	/* Two slips at most, and fewer in a short word: anything is near to "uid". */
	size_t best = strlen(name) < 5 ? 2 : 3;
	const char *found = NULL;
	size_t n;
	const struct option_def *table = option_table(&n);

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(name, table[i].name);

		if ((table[i].place & place) && d < best) {
			best = d;
			found = table[i].name;
		}
	}
	return found;
}
