#include "reader.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Line and byte are counted from 0, at the place where reading stopped. */
int reader_fail(struct reader *r, const char *format, ...)
{
	const char *line_start = r->start;
	unsigned line = 0;
	char text[512];
	va_list args;

	for (const char *q = r->start; q < r->p; q++) {
		if (*q != '\n')
			continue;
		line++;
		line_start = q + 1;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_printf(&r->message, "%s Path: %s | LineNumber: %u | BytePositionInLine: %zu.", text,
		r->path.bytes, line, (size_t)(r->p - line_start));
	return -1;
}

int reader_fail_open(struct reader *r)
{
	return reader_fail(r,
		"Expected depth to be zero at the end of the JSON payload. There is an open "
		"JSON object or array that should be closed.");
}

int reader_refuse(struct reader *r, const char *type)
{
	return reader_fail(r, "The JSON value could not be converted to %s.", type);
}

void reader_skip_space(struct reader *r)
{
	while (r->p < r->end && strchr(" \t\r\n", *r->p) != NULL && *r->p != '\0')
		r->p++;
}

static int read_hex(struct reader *r, unsigned *ret)
{
	unsigned code = 0;

	for (int i = 0; i < 4; i++) {
		int c = r->p < r->end ? *r->p : 0;
		const char *digits = "0123456789abcdef";
		const char *found = c ? strchr(digits, c | 0x20) : NULL;

		if (found == NULL)
			return reader_fail(r,
				"'%c' is not a hex digit following '\\u' within a JSON string. "
				"The string should be correctly escaped.",
				c ? c : ' ');
		code = code << 4 | (unsigned)(found - digits);
		r->p++;
	}
	*ret = code;
	return 0;
}

static void add_utf8(struct buf *b, uint32_t code)
{
	char out[4];
	size_t n = 0;

	if (code < 0x80) {
		out[n++] = (char)code;
	} else if (code < 0x800) {
		out[n++] = (char)(0xc0 | code >> 6);
		out[n++] = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		out[n++] = (char)(0xe0 | code >> 12);
		out[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		out[n++] = (char)(0x80 | (code & 0x3f));
	} else {
		out[n++] = (char)(0xf0 | code >> 18);
		out[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		out[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		out[n++] = (char)(0x80 | (code & 0x3f));
	}
	buf_add(b, out, n);
}

/* A lone surrogate cannot be held in a string; *broken says that one was met. */
static int read_unicode(struct reader *r, struct buf *text, bool *broken)
{
	unsigned code = 0;
	unsigned low = 0;

	if (read_hex(r, &code))
		return -1;
	if (code < 0xd800 || code > 0xdfff) {
		add_utf8(text, code);
		return 0;
	}
	if (code > 0xdbff || r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u') {
		*broken = true;
		return 0;
	}
	r->p += 2;
	if (read_hex(r, &low))
		return -1;
	if (low < 0xdc00 || low > 0xdfff)
		*broken = true;
	else
		add_utf8(text, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
	return 0;
}

static int read_escape(struct reader *r, struct buf *text, bool *broken)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (r->p >= r->end)
		return reader_fail(r, "Expected end of string, but instead reached end of data.");
	if (*r->p == 'u') {
		r->p++;
		return read_unicode(r, text, broken);
	}
	found = *r->p ? strchr(from, *r->p) : NULL;
	if (found == NULL)
		return reader_fail(r,
			"'%c' is an invalid escapable character within a JSON string. The "
			"string should be correctly escaped.",
			*r->p);
	r->p++;
	buf_add(text, to + (found - from), 1);
	return 0;
}

int reader_string(struct reader *r, struct buf *text)
{
	bool broken = false;

	buf_add(text, "", 0);
	r->p++;
	for (;;) {
		const char *run = r->p;

		while (r->p < r->end && *r->p != '"' && *r->p != '\\' &&
			(unsigned char)*r->p >= 0x20)
			r->p++;
		buf_add(text, run, (size_t)(r->p - run));
		if (r->p >= r->end)
			return reader_fail(
				r, "Expected end of string, but instead reached end of data.");
		if (*r->p == '"')
			break;
		if (*r->p != '\\')
			return reader_fail(r,
				"'0x%02X' is invalid within a JSON string. The string should be "
				"correctly escaped.",
				(unsigned char)*r->p);
		r->p++;
		if (read_escape(r, text, &broken))
			return -1;
	}
	r->p++;
	if (broken)
		return reader_refuse(r, "Squidex.Infrastructure.Json.Objects.JsonValue");
	return 0;
}
