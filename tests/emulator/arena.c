#include "arena.h"

#include "alloc.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 1 << 20, ALIGNMENT = 16 };

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	struct arena_block *block = must_calloc(1, sizeof(*block) + size);

	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *p;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (block == NULL || block->size - block->used < size)
		block = add_block(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
	p = block->bytes + block->used;
	block->used += size;
	return p;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

void arena_release(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}
