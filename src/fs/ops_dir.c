#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "fs/handle.h"
#include "fs/lists.h"
#include "fs/operation.h"
#include "fs/ops.h"
#include "fs/outdated.h"
#include "fs/prefill.h"
#include "fs/reply.h"
#include "tree/tree.h"

enum listing { LISTING_OF_NAMES, LISTING_WITH_ATTRIBUTES };

/*
 * An open directory. The kernel may read one handle from several threads; they take
 * turns, also while one waits for the server: they wait for the same page.
 */
struct directory {
	pthread_mutex_t lock;
	struct tree_dir *dir; /* guarded by lock, as the rest */
	int failure;          /* came behind entries that had to be delivered; 0: none */
	off_t failed_at;
	struct error err;

	/* The kernel was told of the nodes between these offsets; of some before, it knows by now. */
	off_t told_after, told_last;
	uint64_t prefill_left; /* bytes of texts that may still be put into the page cache */
	bool has_told;         /* the latest reply had nodes in it; and before it was made there */
	uint64_t n_changes;    /* were so many (fs/outdated.h) */

	/* Of the kernel's list of it. */
	struct lists *lists;
	struct list_reading reading;
	off_t goes_on_at;  /* a reading from 0 on that did not jump; -1: it did */
	uint64_t until_ms; /* when the first of what was read is no longer good */
};

static void directory_free(void *object)
{
	struct directory *directory = object;

	tree_dir_free(directory->dir);
	lists_close(directory->lists, &directory->reading);
	pthread_mutex_destroy(&directory->lock);
	free(directory);
}

/*
 * Linux 6.9 to 6.12 keep a list that they are told to drop by the reply to opendir, hence the
 * second word. It waits for nothing, since no page of a directory is locked for a request.
 */
static void drop_list(struct operation *op)
{
	fuse_lowlevel_notify_inval_inode(op->mount->session, op->node, 0, 0);
}

/*
 * Where nothing is opened, the kernel keeps the list: it sees to its own caches there, and looks
 * at the directory's attributes before it shows one again (ops.c).
 */
static void open_list(
	struct operation *op, struct directory *directory, struct fuse_file_info *info)
{
	struct mount *mount = op->mount;
	enum list_word word;

	directory->goes_on_at = -1;
	if (!mount->is_openless || !tree_has_items(mount->tree, op->node))
		return;
	directory->lists = mount->lists;
	word = lists_open(mount->lists, op->node, tree_list_stamp(mount->tree, op->node),
		clock_now_ms(mount->clock), &directory->reading);
	info->cache_readdir = word != LIST_IGNORE;
	info->keep_cache = word != LIST_DROP;
	if (word == LIST_DROP)
		drop_list(op);
}

static int open_directory(struct operation *op, struct fuse_file_info *info)
{
	struct directory *directory = calloc(1, sizeof(*directory));
	int ret;

	if (!directory)
		return error_set(&op->err, ENOMEM, "out of memory");
	pthread_mutex_init(&directory->lock, NULL);
	ret = tree_open_dir(op->mount->tree, &op->call, op->node, &directory->dir, &op->err);
	if (ret == 0)
		ret = handle_open(op->mount->handles, info, directory, directory_free);
	if (ret < 0)
		directory_free(directory);
	else
		open_list(op, directory, info);
	return ret;
}

/* open; ENOTDIR, ESTALE, ENOMEM. Does not block. */
void op_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct operation op;
	int ret;

	operation_begin(&op, req, "opendir", node, NULL);
	ret = open_directory(&op, info);
	if (!reply_open(&op, ret, info) && ret == 0)
		handle_close(op.mount->handles, info);
}

/* Returns the bytes that the entry needs; it was added if that is within size. */
static size_t add_entry(struct operation *op, enum listing listing, char *bytes, size_t size,
	const char *name, const struct tree_entry *entry, off_t next)
{
	struct fuse_entry_param param;
	size_t need;

	reply_fill_entry(op->mount, entry, &param);
	if (listing == LISTING_OF_NAMES)
		return fuse_add_direntry(op->req, bytes, size, name, &param.attr, next);
	/* Two the kernel knows already, and counts no lookup for them; others it has to look up. */
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		(op->mount->is_openless && tree_is_made(op->mount->tree, entry->node)))
		param.ino = 0;
	need = fuse_add_direntry_plus(op->req, bytes, size, name, &param, next);
	if (need <= size && param.ino)
		told_note(op->mount->told, entry);
	return need;
}

/* What changed while they were on their way to it the kernel may have heard of too early. */
static void correct_told(const struct mount *mount, struct directory *directory)
{
	if (directory->has_told && outdated_count(mount->outdated) != directory->n_changes)
		outdated_repeat(mount->outdated, directory->n_changes);
	directory->has_told = false;
}

/* The kernel asks on, or is done: it knows all that it was told before. */
static void prefill_told_locked(struct operation *op, struct directory *directory, off_t offset)
{
	correct_told(op->mount, directory);
	directory->n_changes = outdated_count(op->mount->outdated);
	if (directory->told_last > directory->told_after)
		prefill_add(
			op->mount->prefill, op->node, directory->told_after, directory->told_last);
	if (offset == 0)
		directory->prefill_left = op->mount->prefill_bytes;
	directory->told_after = offset;
	directory->told_last = offset;
}

