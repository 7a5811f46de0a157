#ifndef EMULATOR_ARENA_H
#define EMULATOR_ARENA_H

/*
 * Memory that is given back all at once.
 *
 * Everything a world holds (apps, items, versions) lives until the world is
 * reset, so nothing of it is freed one by one:
 *
 *	struct arena arena = {0};
 *	p = arena_alloc(&arena, size);
 *	arena_release(&arena);
 *
 * An arena has no lock: its owner's lock guards it.  Running out of memory ends
 * the program, as in alloc.h.
 */

#include <stddef.h>

struct arena {
	struct arena_block *blocks;
};

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
void arena_release(struct arena *arena);

#endif
