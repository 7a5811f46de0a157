/*
 * What the kernel asks when no worker answers any more: from the end of the loop to the end of the
 * session all of it is refused with ENOTCONN, as it is on a mount that is gone. Left unread, it
 * would hold what it locks: a page that is being read, a directory in which a name is looked up.
 * The threads that tell the kernel something wait for these, and would never end.
 *
 *	refusal_new(mount, &refusal, err);	-- once the loop has ended; starts a thread
 *	refusal_free(refusal);			-- after the threads that tell, before the session
 *
 * Private to fs/.
 */
#ifndef SQUIDEXFS_FS_REFUSAL_H
#define SQUIDEXFS_FS_REFUSAL_H

struct error;
struct mount;
struct refusal;

int refusal_new(struct mount *mount, struct refusal **ret_refusal, struct error *err);
void refusal_free(struct refusal *refusal); /* NULL is legal */

#endif
