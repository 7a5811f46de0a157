/*
 * /.squidexfs/events on its way to who follows it: a line that was added is shown when the kernel
 * no longer believes what it was told of that item. So the notifier shows it, behind that.
 *
 *	follow_new(mount, &follow, err);	-- after the notifier and outdated
 *	follow_end(follow);			-- listens no longer
 *	follow_free(follow);			-- when the notifier is gone
 *
 * Where files are read without being opened, the kernel has pages of this one too, which it
 * must not believe: they end where the file did. Private to fs/.
 */
#ifndef SQUIDEXFS_FS_FOLLOW_H
#define SQUIDEXFS_FS_FOLLOW_H

struct error;
struct follow;
struct mount;

/* NULL where the tree has no events. */
int follow_new(struct mount *mount, struct follow **ret_follow, struct error *err);
void follow_end(struct follow *follow);  /* NULL is legal */
void follow_free(struct follow *follow); /* NULL is legal */

#endif
