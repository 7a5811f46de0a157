/*
 * What the kernel believes of a file's size and time. While its attributes are good, the
 * kernel reads no further than the size it was told; when an item changes in
 * that time (a listing brought a newer version), an open file would be cut off or end in
 * zeros. So each reply that carries attributes is noted here, and an open whose
 * snapshot differs first takes the kernel's attributes back.
 *
 *	told_note(told, &entry);		-- with every reply that carries attributes
 *	if (!told_matches(told, &entry))	-- at open: what follows costs one more GETATTR
 *		fuse_lowlevel_notify_inval_inode(session, entry.node, -1, 0);
 *
 * A table of fixed size: two nodes that fall on the same place forget each other, which
 * costs a GETATTR and nothing else. Any thread; no locks.
 */
#ifndef SQUIDEXFS_FS_TOLD_H
#define SQUIDEXFS_FS_TOLD_H

#include <stdbool.h>

struct told;
struct tree_entry;

struct told *told_new(void); /* NULL if out of memory */
void told_free(struct told *told);

void told_note(struct told *told, const struct tree_entry *entry);
bool told_matches(struct told *told, const struct tree_entry *entry);

#endif
