#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

/* Apart, so that the rest of adding goes where it is used. */
__attribute__((noinline)) static int grow(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : FIRST_CAP;
	char *data;

	if (more > b->max - b->len)
		return -EFBIG;
	while (cap <= b->len + more) {
		if (cap > SIZE_MAX / 2)
			return -ENOMEM;
		cap *= 2;
	}
	data = realloc(b->data, cap);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->cap = cap;
	return 0;
}

static bool has_room(const struct buf *b, size_t more)
{
	return more < b->cap - b->len && more <= b->max - b->len;
}

static int reserve(struct buf *b, size_t more)
{
	return has_room(b, more) ? 0 : grow(b, more);
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	int ret = reserve(b, len);

	if (ret < 0)
		return ret;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int buf_add_char(struct buf *b, char c)
{
	int ret = reserve(b, 1);

	if (ret < 0)
		return ret;
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
	return 0;
}

int buf_add_str(struct buf *b, const char *str)
{
	return buf_add(b, str, strlen(str));
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int len, ret;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return -EINVAL;
	ret = reserve(b, (size_t)len);
	if (ret < 0)
		return ret;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
	return 0;
}

int buf_resize(struct buf *b, size_t len)
{
	if (len > b->len) {
		int ret = len > b->max ? -EFBIG : reserve(b, len - b->len);

		if (ret < 0)
			return ret;
		memset(b->data + b->len, 0, len - b->len);
	}
	b->len = len;
	if (b->data)
		b->data[len] = '\0';
	return 0;
}

int buf_copy(struct buf *dst, const struct buf *src)
{
	char *data;

	if (src->len > dst->max)
		return -EFBIG;
	data = malloc(src->len + 1);
	if (!data)
		return -ENOMEM;
	memcpy(data, buf_str(src), src->len + 1);
	free(dst->data);
	*dst = (struct buf){ .data = data, .len = src->len, .cap = src->len + 1, .max = dst->max };
	return 0;
}

void buf_move(struct buf *dst, struct buf *src)
{
	size_t max = src->max;

	free(dst->data);
	*dst = *src;
	*src = (struct buf){ .max = max };
}

void buf_wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_release(b);
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}
