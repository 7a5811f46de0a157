#include "fs/told.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/hash.h"
#include "tree/tree.h"

/* 2 MB each, of which memory is what was touched. More items than this in use forget each other. */
#define PLACES 262144

/* A prime, so that many apps spread evenly. */
#define APART 100003

struct told {
	/* By node: a hash of what is believed; 0: nothing is. */
	_Atomic uint64_t attributes[PLACES];
	_Atomic uint64_t pages[PLACES];
};

struct told *told_new(void)
{
	return calloc(1, sizeof(struct told));
}

void told_free(struct told *told)
{
	free(told);
}

static uint64_t digest_attributes(const struct tree_entry *entry)
{
	const uint64_t facts[] = { entry->node, entry->size, (uint64_t)entry->modified_s };

	return hash_bytes(facts, sizeof(facts));
}

static uint64_t digest_pages(uint64_t node, uint64_t digest)
{
	const uint64_t facts[] = { node, digest };

	return hash_bytes(facts, sizeof(facts));
}

/*
 * Nodes of one app follow each other, and so do their places; the apps, and the fixed nodes, begin far
 * from each other.
 */
static size_t place_of(uint64_t node)
{
	return (node + (node >> 48) * APART) % PLACES;
}

static void note(_Atomic uint64_t *table, uint64_t node, uint64_t belief)
{
	atomic_store_explicit(&table[place_of(node)], belief, memory_order_relaxed);
}

static bool has(const _Atomic uint64_t *table, uint64_t node, uint64_t belief)
{
	return atomic_load_explicit(&table[place_of(node)], memory_order_relaxed) == belief;
}

void told_note(struct told *told, const struct tree_entry *entry)
{
	note(told->attributes, entry->node, digest_attributes(entry));
}

bool told_matches(struct told *told, const struct tree_entry *entry)
{
	return has(told->attributes, entry->node, digest_attributes(entry));
}

void told_note_pages(struct told *told, uint64_t node, uint64_t digest)
{
	note(told->pages, node, digest_pages(node, digest));
}

bool told_has_pages(struct told *told, uint64_t node, uint64_t digest)
{
	return has(told->pages, node, digest_pages(node, digest));
}
