/*
 * What the kernel believes of files: a size and a time that it was told, and a text that its pages
 * hold.
 *
 * While its attributes are good, the kernel reads no further than the size it was told; when an
 * item changes in that time (a listing brought a newer version), an open file would be cut off or
 * end in zeros. So each reply that carries attributes is noted here, and an open whose
 * snapshot differs first takes the kernel's attributes back.
 *
 *	told_note(told, &entry);		-- with every reply that carries attributes
 *	if (!told_matches(told, &entry))	-- at open: what follows costs one more GETATTR
 *		fuse_lowlevel_notify_inval_inode(session, entry.node, -1, 0);
 *
 * Pages are kept over an open whose snapshot has the text that they hold. An open that does
 * not keep them drops them, but only when its reply has arrived: so it is the first read of
 * that file that tells that all pages are of its text. (No file of another text may fill
 * them meanwhile: tree/snapshots.h.)
 *
 *	info->keep_cache = told_has_pages(told, node, digest);	-- at open
 *	told_note_pages(told, node, digest);			-- at read, if not past the page cache
 *
 * Tables of fixed size: two nodes that fall on the same place forget each other, which
 * costs a GETATTR, or that pages are read again, and nothing else. Any thread; no locks.
 */
#ifndef SQUIDEXFS_FS_TOLD_H
#define SQUIDEXFS_FS_TOLD_H

#include <stdbool.h>
#include <stdint.h>

struct told;
struct tree_entry;

struct told *told_new(void); /* NULL if out of memory */
void told_free(struct told *told);

void told_note(struct told *told, const struct tree_entry *entry);
bool told_matches(struct told *told, const struct tree_entry *entry);

/* digest: of the text (tree_file_digest). */
void told_note_pages(struct told *told, uint64_t node, uint64_t digest);
bool told_has_pages(struct told *told, uint64_t node, uint64_t digest);

#endif
