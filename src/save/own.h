/*
 * Which versions of an item this mount has made itself, one after the other with nobody else's
 * in between. An editor saves twice and names, both times, the version that it has read: that
 * is no conflict, as long as all versions since are its own mount's.
 *
 *	own = own_new();
 *	own_note(own, "recipes", "x", 4, 5);	-- a change of version 4 made version 5
 *	version = own_newest(own, "recipes", "x", 4);	-- 5; 3 is 3
 *	own_free(own);
 *
 * It also knows which items this mount has deleted: one that is created again goes on counting.
 *
 * A table of fixed size: of two items that fall on the same place the older is forgotten, and
 * its next save may be told of a conflict that is none; nothing is overwritten by that.
 * Threads: any; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_SAVE_OWN_H
#define SQUIDEXFS_SAVE_OWN_H

#include <stdbool.h>
#include <stdint.h>

struct own;

struct own *own_new(void);      /* NULL: out of memory */
void own_free(struct own *own); /* NULL is legal */

void own_note(struct own *own, const char *schema, const char *id, int64_t base, int64_t version);

/* It was deleted; until the next change is noted. */
void own_note_removal(struct own *own, const char *schema, const char *id);
bool own_is_removed(struct own *own, const char *schema, const char *id);

/*
 * It was created, and the answer said that version. hash: of what was created, where the version is
 * doubtful until a change of it is made; 0: it is not. own_creation: that hash, 0: the version is not
 * one of those. own_made: the version that was created here, or comes of it by nobody else's changes; -1.
 */
void own_note_creation(
	struct own *own, const char *schema, const char *id, int64_t version, uint64_t hash);
uint64_t own_creation(struct own *own, const char *schema, const char *id, int64_t version);
int64_t own_made(struct own *own, const char *schema, const char *id);

/* The newest version that is ours all the way from version on, or that itself. */
int64_t own_newest(struct own *own, const char *schema, const char *id, int64_t version);

#endif
