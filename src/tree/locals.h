/*
 * Names that are here alone: items that somebody has created and not yet given a text. They
 * have nodes of their own until the server has the item and the store its row.
 *
 *	locals_add(locals, dir, "new", "new.json", ino, &local, err);
 *	locals_find(locals, dir, "new", &local);
 *	locals_get(locals, number, &local);
 *	locals_next(locals, dir, after, &local);	-- for listing
 *	locals_remove(locals, dir, "new");	-- whichever has the name
 *	locals_drop(locals, number);		-- that one
 *
 * A local is a plain value: strings are copied out. Numbers are given once, in ascending
 * order. Threads: any; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_TREE_LOCALS_H
#define SQUIDEXFS_TREE_LOCALS_H

#include <stdbool.h>
#include <stdint.h>

#include "tree/name.h"

struct cache_dir;
struct error;
struct locals;

/* Names at a time; whoever creates more of them without a text is a script gone wild. */
#define LOCALS_MAX 4096

struct local {
	uint64_t number;
	struct cache_dir *dir;
	uint64_t ino;
	int64_t created_s;
	bool is_hidden_item; /* there is one, that was removed or moved away a moment ago */
	char id[NAME_MAX_LEN + 1];
	char name[NAME_MAX_LEN + 1];
};

struct locals *locals_new(void); /* NULL: out of memory */
void locals_free(struct locals *locals);

/* local: all but its number. -EEXIST without a sentence: it is there; -ENOSPC: LOCALS_MAX. */
int locals_add(
	struct locals *locals, const struct local *local, uint64_t *ret_number, struct error *err);

bool locals_find(struct locals *locals, const struct cache_dir *dir, const char *id,
	struct local *ret_local);
bool locals_get(struct locals *locals, uint64_t number, struct local *ret_local);

/* The one with the least number above after. */
bool locals_next(struct locals *locals, const struct cache_dir *dir, uint64_t after,
	struct local *ret_local);

/* 0 also where there is none. */
void locals_remove(struct locals *locals, const struct cache_dir *dir, const char *id);
void locals_drop(struct locals *locals, uint64_t number);

#endif
