/*
 * Texts on their way to the server: on disk from before they are sent until it is known what
 * became of them, so that a mount that is killed in between leaves them for the next one.
 *
 *	outbox_open(state, OUTBOX_TEXTS, &outbox, err);
 *	outbox_put(outbox, &entry, &number, err);	-- then send
 *	outbox_drop(outbox, number);			-- saved, or among the unsaved
 *	outbox_close(outbox);
 *
 *	outbox_visit_left(state, outbox, see, payload, err);	-- those of mounts that are no more
 *
 * There are two kinds: texts to be saved, and items to be deleted, of which the text is empty.
 * Each mount has a folder of a kind, outbox/<number>, in the state directory, held by a lock that
 * dies with its process. A text outlives the process, not the machine's power: for that it is
 * moved among the unsaved before an error is answered, and a success needs it no more.
 *
 * Threads: any. Blocks on the disk.
 */
#ifndef SQUIDEXFS_SAVE_OUTBOX_H
#define SQUIDEXFS_SAVE_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct outbox;
struct state;

struct outbox_entry {
	const char *schema, *id, *name;
	int64_t version; /* that was read before; -1: none was, as of a new item */
	const char *text;
	size_t len;
};

/* The kinds, by the names of their folders. */
#define OUTBOX_TEXTS "outbox"
#define OUTBOX_DELETES "deletes"

/* kind: borrowed. */
int outbox_open(
	struct state *state, const char *kind, struct outbox **ret_outbox, struct error *err);
void outbox_close(struct outbox *outbox); /* its folder goes, if it is empty; NULL is legal */

/* Replaces nothing. -ENOSPC and others of state_write: it is not on disk. */
int outbox_put(struct outbox *outbox, const struct outbox_entry *entry, uint64_t *ret_number,
	struct error *err);

/* What cannot be removed is found, and compared with the server, at the next start. */
void outbox_drop(struct outbox *outbox, uint64_t number);

/*
 * Calls see for each text that a dead mount has left, borrowed for the call; where it returns 0
 * the text is dropped. Texts that cannot be read stay where they are. Returns 0 or what a
 * folder's failure was.
 */
int outbox_visit_left(struct outbox *outbox,
	int (*see)(void *payload, const struct outbox_entry *entry), void *payload,
	struct error *err);

#endif
