/*
 * A stretch of JSON text, and the way over its members without a tree: for large answers
 * of which one part after another is wanted.
 *
 *	struct span_walk walk;
 *	struct span key, value;
 *	if (span_enter(&walk, object, '{'))
 *		while (span_next(&walk, &key, &value))
 *			... span_is_key(key, "data") ...
 *	if (walk.is_bad)	-- it does not end as it began
 *
 * Looks at brackets, quotes and commas, no more: what a value holds is for the parser that reads
 * it. Spans are borrowed from the text. Pure functions.
 */
#ifndef SQUIDEXFS_API_SPAN_H
#define SQUIDEXFS_API_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *at; /* not NUL-terminated; NULL: none */
	size_t len;
};

struct span_walk {
	const char *at, *end;
	char close; /* the bracket that ends it */
	bool is_bad;
};

/* open: '{' or '['. False if the value is not of that kind. */
bool span_enter(struct span_walk *walk, struct span value, char open);

/* The next member; key is empty in an array. False at the end, and where it is bad. */
bool span_next(struct span_walk *walk, struct span *ret_key, struct span *ret_value);

/*
 * The same in two steps, for a value whose end need not be looked for: after span_next_key it is taken, or
 * walked itself and then left by its own walk, which has to be at its end.
 *
 *	while (span_next_key(&walk, &key)) {
 *		if (span_down(&walk, &inner, '{')) {
 *			... all of inner ...
 *			span_up(&walk, &inner);
 *		} else {
 *			span_take(&walk, &value);
 *		}
 *	}
 */
bool span_next_key(struct span_walk *walk, struct span *ret_key);
bool span_take(struct span_walk *walk, struct span *ret_value);
bool span_down(const struct span_walk *walk, struct span_walk *ret_inner, char open);
void span_up(struct span_walk *walk, const struct span_walk *inner);

/* Of the key with its quotes; one that is written with escapes is not known. */
bool span_is_key(struct span key, const char *name);

/* The member of that name, or none. */
struct span span_find(struct span object, const char *name);

bool span_is_null(struct span value);

#endif
