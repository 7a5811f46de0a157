/*
 * How messages travel between the kernel and libfuse: as libfuse would read and write them
 * itself, but for one flag of its answer to INIT; and each request is counted.
 *
 * libfuse 3.14 means to ask for FUSE_PARALLEL_DIROPS by default and then leaves it out of
 * that answer. Without it, the kernel lets lookups and readings into a directory one at a
 * time: while a server does not answer, each process there waits for all before it, one
 * deadline after the other, and an interrupt reaches only the first.
 *
 *	channel_set(session, err);	-- between fuse_session_mount and the session's loop
 *
 * Any thread may write; INIT is answered before there is a second one.
 */
#ifndef SQUIDEXFS_FS_CHANNEL_H
#define SQUIDEXFS_FS_CHANNEL_H

struct error;
struct fuse_session;

int channel_set(struct fuse_session *session, struct error *err);

#endif
