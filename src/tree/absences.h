/*
 * The names that the kernel was told are absent, and may therefore not ask for: what has to
 * be taken back when an item of that name may have come into being.
 *
 *	ms = absences_note(absences, dir, name, ms, now_ms);	-- before the kernel is told
 *	while (absences_take(absences, dir, &place, name))	-- take it back
 *
 * A table of fixed size. A name that finds no place in it must not be remembered by the
 * kernel (absences_note returns 0), so none is ever missed. Directories are node numbers.
 * Any thread; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_TREE_ABSENCES_H
#define SQUIDEXFS_TREE_ABSENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/name.h"

struct absences;

struct absences *absences_new(void);           /* NULL if out of memory */
void absences_free(struct absences *absences); /* NULL is legal */

/* For how long the kernel may believe it: ms, or 0. */
uint64_t absences_note(
	struct absences *absences, uint64_t dir, const char *name, uint64_t ms, uint64_t now_ms);

/* The next name of the directory from *place on (0: from the beginning), which is forgotten. */
bool absences_take(
	struct absences *absences, uint64_t dir, size_t *place, char ret_name[NAME_MAX_LEN + 1]);

#endif
