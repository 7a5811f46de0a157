#include "fs/reply.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "fs/lists.h"
#include "tree/errors.h"
#include "tree/tree.h"

#define BLOCK_SIZE 4096
#define NS_PER_S 1000000000
#define STAT_BLOCK 512 /* what st_blocks counts, whatever st_blksize says */

/*
 * Failures that belong to a normal day, of which nobody wants a record: a name that is
 * not there, a probe for an attribute, an attempt to write. Where the server had a say, only
 * its "not found" is one of them.
 */
static bool is_everyday(int errnum, int http_status)
{
	switch (errnum) {
	case ENOENT:
	case ESTALE:
		return http_status == 0 || http_status == 404 || http_status == 410;
	case ENODATA:
	case ERANGE:
	case EROFS:
	case EPERM:
	case EXDEV:
	case EINTR:
	case ENAMETOOLONG:
		return http_status == 0;
	default:
		return false;
	}
}

static void record(struct operation *op)
{
	struct mount *mount = op->mount;
	char path[TREE_PATH_MAX];

	if (!op->is_order && is_everyday(op->err.errnum, op->err.http_status))
		return;
	tree_path(mount->tree, op->node, op->member, path, sizeof(path));
	if (!op->err.is_told)
		log_line(LOG_WARN, "%s %s: %s (%s)", op->what, path, op->err.text,
			error_name(op->err.errnum));
	error_log_add(mount->errors, clock_wall_s(mount->clock), op->what, path, &op->err);
}

void reply_note_failure(struct operation *op)
{
	record(op);
}

static void reply_failure(struct operation *op, int ret)
{
	/* The errno of the reply is the result's, also where no sentence came with it. */
	op->err.errnum = -ret;
	if (!op->err.text[0])
		error_set(&op->err, -ret, "%s", strerror(-ret));
	record(op);
	fuse_reply_err(op->req, -ret);
}

/*
 * The server counts whole seconds. Where nothing is opened, the kernel looks at the time to know
 * whether a text is still the same (ops.c): there the version stands behind the seconds.
 */
static struct timespec time_of(const struct mount *mount, const struct tree_entry *entry)
{
	return (struct timespec){
		.tv_sec = entry->modified_s,
		.tv_nsec = mount->is_openless ? (long)(entry->version % NS_PER_S) : 0,
	};
}

void reply_fill_stat(
	const struct mount *mount, const struct tree_entry *entry, struct stat *ret_stat)
{
	const struct timespec modified = time_of(mount, entry);

	*ret_stat = (struct stat){
		.st_ino = entry->ino,
		.st_mode = mount->is_read_only ? entry->mode & (mode_t)~0222 : entry->mode,
		.st_nlink = 1,
		.st_size = (off_t)entry->size,
		.st_blksize = BLOCK_SIZE,
		.st_blocks = (blkcnt_t)((entry->size + STAT_BLOCK - 1) / STAT_BLOCK),
		.st_atim = modified,
		.st_mtim = modified,
		.st_ctim = modified,
	};
	tree_get_owner(mount->tree, &ret_stat->st_uid, &ret_stat->st_gid);
}

static double timeout_s(uint64_t ms)
{
	return (double)ms / 1000.0;
}

static uint64_t attribute_ms(const struct mount *mount, const struct tree_entry *entry)
{
	uint64_t ms;

	if (!mount->is_openless || !tree_has_items(mount->tree, entry->node))
		return entry->fresh_ms;
	ms = lists_attribute_ms(mount->lists, entry->node, clock_now_ms(mount->clock));
	return ms < entry->fresh_ms ? ms : entry->fresh_ms;
}

void reply_fill_entry(const struct mount *mount, const struct tree_entry *entry,
	struct fuse_entry_param *ret_param)
{
	*ret_param = (struct fuse_entry_param){
		.ino = entry->node,
		.attr_timeout = timeout_s(attribute_ms(mount, entry)),
		.entry_timeout = timeout_s(entry->fresh_ms),
	};
	reply_fill_stat(mount, entry, &ret_param->attr);
}

void reply_entry(
	struct operation *op, int ret, const struct tree_entry *entry, uint64_t negative_ms)
{
	struct fuse_entry_param param = { .entry_timeout = timeout_s(negative_ms) };
	bool is_negative = ret == -ENOENT && negative_ms > 0;

	if (ret < 0 && !is_negative) {
		reply_failure(op, ret);
		return;
	}
	if (ret == 0) {
		reply_fill_entry(op->mount, entry, &param);
		told_note(op->mount->told, entry);
	}
	fuse_reply_entry(op->req, &param);
}

void reply_attributes(struct operation *op, int ret, const struct tree_entry *entry)
{
	struct stat stat;

	if (ret < 0) {
		reply_failure(op, ret);
		return;
	}
	reply_fill_stat(op->mount, entry, &stat);
	told_note(op->mount->told, entry);
	fuse_reply_attr(op->req, &stat, timeout_s(attribute_ms(op->mount, entry)));
}

bool reply_open(struct operation *op, int ret, const struct fuse_file_info *info)
{
	if (ret < 0) {
		reply_failure(op, ret);
		return true;
	}
	return fuse_reply_open(op->req, info) == 0;
}

bool reply_create(struct operation *op, int ret, const struct tree_entry *entry,
	const struct fuse_file_info *info)
{
	struct fuse_entry_param param;

	if (ret < 0) {
		reply_failure(op, ret);
		return true;
	}
	reply_fill_entry(op->mount, entry, &param);
	told_note(op->mount->told, entry);
	return fuse_reply_create(op->req, &param, info) == 0;
}

void reply_data(struct operation *op, int ret, const char *data, size_t len)
{
	if (ret < 0)
		reply_failure(op, ret);
	else
		fuse_reply_buf(op->req, data, len);
}

void reply_written(struct operation *op, int ret, size_t size)
{
	if (ret < 0)
		reply_failure(op, ret);
	else
		fuse_reply_write(op->req, size);
}

void reply_xattr(struct operation *op, int ret, size_t size, const char *bytes, size_t len)
{
	if (ret < 0)
		reply_failure(op, ret);
	else if (size == 0)
		fuse_reply_xattr(op->req, len);
	else
		fuse_reply_buf(op->req, bytes, len);
}

void reply_link(struct operation *op, int ret, const char *target)
{
	if (ret < 0)
		reply_failure(op, ret);
	else
		fuse_reply_readlink(op->req, target);
}

void reply_result(struct operation *op, int ret)
{
	if (ret < 0)
		reply_failure(op, ret);
	else
		fuse_reply_err(op->req, 0);
}
