/*
 * Texts of items in memory, each of them once: all who read the same text hold the same
 * bytes, and the latest ones are kept for a while after the last reader has let go.
 *
 *	texts = texts_new(max_bytes);
 *	text = texts_get(texts, row, digest, TEXTS_KEEP);
 *	if (!text)
 *		... text = texts_add(texts, row, digest, data, len, TEXTS_KEEP);
 *	data = text_data(text, &len);
 *	text_unref(text);
 *	texts_free(texts);
 *
 * A text is known by its row in the store and by its digest, the hash of its bytes
 * (hash_bytes): so what is at hand is right for the row that was just looked up, or not found,
 * and nobody has to say that a row has changed.
 *
 * max_bytes bounds what nobody holds: over it, the text that was let go first is freed first.
 * What is held is not counted, for it cannot be freed; but it is found. With 0 nothing
 * is kept, and texts are shared all the same. A text that is had in passing only, as by one who
 * looks at all of them once, is not kept.
 *
 * Ownership: texts_get and texts_add give a reference, which text_unref takes. The bytes never
 * change and live as long as the reference. All references are gone before texts_free.
 *
 * Threads: any. The lock inside is a leaf; no function blocks.
 */
#ifndef SQUIDEXFS_CACHE_TEXTS_H
#define SQUIDEXFS_CACHE_TEXTS_H

#include <stddef.h>
#include <stdint.h>

struct text;
struct texts;

struct texts *texts_new(uint64_t max_bytes); /* NULL: out of memory */
void texts_free(struct texts *texts);        /* NULL is legal */

enum texts_purpose { TEXTS_KEEP, TEXTS_PASS };

/* NULL: not at hand. */
struct text *texts_get(
	struct texts *texts, uint64_t row, uint64_t digest, enum texts_purpose purpose);

/* The text with these bytes, which are copied unless they are at hand. NULL: out of memory. */
struct text *texts_add(struct texts *texts, uint64_t row, uint64_t digest, const char *data,
	size_t len, enum texts_purpose purpose);

/* Bytes of the texts that nobody holds. */
uint64_t texts_get_bytes(struct texts *texts);

/* NUL-terminated behind len. */
const char *text_data(const struct text *text, size_t *ret_len);

void text_unref(struct text *text); /* NULL is legal */

#endif
