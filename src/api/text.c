#include "api/text.h"

#include <stdbool.h>
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

/* Length of the run that can stand as it is. */
static size_t plain_len(const char *str, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t n = 1;

		if (!is_plain((unsigned char)str[i])) {
			if ((unsigned char)str[i] < 0x80)
				break;
			n = text_utf8_len(str + i, len - i);
			if (n == 0)
				break;
		}
		i += n;
	}
	return i;
}

int text_add_string(struct buf *b, const char *str, size_t len)
{
	int ret = buf_add(b, "\"", 1);

	while (ret == 0 && len > 0) {
		size_t n = plain_len(str, len);

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
	return buf_add(b, "\"", 1);
}

int text_add_line(struct buf *b, size_t depth)
{
	static const char spaces[] = "\n                                ";
	size_t n = 2 * depth;
	size_t first = n < sizeof(spaces) - 2 ? n : sizeof(spaces) - 2;
	int ret = buf_add(b, spaces, 1 + first);

	for (n -= first; ret == 0 && n > 0; n -= first) {
		first = n < sizeof(spaces) - 2 ? n : sizeof(spaces) - 2;
		ret = buf_add(b, spaces + 1, first);
	}
	return ret;
}
