/*
 * One change of an item at a time: whoever wants to change it on the server waits for those who came
 * before. Two that were sent at once would each be a conflict for the other.
 *
 *	struct turn turn = { .dir = dir, .id = id };
 *	turns_take(turns, &call, &turn, err);
 *	turns_give(turns, &turn);	-- not where turns_take has failed
 *
 * A turn lies with its owner, who keeps it and its id until it is given. In the order of coming.
 * Threads: any; the lock inside is a leaf. turns_take blocks, as long as its call allows.
 */
#ifndef SQUIDEXFS_SAVE_TURNS_H
#define SQUIDEXFS_SAVE_TURNS_H

struct cache_dir;
struct call;
struct error;
struct turns;

struct turn {
	const struct cache_dir *dir;
	const char *id;

	/* Of turns.c. */
	struct turn *next;
};

struct turns *turns_new(void);        /* NULL: out of memory */
void turns_free(struct turns *turns); /* NULL is legal; no turn may be left */

/* -EINTR, -ETIMEDOUT: it was waited for in vain. */
int turns_take(struct turns *turns, const struct call *call, struct turn *turn, struct error *err);
void turns_give(struct turns *turns, const struct turn *turn);

#endif
