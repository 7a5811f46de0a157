/*
 * A mount's sign of life in a folder that several mounts use: a file of its own, which it holds locked.
 * The kernel drops the lock when the process ends, however it does, and for whoever looks: also from
 * another container, where a process's number says nothing.
 *
 *	presence_open("/state/app", &presence, err);
 *	presence_name(presence)		-- ".squidexfs-new-<token>": so its files' names begin
 *	presence_is_over("/state/app", ".squidexfs-new-0123456789abcdef-7")
 *	presence_close(presence);
 *
 * Tokens are random and never come again. Any thread. Blocks on the disk.
 */
#ifndef SQUIDEXFS_SAVE_PRESENCE_H
#define SQUIDEXFS_SAVE_PRESENCE_H

#include <stdbool.h>

struct error;
struct presence;

/* With the end of a string, and room for "-<number>". */
#define PRESENCE_NAME_SIZE 64

int presence_open(const char *folder, struct presence **ret_presence, struct error *err);
void presence_close(struct presence *presence); /* its files are no longer written; NULL is legal */

/* Borrowed. */
const char *presence_name(const struct presence *presence);

/* Is it the name of a file whose mount is no more? That mount's sign goes, too. */
bool presence_is_over(const char *folder, const char *name);

#endif
