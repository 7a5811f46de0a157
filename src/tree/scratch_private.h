/*
 * The table of scratch files, for the files that it is spread over: scratches.c (names and numbers),
 * scratch.c (open files). Internal to them. Functions that end in _locked: the caller holds the
 * table's lock.
 */
#ifndef SQUIDEXFS_TREE_SCRATCH_PRIVATE_H
#define SQUIDEXFS_TREE_SCRATCH_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "save/scratch_files.h"
#include "tree/name.h"
#include "tree/scratch.h"

struct scratch {
	struct scratches *scratches;
	const struct app *app;
	struct cache_dir *dir;
	uint64_t number;
	_Atomic bool is_saved; /* as an item */

	/* From here on guarded by the table's lock. */
	char name[NAME_MAX_LEN + 1];
	char item[NAME_MAX_LEN + 1]; /* that is hidden for its sake; "": none */
	uint64_t item_until_ms;
	bool is_gone;         /* it has no name any more */
	unsigned references;  /* of open files */
	int fd;               /* theirs */
	struct scratch *next; /* of a lesser number */
};

struct scratches {
	const struct clock *clock;
	pthread_mutex_t lock;
	/* From here on guarded by lock. */
	struct scratch *first;
	size_t n_names;
	uint64_t last_number;
};

struct scratch *scratches_get_locked(struct scratches *scratches, uint64_t number);

/* The one there is, or a new one. NULL: there is no room (scratches_fail_full). */
struct scratch *scratches_take_locked(struct scratches *scratches, const struct scratch_name *name);
int scratches_fail_full(struct error *err);
void scratches_drop_locked(struct scratch *scratch);

struct scratch_place scratch_place(const struct scratch_name *name);
void scratch_fill(const struct stat *stat, uint64_t number, struct scratch_figures *ret_figures);

#endif
