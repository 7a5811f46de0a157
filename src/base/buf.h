/*
 * A growing run of bytes with a ceiling: HTTP bodies and file texts live in one.
 *
 *	struct buf b;
 *	buf_init(&b, max);
 *	ret = buf_add(&b, data, len);
 *	buf_move(&other, &b);		-- b is empty again, nothing was copied
 *	buf_release(&b);
 *
 * The ceiling is given by whoever knows the reason for it: a buffer without one
 * cannot be made. data is NULL while empty, otherwise NUL-terminated behind len.
 * A zeroed struct may be released. No locks; one owner at a time.
 */
#ifndef SQUIDEXFS_BASE_BUF_H
#define SQUIDEXFS_BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data;
	size_t len; /* bytes used, without the NUL */
	size_t cap; /* bytes allocated */
	size_t max; /* ceiling of len */
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);

/* Empties, keeps ceiling and memory. */
void buf_clear(struct buf *b);

/* Add bytes: 0, -EFBIG over the ceiling, -ENOMEM. On failure the content is unchanged. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_char(struct buf *b, char c);
int buf_add_str(struct buf *b, const char *str);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Cuts off, or adds zeros: 0, -EFBIG, -ENOMEM, as buf_add. */
int buf_resize(struct buf *b, size_t len);

/* Replaces dst's content; it takes no more memory than it needs: 0, -EFBIG, -ENOMEM, as buf_add. */
int buf_copy(struct buf *dst, const struct buf *src);

/* dst's former content is freed; src is left empty with its own ceiling. */
void buf_move(struct buf *dst, struct buf *src);

/* Overwrites the memory before it is freed: for secrets. */
void buf_wipe(struct buf *b);

/* The text, "" while empty. Borrowed until the next change. */
const char *buf_str(const struct buf *b);

#endif
