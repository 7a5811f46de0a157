/*
 * What the kernel hands back to us with each request on an open file or directory: the
 * number in its fuse_file_info is a pointer of ours, from open to release. Private to fs/.
 *
 *	handle_open(handles, info, file, close_file);	-- 0, -ENOMEM
 *	file = handle_get(info);
 *	handle_close(handles, info);			-- at release: calls close_file
 *
 * The kernel releases in the background, and what it has not sent when the mount ends is
 * never sent. So all open handles are on a list, and what is still open is closed with it.
 * Any thread may call; the lock is a leaf and not held while something is closed.
 */
#ifndef SQUIDEXFS_FS_HANDLE_H
#define SQUIDEXFS_FS_HANDLE_H

struct fuse_file_info;
struct handles;

typedef void (*handle_close_fn)(void *object);

struct handles *handles_new(void);          /* NULL if out of memory */
void handles_free(struct handles *handles); /* when no operation runs any more; NULL is legal */

/* Takes the object over, if it succeeds. */
int handle_open(
	struct handles *handles, struct fuse_file_info *info, void *object, handle_close_fn close);
void *handle_get(const struct fuse_file_info *info);
void handle_close(struct handles *handles, const struct fuse_file_info *info);

#endif
