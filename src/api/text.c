#include "api/text.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t text_utf8_len(const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	unsigned char low = 0x80, high = 0xbf; /* what the second byte may be */
	size_t want;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	want = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	if (p[0] == 0xed)
		high = 0x9f;
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xf4)
		high = 0x8f;
	if (len < want || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < want; i++) {
		if (!is_continuation(p[i]))
			return 0;
	}
	return want;
}

static int add_escape(struct buf *b, unsigned char c)
{
	static const char short_forms[][3] = {
		['"'] = "\\\"",
		['\\'] = "\\\\",
		['\b'] = "\\b",
		['\f'] = "\\f",
		['\n'] = "\\n",
		['\r'] = "\\r",
		['\t'] = "\\t",
	};
	char hex[8];

	if (short_forms[c][0])
		return buf_add(b, short_forms[c], 2);
	snprintf(hex, sizeof(hex), "\\u%04x", c);
	return buf_add(b, hex, 6);
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))
#define TOP_BITS EACH_BYTE(0x80)

static uint64_t find_zeros(uint64_t bytes)
{
	return (bytes - EACH_BYTE(1)) & ~bytes & TOP_BITS;
}

/*
 * The top bit of each byte that is not plain. Bits above the lowest one may be wrong, as differences borrow
 * from there.
 */
static uint64_t find_special(uint64_t bytes)
{
	return (bytes & TOP_BITS) | ((bytes - EACH_BYTE(' ')) & TOP_BITS) |
	       find_zeros(bytes ^ EACH_BYTE('"')) | find_zeros(bytes ^ EACH_BYTE('\\'));
}

/* Eight at once, the first of them the lowest. */
size_t text_plain_len(const char *str, size_t len)
{
	size_t i = 0;

	for (uint64_t bytes; len - i >= sizeof(bytes); i += sizeof(bytes)) {
		uint64_t special;

		memcpy(&bytes, str + i, sizeof(bytes));
		special = find_special(le64toh(bytes));
		if (special)
			return i + (size_t)__builtin_ctzll(special) / 8;
	}
	while (i < len && is_plain((unsigned char)str[i]))
		i++;
	return i;
}

/* Length of the run that can stand as it is. */
static size_t valid_len(const char *str, size_t len)
{
	size_t i = text_plain_len(str, len);

	while (i < len && (unsigned char)str[i] >= 0x80) {
		size_t n = text_utf8_len(str + i, len - i);

		if (n == 0)
			break;
		i += n;
		i += text_plain_len(str + i, len - i);
	}
	return i;
}

int text_add_string(struct buf *b, const char *str, size_t len)
{
	int ret = buf_add_char(b, '"');

	while (ret == 0 && len > 0) {
		size_t n = valid_len(str, len);

		ret = buf_add(b, str, n);
		str += n;
		len -= n;
		if (ret < 0 || len == 0)
			break;
		if ((unsigned char)*str < 0x80)
			ret = add_escape(b, (unsigned char)*str);
		else
			ret = buf_add_str(b, REPLACEMENT);
		str++;
		len--;
	}
	if (ret < 0)
		return ret;
	return buf_add_char(b, '"');
}

/* with_comma: 1, or 0. */
static int add_line(struct buf *b, size_t depth, size_t with_comma)
{
	static const char spaces[] = ",\n                                ";
	static const size_t n_max = sizeof(spaces) - sizeof(",\n");
	size_t n = 2 * depth;
	size_t first = n < n_max ? n : n_max;
	int ret = buf_add(b, spaces + 1 - with_comma, with_comma + 1 + first);

	for (n -= first; ret == 0 && n > 0; n -= first) {
		first = n < n_max ? n : n_max;
		ret = buf_add(b, spaces + 2, first);
	}
	return ret;
}

int text_add_line(struct buf *b, size_t depth)
{
	return add_line(b, depth, 0);
}

int text_add_next_line(struct buf *b, size_t depth, size_t n_before)
{
	return add_line(b, depth, n_before > 0);
}
