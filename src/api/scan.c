#include "api/scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "api/text.h"
#include "base/buf.h"

/* Digits of an integer that 64 bits hold whatever they are. */
#define SAFE_DIGITS 18

/* What json-c 0.16 allocates, about: objects come with a table of 16 entries, arrays with 32. */
#define OBJECT_MEMORY 800
#define ARRAY_MEMORY 300
#define VALUE_MEMORY 160 /* with its key, and its share of a table that grew */

struct scan {
	const char *json;
	size_t len;
	size_t at;
	const struct scan_limits *limits;
	size_t depth;
	size_t memory;
	struct buf *marked;
	size_t n_copied; /* of json, to marked */
	const char *reason;
};

static int refuse(struct scan *s, int errnum, const char *reason)
{
	s->reason = reason;
	return -errnum;
}

static char peek(const struct scan *s)
{
	return s->at < s->len ? s->json[s->at] : '\0';
}

static size_t skip_digits(struct scan *s)
{
	size_t from = s->at;

	while (isdigit((unsigned char)peek(s)))
		s->at++;
	return s->at - from;
}

static int add_mark(struct scan *s)
{
	int ret = buf_add(s->marked, s->json + s->n_copied, s->at - s->n_copied);

	if (ret == 0)
		ret = buf_add_str(s->marked, SCAN_NUMBER_MARK);
	if (ret < 0)
		return refuse(s, -ret, "out of memory");
	s->n_copied = s->at;
	return 0;
}

/* RFC 8259, section 6. */
static int scan_number(struct scan *s)
{
	static const char not_a_number[] = "not a JSON number";
	bool is_negative = peek(s) == '-';
	bool is_integer = true;
	size_t n_digits;
	char first;

	if (is_negative)
		s->at++;
	first = peek(s);
	n_digits = skip_digits(s);
	if (n_digits == 0 || (first == '0' && n_digits > 1))
		return refuse(s, EIO, not_a_number);
	if (peek(s) == '.') {
		is_integer = false;
		s->at++;
		if (skip_digits(s) == 0)
			return refuse(s, EIO, not_a_number);
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		is_integer = false;
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (skip_digits(s) == 0)
			return refuse(s, EIO, not_a_number);
	}
	if (is_integer && (n_digits > SAFE_DIGITS || (is_negative && first == '0')))
		return add_mark(s);
	return 0;
}

static bool is_key(const struct scan *s)
{
	size_t at = s->at;

	while (at < s->len && text_is_blank(s->json[at]))
		at++;
	return at < s->len && s->json[at] == ':';
}

/* Called at a backslash; leaves the character behind it to be skipped by the caller. */
static bool is_nul_escape(const struct scan *s)
{
	return s->len - s->at >= 6 && memcmp(s->json + s->at, "\\u0000", 6) == 0;
}

static int scan_string(struct scan *s)
{
	bool has_nul = false;

	s->at++;
	while (s->at < s->len) {
		size_t n = 2;

		s->at += text_plain_len(s->json + s->at, s->len - s->at);
		if (s->at == s->len || s->json[s->at] == '"')
			break;
		if ((unsigned char)s->json[s->at] < ' ')
			return refuse(s, EIO, "control character in a string");
		if (s->json[s->at] == '\\')
			has_nul = has_nul || is_nul_escape(s);
		else
			n = text_utf8_len(s->json + s->at, s->len - s->at);
		if (n == 0)
			return refuse(s, EIO, "not UTF-8");
		s->at += n;
	}
	if (s->at >= s->len) {
		s->at = s->len;
		return refuse(s, EIO, "ends in the middle of a string");
	}
	s->at++;
	if (has_nul && is_key(s))
		return refuse(s, EIO, "a key holds U+0000");
	return 0;
}

static int open_level(struct scan *s, size_t memory)
{
	s->depth++;
	s->memory += memory;
	if (s->depth > s->limits->depth)
		return refuse(s, EIO, "nested too deep");
	s->at++;
	return 0;
}

static int scan_token(struct scan *s)
{
	char c = s->json[s->at];

	switch (c) {
	case '"':
		return scan_string(s);
	case '{':
		return open_level(s, OBJECT_MEMORY);
	case '[':
		return open_level(s, ARRAY_MEMORY);
	case '}':
	case ']':
		s->depth -= s->depth > 0;
		break;
	case ',':
		s->memory += VALUE_MEMORY;
		break;
	case 'N':
	case 'I':
		return refuse(s, EIO, "not a JSON value");
	default:
		if (c == '-' || isdigit((unsigned char)c))
			return scan_number(s);
		break;
	}
	s->at++;
	return 0;
}

/* Not in the middle of a word: true, false, null. */
static bool is_end(const struct scan *s)
{
	return s->depth == 0 && !(isalpha((unsigned char)s->json[s->at - 1]) && isalpha(peek(s)));
}

static int scan_value(struct scan *s)
{
	while (text_is_blank(peek(s)))
		s->at++;
	while (s->at < s->len) {
		int ret = scan_token(s);

		if (ret < 0)
			return ret;
		if (s->memory > s->limits->tree_memory)
			return refuse(s, EFBIG, "too many values");
		if (is_end(s))
			break;
	}
	if (s->n_copied == 0)
		return 0;
	if (buf_add(s->marked, s->json + s->n_copied, s->at - s->n_copied) < 0)
		return refuse(s, ENOMEM, "out of memory");
	return 0;
}

int scan_json(const char *json, size_t len, const struct scan_limits *limits,
	struct buf *ret_marked, const char **ret_reason, size_t *ret_at)
{
	struct scan s = { .json = json, .len = len, .limits = limits, .marked = ret_marked };
	int ret = scan_value(&s);

	if (ret < 0)
		*ret_reason = s.reason;
	*ret_at = s.at;
	return ret;
}
