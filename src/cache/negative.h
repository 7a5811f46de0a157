/*
 * What was not there when the server was asked: names with the time until which that is
 * believed. A table of fixed size: one name too many and an older one is forgotten, which
 * costs a request, never a wrong answer.
 *
 *	key = negative_key("recipes", "no-such-item");
 *	negative_add(table, key, until_ms, now_ms);
 *	if (negative_left_ms(table, key, now_ms) > 0)	-- not there
 *
 * Any thread may call; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_CACHE_NEGATIVE_H
#define SQUIDEXFS_CACHE_NEGATIVE_H

#include <stdint.h>

struct negative;

struct negative *negative_new(void); /* NULL: out of memory */
void negative_free(struct negative *table);

uint64_t negative_key(const char *schema, const char *id);

void negative_add(struct negative *table, uint64_t key, uint64_t until_ms, uint64_t now_ms);

void negative_remove(struct negative *table, uint64_t key);
void negative_clear(struct negative *table);

/* 0: nothing is known of it. */
uint64_t negative_left_ms(struct negative *table, uint64_t key, uint64_t now_ms);

#endif
