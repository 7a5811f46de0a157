/*
 * The lists of names that the kernel keeps of directories. It keeps one while a handle reads it through, and
 * shows it to later handles that are opened for that, without asking, and to readers that go back to
 * the beginning.
 *
 *	word = lists_open(lists, dir, stamp, now_ms, &reading);		-- opendir
 *	lists_begin(lists, &reading, stamp);				-- it is read from the beginning
 *	lists_end(lists, &reading, stamp, until_ms);			-- and to the end; stamp 0: with gaps
 *	lists_close(lists, &reading);					-- releasedir
 *
 * The stamp is the tree's (tree_list_stamp), of each moment: where it was the same from the
 * beginning to the end, and nobody else had the directory open meanwhile, the kernel's list is what the
 * stamp stands for. It is shown until until_ms, when the first of its entries' attributes are no longer good:
 * reading it anew renews them all at once, where showing it on would have each of them
 * asked for alone.
 *
 * What part of a list the kernel has, it does not show, but whoever reads on completes it (Linux 6.18). So
 * a list is known only if it was begun with nothing there; and a part must not be dropped: the
 * kernel would go on to complete it, in vain, for as long as it knows the directory. What is
 * complete and not known to be good is dropped.
 *
 * A reader that has had the directory open for longer and goes back to the beginning makes the
 * kernel look at the directory's attributes, if those are no longer good. So they are good no
 * longer than the list, or for a second where that is not known (lists_attribute_ms), and who answers
 * for them drops a list that is outdated (lists_is_outdated).
 *
 * Any thread; the lock inside is a leaf. Private to fs/.
 */
#ifndef SQUIDEXFS_FS_LISTS_H
#define SQUIDEXFS_FS_LISTS_H

#include <stdbool.h>
#include <stdint.h>

struct list;
struct lists;

/* What the kernel is told of its list when the directory is opened. */
enum list_word {
	LIST_IGNORE, /* neither show it nor add to it */
	LIST_DROP,   /* begin anew */
	LIST_KEEP,
};

/* A handle's; zeroed: the kernel ignores its list. */
struct list_reading {
	struct list *list;
	uint64_t stamp, serial; /* 0: what comes of it is not known */
};

struct lists *lists_new(void);        /* NULL if out of memory */
void lists_free(struct lists *lists); /* NULL is legal */

enum list_word lists_open(struct lists *lists, uint64_t dir, uint64_t stamp, uint64_t now_ms,
	struct list_reading *ret_reading);
void lists_begin(struct lists *lists, struct list_reading *reading, uint64_t stamp);
void lists_end(
	struct lists *lists, const struct list_reading *reading, uint64_t stamp, uint64_t until_ms);
void lists_close(struct lists *lists, struct list_reading *reading);

/* How long the directory's attributes may be believed. */
uint64_t lists_attribute_ms(struct lists *lists, uint64_t dir, uint64_t now_ms);

/* true, once: the kernel may have a list that must not be shown any more. */
bool lists_is_outdated(struct lists *lists, uint64_t dir, uint64_t stamp, uint64_t now_ms);

#endif
