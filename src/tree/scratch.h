/*
 * Scratch names: what editors and tools call their temporary files in a directory of items. A name
 * that is no item's ("x.json~", ".x.json.swp", "sedAbCdEf") is a file of this machine alone. The
 * disk has the files (save/scratch_files.h); here they have the numbers that the kernel knows
 * them by, and are open.
 *
 *	scratches_new(clock);
 *	scratch_create(scratches, &place, &how, &scratch, err);	-- or scratch_open
 *	scratch_write(scratch, offset, data, size, err);
 *	scratch_close(scratch);
 *	scratch_remove(scratches, &place, id, err);
 *
 * A file that is removed, or replaced by a rename, goes on for those who have it open. One that was
 * saved as an item can be read by them and no longer written: nobody would ever send it.
 *
 * An item that was moved to a scratch name is hidden for its sake (scratch_note_item); the
 * functions that end a name tell its id, so that it is shown again.
 *
 * Threads: any. The lock inside guards numbers and names, and is a leaf; functions block on the disk without
 * it. That a name is changed by one at a time is the kernel's doing, which holds the directory.
 */
#ifndef SQUIDEXFS_TREE_SCRATCH_H
#define SQUIDEXFS_TREE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "tree/name.h"
#include "tree/tree.h"

struct app;
struct buf;
struct cache_dir;
struct clock;
struct error;
struct scratch;
struct scratches;

/* Names that the kernel was told of at a time. */
#define SCRATCHES_MAX 65536

struct scratch_name {
	const struct app *app;
	struct cache_dir *dir;
	const char *name;
};

struct scratch_figures {
	uint64_t number;
	uint64_t ino;
	mode_t mode;
	uint64_t size;
	int64_t modified_s;
};

struct scratches *scratches_new(const struct clock *clock); /* NULL: out of memory */
void scratches_free(struct scratches *scratches);

/* -ENOENT, without a sentence: there is no such file. */
int scratch_find(struct scratches *scratches, const struct scratch_name *name,
	struct scratch_figures *ret_figures, struct error *err);

/* -ESTALE: it is gone, and nobody has it open. */
int scratch_get(struct scratches *scratches, uint64_t number, struct scratch_figures *ret_figures,
	struct error *err);

/* "" where it is gone. */
struct cache_dir *scratch_get_name(
	struct scratches *scratches, uint64_t number, char ret_name[NAME_MAX_LEN + 1]);

/*
 * For listing: the one with the least number above after, those that are there when after is 0. 1 with one,
 * 0 at the end.
 */
int scratch_next(struct scratches *scratches, const struct app *app, struct cache_dir *dir,
	uint64_t after, struct scratch_figures *ret_figures, char ret_name[NAME_MAX_LEN + 1],
	struct error *err);

int scratch_create(struct scratches *scratches, const struct scratch_name *name,
	const struct tree_creation *creation, struct scratch **ret_scratch, struct error *err);
int scratch_open(struct scratches *scratches, uint64_t number, struct scratch **ret_scratch,
	struct error *err);
void scratch_close(struct scratch *scratch); /* NULL is legal */

int scratch_stat(struct scratch *scratch, struct scratch_figures *ret_figures);
size_t scratch_read(const struct scratch *scratch, uint64_t offset, char *data, size_t size);
int scratch_write(
	struct scratch *scratch, uint64_t offset, const char *data, size_t size, struct error *err);
int scratch_resize(struct scratch *scratch, uint64_t size, struct error *err);
int scratch_sync(const struct scratch *scratch, struct error *err);

int scratch_change(struct scratches *scratches, uint64_t number,
	const struct tree_attributes *attributes, struct error *err);

int scratch_symlink(const struct scratch_name *name, const char *target, struct error *err);
int scratch_readlink(
	struct scratches *scratches, uint64_t number, char *target, size_t size, struct error *err);

/* The whole text. */
int scratch_load(const struct scratch_name *name, struct buf *ret_text, struct error *err);

/*
 * The item (of the same directory) that is hidden as long as the name is there, but for no longer than
 * until_ms; and that it is no longer hidden for any name, which is false if it was not.
 */
int scratch_note_item(struct scratches *scratches, const struct scratch_name *name, const char *id,
	uint64_t until_ms, struct error *err);
bool scratch_forget_item(struct scratches *scratches, const struct cache_dir *dir, const char *id);

/* Why a name ends. */
enum scratch_end { SCRATCH_REMOVED, SCRATCH_SAVED };

/* ret_id: the item that was hidden for it, "": none. */
int scratch_remove(struct scratches *scratches, const struct scratch_name *name,
	enum scratch_end end, char ret_id[NAME_MAX_LEN + 1], struct error *err);

/*
 * A file of its own with these bytes gets the name, whatever has it now; that goes on for those who
 * have it open. Or nothing is changed. ret_id: as of scratch_remove, of what was replaced.
 */
int scratch_replace(struct scratches *scratches, const struct scratch_name *name, const char *data,
	size_t size, char ret_id[NAME_MAX_LEN + 1], struct error *err);

/* Both names have ended as far as hidden items go; ret_ids: of the old one, and of one replaced. */
int scratch_rename(struct scratches *scratches, const struct scratch_name *name,
	const char *new_name, char ret_ids[2][NAME_MAX_LEN + 1], struct error *err);

#endif
