#ifndef EMULATOR_BUF_H
#define EMULATOR_BUF_H

/*
 * A text that grows, and the two ways in which a Squidex server writes JSON.
 *
 *	struct buf b = {0};
 *	buf_puts(&b, "{\"id\":");
 *	buf_json_string(&b, id, JSON_RELAXED);
 *	buf_release(&b);
 *
 * A buffer belongs to one thread.  bytes is NUL-terminated once something was
 * added; the NUL is not counted in length.
 */

#include <json-c/json.h>
#include <stddef.h>

struct buf {
	char *bytes;
	size_t length;
	size_t capacity;
};

/*
 * JSON_RELAXED is what the REST answers use: only quotes, backslashes, control
 * characters and what lies beyond the Basic Multilingual Plane are escaped.
 * JSON_STRICT is what edit tokens and the stream use: all but plain ASCII is
 * escaped, and so are < > & ' + and the grave accent.
 */
enum json_style { JSON_RELAXED, JSON_STRICT };

void buf_add(struct buf *b, const char *bytes, size_t length);
void buf_puts(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull(2)));
/* Percent-encodes all but letters, digits and -._~ */
void buf_url(struct buf *b, const char *text);
void buf_base64(struct buf *b, const void *bytes, size_t length);
void buf_json_string(struct buf *b, const char *text, enum json_style style);
/* A compact rendering; numbers in the shortest form that reads back. */
void buf_json(struct buf *b, struct json_object *value, enum json_style style);
/* yyyy-MM-ddTHH:mm:ssZ */
void buf_time(struct buf *b, long long seconds);

/* As JSON, strictly: a string, or null for NULL; and a time with its quotes. */
void buf_json_or_null(struct buf *b, const char *text);
void buf_json_time(struct buf *b, long long seconds);
/* The text, to be freed by the caller; the buffer is empty afterwards. */
char *buf_take(struct buf *b);
void buf_release(struct buf *b);

#endif
