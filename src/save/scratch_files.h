/*
 * The files behind scratch names: in the state directory as scratch/<schema>/<name>, so
 * they survive the mount. Never sent anywhere.
 *
 *	const struct scratch_place place = { state, "recipes", "t" };
 *	scratch_file_open(&place, SCRATCH_MAKE, 0644, &fd, err);
 *	scratch_file_write(state, fd, offset, data, size, err);
 *	scratch_file_remove(&place, err);	-- and state_give_room, when nobody has it open
 *
 * What they hold counts as the state's (state_take_room). The mode of a file is what chmod(2) set,
 * but that its owner may always read and write it, since the owner is this program.
 *
 * Functions answer 0 or a negative errno; -ENOENT and -EEXIST come without a sentence. Threads: any, but
 * changes of one file one at a time, or its bytes are miscounted. Block on the disk.
 */
#ifndef SQUIDEXFS_SAVE_SCRATCH_FILES_H
#define SQUIDEXFS_SAVE_SCRATCH_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "save/state.h"

struct buf;
struct error;

struct scratch_place {
	struct state *state;
	const char *schema;
	const char *name;
};

enum scratch_open { SCRATCH_THERE, SCRATCH_MAKE, SCRATCH_MAKE_NEW };

int scratch_file_stat(const struct scratch_place *place, struct stat *ret_stat, struct error *err);

/* To be read and written. mode: of one that is made. -EEXIST: SCRATCH_MAKE_NEW. */
int scratch_file_open(const struct scratch_place *place, enum scratch_open how, mode_t mode,
	int *ret_fd, struct error *err);

/* -ENOSPC: the state holds all it may. */
int scratch_file_write(struct state *state, int fd, uint64_t offset, const char *data, size_t size,
	struct error *err);
int scratch_file_resize(struct state *state, int fd, uint64_t size, struct error *err);

/* The whole, into the buffer, whose ceiling is that of the text. */
int scratch_file_read(const struct scratch_place *place, struct buf *ret_text, struct error *err);

/*
 * Makes the file of these bytes, in the place of whatever has the name, or changes nothing. What is
 * replaced counts still.
 */
int scratch_file_replace(const struct scratch_place *place, mode_t mode, const char *data,
	size_t size, struct error *err);

int scratch_file_symlink(const struct scratch_place *place, const char *target, struct error *err);
int scratch_file_readlink(
	const struct scratch_place *place, char *target, size_t size, struct error *err);

int scratch_file_remove(const struct scratch_place *place, struct error *err);

/* What has the new name goes. */
int scratch_file_rename(const struct scratch_place *place, const char *new_name, struct error *err);

int scratch_file_set_mode(const struct scratch_place *place, mode_t mode, struct error *err);
/* times: of access and modification, as utimensat(2). */
int scratch_file_set_times(
	const struct scratch_place *place, const struct timespec times[2], struct error *err);

int scratch_file_visit(struct state *state, const char *schema, state_see_fn *see, void *payload,
	struct error *err);

#endif
