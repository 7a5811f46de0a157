/*
 * The inside of a text that is being written, for the files that it is spread over: writings.c (which
 * there are), writing.c (what it is), writing_save.c (what becomes of it).
 */
#ifndef SQUIDEXFS_TREE_WRITING_PRIVATE_H
#define SQUIDEXFS_TREE_WRITING_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "save/save.h"
#include "tree/writing.h"

struct locals;

/* Texts are written by the dozen, rarely by the thousand. */
#define CHAINS 256

struct writing {
	struct writings *writings;
	const struct app *app;
	struct cache_dir *dir;
	char *id, *name;
	uint64_t hash, ino;
	struct writing *next; /* guarded by the table's lock, as the next two */
	unsigned references;
	bool is_listed; /* has its name still */

	pthread_mutex_t lock;
	pthread_cond_t is_idle;
	/* From here on guarded by lock. */
	bool has_begun;
	uint64_t local; /* the new name that it began as; 0: it was an item */
	bool is_read;
	bool is_cut_off;
	bool is_saving;
	struct buf text;
	int64_t version; /* as of a save_request */
	int64_t modified_s;
	uint64_t n_changes;    /* grows with each change of the text */
	uint64_t n_saved;      /* what it was when the text was saved last */
	uint64_t n_refused;    /* what it was when the text was refused last; 0: never */
	struct error refusal;  /* then */
	uint64_t n_kept;       /* what it was when the text was refused that is kept */
	struct save_kept kept; /* where; zeroed: no text is */
};

struct writings {
	const struct clock *clock;
	struct locals *locals;
	struct openings *openings;
	_Atomic size_t n_texts;
	pthread_mutex_t lock;
	struct writing *chains[CHAINS]; /* guarded by lock */
};

/* writing_is_pending, for who holds its lock. */
bool writing_is_pending_locked(const struct writing *w);

/* Nobody holds it any more: what was neither saved nor put away is put away. */
void writing_leave(const struct writing *w);

#endif
