#include "cli/figure.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/options.h"

static bool parse_number(const char *text, int base, uint64_t *ret_value)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoull(text, &end, base);
	if (*end != '\0')
		return false;
	*ret_value = errno == ERANGE ? UINT64_MAX : value;
	return true;
}

/* "30", "0.5", "500ms", "2m": digits with at most one point, then a unit. */
static bool parse_duration(const char *text, uint64_t *ret_ms)
{
	static const struct {
		const char *suffix;
		double ms;
	} units[] = { { "", 1e3 }, { "ms", 1 }, { "s", 1e3 }, { "m", 6e4 }, { "h", 3.6e6 } };
	size_t len = strspn(text, "0123456789.");
	const char *suffix = text + len;
	double value = 0, digit_worth = 0;

	if (len == 0 || !isdigit((unsigned char)text[len - 1]))
		return false;
	/* Not strtod: its decimal point depends on the locale. */
	for (const char *p = text; p < suffix; p++) {
		if (*p == '.' && digit_worth != 0)
			return false;
		if (*p == '.') {
			digit_worth = 1;
		} else if (digit_worth == 0) {
			value = value * 10 + (*p - '0');
		} else {
			digit_worth /= 10;
			value += (*p - '0') * digit_worth;
		}
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(suffix, units[i].suffix) == 0) {
			value *= units[i].ms;
			*ret_ms = value < 1e15 ? (uint64_t)(value + 0.5) : UINT64_MAX;
			return true;
		}
	}
	return false;
}

/* "0", "65536", "64K", "64M", "1G": whole numbers, then a unit. */
static bool parse_size(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMGT";
	size_t len = strspn(text, "0123456789");
	const char *unit = text[len] ? strchr(units, toupper((unsigned char)text[len])) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	char digits[32];

	if ((text[len] && !unit) || (unit && text[len + 1]) || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (!parse_number(digits, 10, ret_bytes))
		return false;
	*ret_bytes = *ret_bytes > UINT64_MAX >> shift ? UINT64_MAX : *ret_bytes << shift;
	return true;
}

/* A duration as its limits are best said: whole units where they fit. */
static void format_duration(uint64_t ms, char *text, size_t size)
{
	if (ms % 3600000 == 0 && ms > 0)
		snprintf(text, size, "%lluh", (unsigned long long)ms / 3600000);
	else if (ms % 1000 == 0)
		snprintf(text, size, "%llus", (unsigned long long)ms / 1000);
	else
		snprintf(text, size, "%llums", (unsigned long long)ms);
}

static void format_size(uint64_t bytes, char *text, size_t size)
{
	static const char units[] = "\0KMGT";
	size_t unit = 0;

	while (bytes > 0 && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, size, "%llu%.1s", (unsigned long long)bytes, &units[unit]);
}

static void format_limit(const struct option_def *def, uint64_t value, char *text, size_t size)
{
	if (def->type == OPTION_DURATION)
		format_duration(value, text, size);
	else if (def->type == OPTION_SIZE)
		format_size(value, text, size);
	else
		snprintf(text, size, def->type == OPTION_MODE ? "0%llo" : "%llu",
			(unsigned long long)value);
}

bool figure_parse(const struct option_def *def, const char *text, uint64_t *ret_value)
{
	if (def->type == OPTION_DURATION)
		return parse_duration(text, ret_value);
	if (def->type == OPTION_SIZE)
		return parse_size(text, ret_value);
	return parse_number(text, def->type == OPTION_MODE ? 8 : 10, ret_value);
}

static const char *rule(enum option_type type)
{
	switch (type) {
	case OPTION_DURATION:
		return "not a time such as 30, 0.5, 500ms, 2m or 1h";
	case OPTION_SIZE:
		return "not a size such as 0, 65536, 512K, 64M or 1G";
	case OPTION_MODE:
		return "not an octal number";
	default:
		return "not a whole number";
	}
}

int figure_check(const struct option_def *def, const char *value, struct error *err)
{
	char least[32], most[32];
	uint64_t figure;

	if (!figure_parse(def, value, &figure))
		return error_set(err, EINVAL, "%s=%s: %s", def->name, value, rule(def->type));
	if (figure >= def->min && figure <= def->max)
		return 0;
	format_limit(def, def->min, least, sizeof(least));
	format_limit(def, def->max, most, sizeof(most));
	return error_set(err, EINVAL, "%s=%s: out of range, which is %s to %s", def->name, value,
		least, most);
}
