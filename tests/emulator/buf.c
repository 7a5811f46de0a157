#include "buf.h"

#include "alloc.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Whole numbers beyond this are not exact in the server's doubles. */
static const int64_t EXACT_DOUBLE = INT64_C(1) << 53;

enum { SHORT_TEXT = 128 };

static void reserve(struct buf *b, size_t more)
{
	size_t capacity = b->capacity ? b->capacity : 256;

	while (capacity < b->length + more + 1)
		capacity *= 2;
	if (capacity == b->capacity)
		return;
	b->bytes = must_resize(b->bytes, capacity, 1);
	b->capacity = capacity;
}

void buf_add(struct buf *b, const char *bytes, size_t length)
{
	reserve(b, length);
	if (length > 0)
		memcpy(b->bytes + b->length, bytes, length);
	b->length += length;
	b->bytes[b->length] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	size_t room;
	int length;

	/* Most of what is written so is short, and then there is room at once. */
	reserve(b, SHORT_TEXT);
	room = b->capacity - b->length;
	va_start(args, format);
	length = vsnprintf(b->bytes + b->length, room, format, args);
	va_end(args);
	if (length >= 0 && (size_t)length >= room) {
		reserve(b, (size_t)length);
		va_start(args, format);
		vsnprintf(b->bytes + b->length, (size_t)length + 1, format, args);
		va_end(args);
	}
	if (length > 0)
		b->length += (size_t)length;
	b->bytes[b->length] = '\0';
}

void buf_url(struct buf *b, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buf_add(b, text, 1);
		else
			buf_printf(b, "%%%02X", (unsigned char)*text);
	}
}

void buf_base64(struct buf *b, const void *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const unsigned char *in = bytes;

	for (size_t i = 0; i < length; i += 3) {
		size_t rest = length - i;
		uint32_t bits = (uint32_t)in[i] << 16;
		char out[4];

		if (rest > 1)
			bits |= (uint32_t)in[i + 1] << 8;
		if (rest > 2)
			bits |= in[i + 2];
		out[0] = digits[bits >> 18 & 63];
		out[1] = digits[bits >> 12 & 63];
		out[2] = rest > 1 ? digits[bits >> 6 & 63] : '=';
		out[3] = rest > 2 ? digits[bits & 63] : '=';
		buf_add(b, out, sizeof(out));
	}
}

/* Decodes one character of valid UTF-8; an invalid byte stands for U+FFFD. */
static size_t decode_utf8(const unsigned char *p, uint32_t *ret_code)
{
	static const uint32_t mask[] = { 0x7f, 0x1f, 0x0f, 0x07 };
	size_t more = p[0] < 0x80 ? 0 : p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : 1;
	uint32_t code = p[0] & mask[more];

	for (size_t i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*ret_code = 0xfffd;
			return 1;
		}
		code = code << 6 | (p[i] & 0x3fu);
	}
	*ret_code = code;
	return more + 1;
}

static void add_escape(struct buf *b, uint32_t code)
{
	if (code >= 0x10000) {
		code -= 0x10000;
		buf_printf(b, "\\u%04X\\u%04X", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
		return;
	}
	switch (code) {
	case '\n':
		buf_puts(b, "\\n");
		break;
	case '\r':
		buf_puts(b, "\\r");
		break;
	case '\t':
		buf_puts(b, "\\t");
		break;
	case '\b':
		buf_puts(b, "\\b");
		break;
	case '\f':
		buf_puts(b, "\\f");
		break;
	case '\\':
		buf_puts(b, "\\\\");
		break;
	default:
		buf_printf(b, "\\u%04X", code);
	}
}

static size_t plain_run(const unsigned char *p, enum json_style style)
{
	size_t n = 0;

	for (;; n++) {
		if (p[n] < 0x20 || p[n] == '"' || p[n] == '\\' || p[n] == 0x7f)
			return n;
		if (style == JSON_RELAXED && p[n] < 0xf0)
			continue;
		if (p[n] >= 0x80 || strchr("<>&'+`", p[n]) != NULL)
			return n;
	}
}

void buf_json_string(struct buf *b, const char *text, enum json_style style)
{
	const unsigned char *p = (const unsigned char *)text;

	buf_add(b, "\"", 1);
	while (*p != '\0') {
		size_t run = plain_run(p, style);
		uint32_t code;

		buf_add(b, (const char *)p, run);
		p += run;
		if (*p == '\0')
			break;
		p += decode_utf8(p, &code);
		if (code == '"' && style == JSON_RELAXED)
			buf_puts(b, "\\\"");
		else
			add_escape(b, code);
	}
	buf_add(b, "\"", 1);
}

static void add_double(struct buf *b, double value)
{
	char text[40];

	if (value == floor(value) && fabs(value) < 1e15) {
		buf_printf(b, "%" PRId64, (int64_t)value);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*G", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	buf_puts(b, text);
}

static void add_object(struct buf *b, struct json_object *value, enum json_style style)
{
	struct json_object_iterator it = json_object_iter_begin(value);
	struct json_object_iterator end = json_object_iter_end(value);
	const char *separator = "{";

	if (json_object_iter_equal(&it, &end))
		buf_puts(b, separator);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		buf_puts(b, separator);
		buf_json_string(b, json_object_iter_peek_name(&it), style);
		buf_puts(b, ":");
		buf_json(b, json_object_iter_peek_value(&it), style);
		separator = ",";
	}
	buf_puts(b, "}");
}

static void add_array(struct buf *b, struct json_object *value, enum json_style style)
{
	size_t count = json_object_array_length(value);

	buf_puts(b, "[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_puts(b, ",");
		buf_json(b, json_object_array_get_idx(value, i), style);
	}
	buf_puts(b, "]");
}

static void add_int(struct buf *b, struct json_object *value)
{
	int64_t number = json_object_get_int64(value);

	if (number > EXACT_DOUBLE || number < -EXACT_DOUBLE)
		add_double(b, (double)number);
	else
		buf_printf(b, "%" PRId64, number);
}

void buf_json(struct buf *b, struct json_object *value, enum json_style style)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		buf_puts(b, "null");
		break;
	case json_type_boolean:
		buf_puts(b, json_object_get_boolean(value) ? "true" : "false");
		break;
	case json_type_double:
		add_double(b, json_object_get_double(value));
		break;
	case json_type_int:
		add_int(b, value);
		break;
	case json_type_object:
		add_object(b, value, style);
		break;
	case json_type_array:
		add_array(b, value, style);
		break;
	case json_type_string:
		buf_json_string(b, json_object_get_string(value), style);
		break;
	}
}

void buf_time(struct buf *b, long long seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;
	char text[32];

	gmtime_r(&when, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	buf_puts(b, text);
}

char *buf_take(struct buf *b)
{
	char *text = b->bytes != NULL ? b->bytes : must_strdup("");

	*b = (struct buf){ 0 };
	return text;
}

void buf_release(struct buf *b)
{
	free(b->bytes);
	*b = (struct buf){ 0 };
}

void buf_json_or_null(struct buf *b, const char *text)
{
	if (text != NULL)
		buf_json_string(b, text, JSON_STRICT);
	else
		buf_puts(b, "null");
}

void buf_json_time(struct buf *b, long long seconds)
{
	buf_puts(b, "\"");
	buf_time(b, seconds);
	buf_puts(b, "\"");
}