/*
 * What lies behind the first text that is too much is not put there either, nor is anybody asked to look
 * at what is there already.
 */
static void note_told_locked(struct operation *op, struct directory *directory,
	const struct tree_entry *entry, off_t next)
{
	directory->has_told = true;
	if (entry->size > directory->prefill_left) {
		directory->prefill_left = 0;
	} else if (directory->prefill_left > 0) {
		directory->prefill_left -= entry->size;
		if (!told_has_pages(op->mount->told, entry->node, entry->digest))
			directory->told_last = next;
	}
}

static void begin_list_locked(struct operation *op, struct directory *directory)
{
	directory->until_ms = UINT64_MAX;
	lists_begin(
		op->mount->lists, &directory->reading, tree_list_stamp(op->mount->tree, op->node));
}

/* [offset, next) was read, len bytes of it; none: the end. */
static void note_list_locked(
	struct operation *op, struct directory *directory, off_t offset, off_t next, size_t len)
{
	bool is_in_order = offset == 0 || offset == directory->goes_on_at;

	directory->goes_on_at = is_in_order ? next : -1;
	if (len == 0)
		lists_end(op->mount->lists, &directory->reading,
			is_in_order ? tree_list_stamp(op->mount->tree, op->node) : 0,
			directory->until_ms);
}

static void note_until_locked(
	struct directory *directory, const struct tree_entry *entry, uint64_t now_ms)
{
	if (now_ms + entry->fresh_ms < directory->until_ms)
		directory->until_ms = now_ms + entry->fresh_ms;
}

static int fill_locked(struct operation *op, struct directory *directory, enum listing listing,
	off_t offset, char *bytes, size_t size, size_t *ret_len)
{
	struct tree_entry entry;
	const char *name;
	const off_t begin = offset;
	const uint64_t now_ms = clock_now_ms(op->mount->clock);
	int64_t next;
	size_t len = 0;

	if (begin == 0)
		begin_list_locked(op, directory);
	for (;;) {
		int ret = tree_dir_next(
			directory->dir, &op->call, offset, &name, &entry, &next, &op->err);
		size_t need;

		/* Whoever was interrupted and asks on has to wait, not to fail. */
		if (ret < 0 && len > 0 && ret != -EINTR) {
			directory->failure = ret;
			directory->failed_at = offset;
			directory->err = op->err;
		}
		if (ret < 0 && len == 0)
			return ret;
		if (ret <= 0)
			break;
		need = add_entry(op, listing, bytes + len, size - len, name, &entry, next);
		if (need > size - len && len == 0)
			return error_set(&op->err, EINVAL, "no entry fits into %zu bytes", size);
		if (need > size - len)
			break;
		len += need;
		offset = next;
		if (listing == LISTING_WITH_ATTRIBUTES)
			note_told_locked(op, directory, &entry, next);
		note_until_locked(directory, &entry, now_ms);
	}
	note_list_locked(op, directory, begin, offset, len);
	*ret_len = len;
	return 0;
}

/*
 * A failure behind entries is not lost with them: the kernel asks on, and gets it then,
 * without waiting for the same deadline a second time.
 */
static int read_directory(struct operation *op, struct directory *directory, enum listing listing,
	off_t offset, char *bytes, size_t size, size_t *ret_len)
{
	int ret;

	pthread_mutex_lock(&directory->lock);
	prefill_told_locked(op, directory, offset);
	ret = directory->failed_at == offset ? directory->failure : 0;
	directory->failure = 0;
	if (ret < 0)
		op->err = directory->err;
	else
		ret = fill_locked(op, directory, listing, offset, bytes, size, ret_len);
	pthread_mutex_unlock(&directory->lock);
	if (ret != -ENOENT)
		return ret;
	/* The C library's readdir takes it for the end: the listing would end short. */
	error_prefix(
		&op->err, "it has gone since this was mounted; a new mount shows what there is");
	return -EIO;
}

static void reply_listing(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
	struct fuse_file_info *info, enum listing listing)
{
	struct operation op;
	char *bytes = malloc(size);
	size_t len = 0;
	int ret = bytes ? 0 : -ENOMEM;

	operation_begin(&op, req, "readdir", node, NULL);
	if (ret == 0)
		ret = read_directory(&op, handle_get(info), listing, offset, bytes, size, &len);
	reply_data(&op, ret, bytes, len);
	free(bytes);
}

/* buf, empty at the end; EINVAL, ENOMEM, the server's but ENOENT. May block. */
void op_readdir(
	fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info)
{
	reply_listing(req, node, size, offset, info, LISTING_OF_NAMES);
}

/* As op_readdir, each entry a lookup. */
void op_readdirplus(
	fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info)
{
	reply_listing(req, node, size, offset, info, LISTING_WITH_ATTRIBUTES);
}

/* err 0. Does not block. */
void op_releasedir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	const struct mount *mount = fuse_req_userdata(req);

	(void)node;
	correct_told(mount, handle_get(info));
	handle_close(mount->handles, info);
	fuse_reply_err(req, 0);
}
