#include "cli/progress_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/client.h"

/* In steps, so that it keeps its length while the numbers beside it grow. */
#define BAR_STEP 5
#define BAR_MAX 40
#define BAR_EDGES 3 /* "[] " */

/* Before that a rate is chance. */
#define RATE_FROM_MS 500

const char *progress_number(uint64_t number, char text[PROGRESS_NUMBER_SIZE])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *end = text;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*end++ = ',';
		*end++ = digits[i];
	}
	*end = '\0';
	return text;
}

static uint64_t count_pages(uint64_t n_items)
{
	return (n_items + CLIENT_PAGE_MAX - 1) / CLIENT_PAGE_MAX;
}

__attribute__((format(printf, 3, 4))) static void add(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, size - len, fmt, ap);
	va_end(ap);
}

/* "25/50 pages", or "25 pages" where the total is not known. */
static void add_count(char *text, size_t size, uint64_t n, uint64_t total, const char *what)
{
	char number[PROGRESS_NUMBER_SIZE];

	add(text, size, ", %s", progress_number(n, number));
	if (total > 0)
		add(text, size, "/%s", progress_number(total, number));
	add(text, size, " %s%s", what, n == 1 && total == 0 ? "" : "s");
}

static void add_time_left(char *text, size_t size, uint64_t s)
{
	if (s < 60)
		add(text, size, ", %" PRIu64 " s left", s);
	else if (s < 3600)
		add(text, size, ", %" PRIu64 ":%02" PRIu64 " min left", s / 60, s % 60);
	else
		add(text, size, ", %" PRIu64 ":%02" PRIu64 " h left", s / 3600, s / 60 % 60);
}

static void add_rate(char *text, size_t size, const struct progress_line *p)
{
	char number[PROGRESS_NUMBER_SIZE];
	uint64_t rate;

	if (p->elapsed_ms < RATE_FROM_MS || p->n_items == 0)
		return;
	rate = p->n_items * 1000 / p->elapsed_ms;
	add(text, size, ", %s/s", progress_number(rate, number));
	if (p->n_left > 0)
		add_time_left(text, size,
			((uint64_t)p->n_left * p->elapsed_ms / p->n_items + 999) / 1000);
}

/* What the width has room for beside so much text. */
static unsigned count_places(unsigned width, size_t used)
{
	size_t n = width > used + BAR_EDGES ? width - used - BAR_EDGES : 0;

	n -= n % BAR_STEP;
	return n < BAR_MAX ? (unsigned)n : BAR_MAX;
}

static void add_bar(char *text, size_t size, unsigned places, unsigned percent)
{
	unsigned n_full = places * percent / 100;

	if (places == 0)
		return;
	add(text, size, "[");
	for (unsigned i = 0; i < places; i++)
		add(text, size, i < n_full ? "#" : "-");
	add(text, size, "] ");
}

void progress_line_render(
	const struct progress_line *p, unsigned width, char *ret_line, size_t size)
{
	uint64_t total = p->n_left >= 0 ? p->n_items + (uint64_t)p->n_left : 0;
	unsigned percent = total > 0 ? (unsigned)(100 * p->n_items / total) : 0;
	char text[PROGRESS_LINE_MAX] = "";
	size_t used;

	if (total > 0)
		add(text, sizeof(text), ", %u%%", percent);
	add_count(text, sizeof(text), count_pages(p->n_items), count_pages(total), "page");
	add_count(text, sizeof(text), p->n_items, total, "item");
	add_rate(text, sizeof(text), p);
	ret_line[0] = '\0';
	add(ret_line, size, "%s ", p->name);
	/* The text begins with ", ". */
	used = strlen(ret_line) + strlen(text) - 2;
	add_bar(ret_line, size, total > 0 ? count_places(width, used) : 0, percent);
	add(ret_line, size, "%s", text + 2);
	if (width > 0 && width < strlen(ret_line))
		ret_line[width] = '\0';
}
