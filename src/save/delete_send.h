/*
 * Deletions on their way to the server, and its verdict. For deletes.c.
 *
 *	delete_send(&conf, &call, deletions, n, verdicts);
 *	delete_take_away(&conf, deletion);	-- of one that is VERDICT_GONE
 *
 * VERDICT_LATER: the server did not say; what it may have done is seen before it is sent again
 * (deletion.is_doubtful). Blocks on the network; no locks. Internal to save/.
 */
#ifndef SQUIDEXFS_SAVE_DELETE_SEND_H
#define SQUIDEXFS_SAVE_DELETE_SEND_H

#include <stddef.h>

#include "save/deletes.h"

struct call;
struct deletion;

/* REFERRED: refused for as long as others refer to it. */
enum verdict { VERDICT_GONE, VERDICT_REFUSED, VERDICT_REFERRED, VERDICT_LATER };

/* All of one schema. Six or more go as one request. */
void delete_send(const struct deletes_conf *conf, const struct call *call,
	struct deletion *const *deletions, size_t n, enum verdict *ret_verdicts);

/* It is gone there: so it is here. */
void delete_take_away(const struct deletes_conf *conf, const struct deletion *deletion);

#endif
