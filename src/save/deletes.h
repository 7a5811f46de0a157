/*
 * Items that were removed here and are still to be deleted on the server. rm(1) hides an item at
 * once; the server is told after delay_ms, of several items together by one bulk request, by one
 * thread. Who creates the name again in the meantime changes the item, and nothing is deleted:
 * tools replace files by removing and creating them, and a real deletion would lose what
 * they do not see (hidden fields, references).
 *
 *	deletes_new(&conf, &deletes, err);		-- takes up what a killed mount left
 *	deletes_add(deletes, &call, dir, "x", version, err);	-- rm
 *	deletes_free(deletes);				-- what waits is sent now
 *
 *	deletes_hold(deletes, &call, dir, "x", err);	-- the name is created again ...
 *	deletes_resume(deletes, dir, "x", &has_resumed, err);	-- ... and removed again, or
 *	deletes_drop(deletes, dir, "x");		-- ... saved, or its text was refused
 *
 * An item that waits is on disk before deletes_add returns, and not shown (hidden.h). It is deleted
 * if it still has the version that was removed. One that the server refuses to delete is
 * shown again, and the log and the observer are told why. While the server is away it waits,
 * for the next mount if need be. Where an answer was lost the item is read before anything is
 * sent again.
 *
 *	waiting	-> sending		when its time has come
 *	sending	-> gone, or shown	the server's verdict
 *	sending	-> waiting		the server did not answer
 *	waiting -> held			its name was created again; no longer on disk
 *	held	-> waiting, or shown	deletes_resume, deletes_drop
 *
 * With delay_ms 0 there is no waiting: deletes_add sends, and returns the verdict.
 *
 * Threads: any. The thread starts with the first item that waits, and ends in deletes_free. No
 * lock is held across network or disk; the one inside is a leaf.
 */
#ifndef SQUIDEXFS_SAVE_DELETES_H
#define SQUIDEXFS_SAVE_DELETES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache;
struct cache_dir;
struct call;
struct client;
struct clock;
struct deletes;
struct error;
struct hidden;
struct outbox;
struct saver;

/* CHECKED: not while others refer to it. OFF: deletes_add is refused. */
enum deletes_mode { DELETES_CHECKED, DELETES_PLAIN, DELETES_PERMANENT, DELETES_OFF };

struct deletes_conf {
	struct client *client; /* borrowed, as the next five */
	struct cache *cache;
	struct saver *saver; /* hears of what is gone */
	struct hidden *hidden;
	struct outbox *outbox; /* of nothing but these */
	const struct clock *clock;
	uint64_t delay_ms;
	enum deletes_mode mode;
};

/* An item that was to be deleted is shown again. All is borrowed for the call. */
typedef void (*deletes_refused_fn)(
	void *payload, const struct cache_dir *dir, const char *id, const struct error *err);

int deletes_new(const struct deletes_conf *conf, struct deletes **ret_deletes, struct error *err);

/* Blocks on the network, for DELETES_END_MS at most; NULL is legal. */
#define DELETES_END_MS 30000
void deletes_free(struct deletes *deletes);

/* It is no longer called when this returns. What is called must call nothing of deletes. */
void deletes_set_observer(struct deletes *deletes, deletes_refused_fn on_refused, void *payload);

/*
 * version: of the item that is to be deleted, and of no other. -EPERM: DELETES_OFF; what cannot
 * be put on disk is not deleted. With delay_ms 0 the server's errnos, and it blocks on the network.
 */
int deletes_add(struct deletes *deletes, const struct call *call, struct cache_dir *dir,
	const char *id, int64_t version, struct error *err);

/*
 * Waits for an item that is being sent. 0 also where nothing waits. -ETIMEDOUT, -EINTR.
 */
int deletes_hold(struct deletes *deletes, const struct call *call, const struct cache_dir *dir,
	const char *id, struct error *err);

/* *ret_has_resumed: it was held. A failure: it is shown again. */
int deletes_resume(struct deletes *deletes, struct cache_dir *dir, const char *id,
	bool *ret_has_resumed, struct error *err);

/* true: it was held, and is shown again. */
bool deletes_drop(struct deletes *deletes, const struct cache_dir *dir, const char *id);

/* How many items wait or are being sent. */
size_t deletes_count(struct deletes *deletes);

#endif
