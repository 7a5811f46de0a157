#include "fs/told.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/hash.h"
#include "tree/tree.h"

/* 512 KB; more items than this in use within one TTL cost a GETATTR each. */
#define PLACES 65536

struct told {
	_Atomic uint64_t places[PLACES]; /* by node: hash of what was told; 0: nothing was */
};

struct told *told_new(void)
{
	return calloc(1, sizeof(struct told));
}

void told_free(struct told *told)
{
	free(told);
}

static uint64_t digest(const struct tree_entry *entry)
{
	const uint64_t facts[] = { entry->node, entry->size, (uint64_t)entry->modified_s };

	return hash_bytes(facts, sizeof(facts));
}

void told_note(struct told *told, const struct tree_entry *entry)
{
	atomic_store_explicit(
		&told->places[entry->node % PLACES], digest(entry), memory_order_relaxed);
}

bool told_matches(struct told *told, const struct tree_entry *entry)
{
	return atomic_load_explicit(&told->places[entry->node % PLACES], memory_order_relaxed) ==
	       digest(entry);
}
