/*
 * Looks a JSON text over before json-c reads it, for what json-c would spoil or accept
 * although it should not:
 *
 * - Integers beyond 18 digits are clamped to 64 bits there, and -0 becomes 0, but a number
 *   with an exponent keeps its source text. So these get an exponent of zero in a
 *   spelling that no server uses (SCAN_NUMBER_MARK), which rendering takes off again.
 * - Numbers, UTF-8 and control characters in strings are held to the standard (json-c 0.16
 *   takes "1.", "00", NaN and surrogates).
 * - A key that holds U+0000 would be cut off.
 * - Nesting, and the memory that the tree will take, are bounded.
 *
 * The rest of the grammar is json-c's business, which has to read one value to where this one found
 * its end. One pass, no tree.
 */
#ifndef SQUIDEXFS_API_SCAN_H
#define SQUIDEXFS_API_SCAN_H

#include <stddef.h>

struct buf;

#define SCAN_NUMBER_MARK "e-0000"

struct scan_limits {
	size_t depth;       /* levels of objects and arrays */
	size_t tree_memory; /* bytes, as estimated */
};

/*
 * Looks at the first value of the text. Adds it with marked numbers to ret_marked, or leaves
 * that empty where it can stand as it is. *ret_at is the byte behind the value, or the end of
 * the text where the value has none.
 * 0, -EIO (not JSON, or too deep), -EFBIG (the tree would be too large) or -ENOMEM; on failure
 * *ret_reason is a static phrase and *ret_at the byte that it is about.
 */
int scan_json(const char *json, size_t len, const struct scan_limits *limits,
	struct buf *ret_marked, const char **ret_reason, size_t *ret_at);

#endif
