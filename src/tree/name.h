/*
 * Ids as file names. An id is any string; a file name is at most 255 bytes without '/'
 * and NUL.
 *
 *	name_encode("a/b", ino, name);			"a%2Fb.json"
 *	name_decode("a%2Fb.json", &decoded);		id "a/b"
 *
 * '/', '%', control characters and a leading '.' (so "." and ".." too) are
 * percent-encoded. Decoding takes any percent-encoding, and an invalid one stands for
 * itself: "a%41.json" and "aA.json" are the same item. Bytes that are not UTF-8 stay
 * as they are.
 *
 * A name over 255 bytes is cut between characters and gets '~' and the 16 hex digits of
 * the item's inode number before ".json": it is found by that number. Cutting leaves 252
 * to 255 bytes, so a name of that length and form is always a shortened one; an id that
 * would look so by itself is shortened too.
 *
 * Pure functions.
 */
#ifndef SQUIDEXFS_TREE_NAME_H
#define SQUIDEXFS_TREE_NAME_H

#include <stdbool.h>
#include <stdint.h>

#define NAME_MAX_LEN 255

struct name_decoded {
	char id[NAME_MAX_LEN + 1]; /* "" for a shortened name */
	bool is_shortened;         /* then look for ino */
	uint64_t ino;
};

void name_encode(const char *id, uint64_t ino, char ret_name[NAME_MAX_LEN + 1]);

/* false: not the name of an item ("x.txt", ".swp"). */
bool name_decode(const char *name, struct name_decoded *ret_decoded);

#endif
