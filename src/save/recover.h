/*
 * What mounts that were killed have left on its way to the server: each text is compared with what
 * the server has. One that arrived is dropped, any other is among the unsaved from then on, and
 * so is one of which the server cannot be asked.
 *
 *	recover_left(saver, &call, &recovered, err);	-- before anything is mounted
 *
 * So whoever looks into the mount finds each text in one of the two places. One request a
 * text, and what is left when the call's time is over is not asked for: a start does not take longer.
 *
 * One thread. Blocks on network and disk.
 */
#ifndef SQUIDEXFS_SAVE_RECOVER_H
#define SQUIDEXFS_SAVE_RECOVER_H

#include <stdint.h>

struct call;
struct error;
struct saver;

struct recovered {
	uint64_t arrived, unsaved;
};

/* What cannot be put among the unsaved stays, and is seen at the next start. */
int recover_left(struct saver *saver, const struct call *call, struct recovered *ret_recovered,
	struct error *err);

#endif
