/*
 * A conditional change on its way, until it is known what became of it
 *
 *	send	done, or refused, or nobody knows: the answer was lost
 *	look	at the server, where nobody knows		done, or somebody else was quicker
 *	send	once more, where the look shows that it had not arrived
 *
 * The server carries a conditional change out once, and answers 412 (409, for a creation) to its own
 * success when it is sent again: so there is a look also after that. What was not there twice may still
 * arrive, and nobody knows what becomes of it.
 *
 * Plain data of the caller's. Any thread. Blocks on the network; each sending ends early enough for a look.
 */
#ifndef SQUIDEXFS_SAVE_SENDING_H
#define SQUIDEXFS_SAVE_SENDING_H

#include <stdbool.h>

struct call;
struct change_result;
struct error;

struct sending {
	const struct call *call;

	/* Fills *ret_result and returns its ret. */
	int (*send)(void *payload, const struct call *call, struct change_result *ret_result);

	/*
	 * 0: it was done, or, where *ret_may_resend is set, it had not arrived. Else the verdict, with a
	 * sentence. result: of the sending that it is about.
	 */
	int (*look)(void *payload, const struct change_result *result, bool *ret_may_resend,
		struct error *err);
	void *payload;
};

/* Returns the verdict. */
int sending_run(const struct sending *sending, struct error *err);

/* The verdict where the look itself failed, with why for its reason. */
int sending_fail_unseen(
	const struct change_result *result, const struct error *why, struct error *err);

#endif
