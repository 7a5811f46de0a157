#include "save/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/content.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "cache/private.h"
#include "save/state.h"

/* More mounts of one app at a time are a mistake. */
#define FOLDERS_MAX 1000

/* Of a file: five strings, each ended by a NUL, and the text. */
static const char magic[] = "squidexfs-outbox-1";
#define N_STRINGS 5
#define VERSION_SIZE 24

#define DIR_SIZE 32
#define NAME_SIZE 32

static const char lock_name[] = "lock";

struct outbox {
	struct state *state;
	const char *kind;
	char dir[DIR_SIZE];
	int lock_fd;
	_Atomic uint64_t n_put;
};

/* -EWOULDBLOCK without a sentence: another mount holds it. */
static int lock_folder(struct state *state, const char *dir, int *ret_fd, struct error *err)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/%s", state_path(state), dir);
	int fd, ret;

	if (len < 0 || (size_t)len + sizeof(lock_name) >= sizeof(path))
		return error_set(err, ENAMETOOLONG, "'%s' is too long", state_path(state));
	ret = private_directory(path, err);
	if (ret < 0)
		return ret;
	snprintf(path + len, sizeof(path) - (size_t)len, "/%s", lock_name);
	ret = private_open(path, &fd, err);
	if (ret < 0)
		return ret;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_fd = fd;
		return 0;
	}
	ret = errno == EWOULDBLOCK
		      ? -EWOULDBLOCK
		      : error_set(err, errno, "cannot lock '%s': %s", path, strerror(errno));
	close(fd);
	return ret;
}

static int note_file(void *payload, const struct state_entry *entry)
{
	bool *has_texts = payload;

	if (!entry->is_dir && strcmp(entry->name, lock_name) != 0)
		*has_texts = true;
	return 0;
}

/* The first folder that no mount holds and none has left texts in. */
static int take_folder(struct outbox *outbox, struct error *err)
{
	for (unsigned i = 1; i <= FOLDERS_MAX; i++) {
		bool has_texts = false;
		int ret;

		snprintf(outbox->dir, sizeof(outbox->dir), "%.8s/%u", outbox->kind, i);
		ret = lock_folder(outbox->state, outbox->dir, &outbox->lock_fd, err);
		if (ret == -EWOULDBLOCK)
			continue;
		if (ret == 0)
			ret = state_visit(outbox->state, outbox->dir, note_file, &has_texts, err);
		if (ret < 0 || !has_texts)
			return ret;
		close(outbox->lock_fd);
		outbox->lock_fd = -1;
	}
	return error_set(err, EBUSY, "'%s/%s' is full of what mounts have left that are no more",
		state_path(outbox->state), outbox->kind);
}

int outbox_open(
	struct state *state, const char *kind, struct outbox **ret_outbox, struct error *err)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));
	int ret;

	if (!outbox)
		return error_set(err, ENOMEM, "out of memory");
	outbox->state = state;
	outbox->kind = kind;
	outbox->lock_fd = -1;
	ret = take_folder(outbox, err);
	if (ret < 0)
		outbox_close(outbox);
	else
		*ret_outbox = outbox;
	return ret;
}

void outbox_close(struct outbox *outbox)
{
	if (!outbox)
		return;
	if (outbox->lock_fd >= 0)
		close(outbox->lock_fd);
	free(outbox);
}

static int add_string(struct buf *file, const char *string)
{
	return buf_add(file, string, strlen(string) + 1);
}

static int add_entry(struct buf *file, const struct outbox_entry *entry)
{
	const char *strings[N_STRINGS] = { magic, entry->schema, entry->id, entry->name };
	char version[VERSION_SIZE];
	int ret = 0;

	snprintf(version, sizeof(version), "%" PRId64, entry->version);
	strings[N_STRINGS - 1] = version;
	for (size_t i = 0; ret == 0 && i < N_STRINGS; i++)
		ret = add_string(file, strings[i]);
	return ret == 0 ? buf_add(file, entry->text, entry->len) : ret;
}

int outbox_put(struct outbox *outbox, const struct outbox_entry *entry, uint64_t *ret_number,
	struct error *err)
{
	uint64_t number = atomic_fetch_add(&outbox->n_put, 1) + 1;
	struct state_text text;
	char name[NAME_SIZE];
	struct buf file;
	int ret;

	buf_init(&file, CONTENT_TEXT_MAX + 4096);
	ret = add_entry(&file, entry);
	if (ret < 0) {
		buf_release(&file);
		return error_set(err, -ret, "%s/%s: %s", entry->schema, entry->id,
			ret == -EFBIG ? "the text is too large" : "out of memory");
	}
	snprintf(name, sizeof(name), "%" PRIu64, number);
	text = (struct state_text){ file.data, file.len };
	ret = state_write(outbox->state, outbox->dir, name, &text, STATE_LAZY, STATE_REPLACE, err);
	buf_release(&file);
	if (ret == 0)
		*ret_number = number;
	return ret;
}

void outbox_drop(struct outbox *outbox, uint64_t number)
{
	struct error err = { 0 };
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%" PRIu64, number);
	if (state_remove(outbox->state, outbox->dir, name, STATE_LAZY, &err) < 0)
		log_line(LOG_WARN, "%s", err.text);
}

/* What is left behind, and who wants to see it. */
struct visit {
	struct outbox *outbox;
	const char *dir;
	int (*see)(void *payload, const struct outbox_entry *entry);
	void *payload;
};

/* False: not such a file. The strings are borrowed from it. */
static bool read_entry(const struct buf *file, struct outbox_entry *entry)
{
	const char *strings[N_STRINGS];
	const char *at = buf_str(file), *end = at + file->len;
	char *rest;

	for (size_t i = 0; i < N_STRINGS; i++) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));

		if (!nul)
			return false;
		strings[i] = at;
		at = nul + 1;
	}
	entry->schema = strings[1];
	entry->id = strings[2];
	entry->name = strings[3];
	entry->version = strtoll(strings[4], &rest, 10);
	entry->text = at;
	entry->len = (size_t)(end - at);
	return strcmp(strings[0], magic) == 0 && *strings[4] && !*rest;
}

static int see_left(const struct visit *visit, const char *name, struct error *err)
{
	struct state *state = visit->outbox->state;
	struct outbox_entry entry = { 0 };
	struct buf file;
	int ret;

	buf_init(&file, CONTENT_TEXT_MAX + 4096);
	ret = state_read(state, visit->dir, name, &file, err);
	if (ret == 0 && !read_entry(&file, &entry))
		log_line(LOG_WARN, "'%s/%s/%s' is no text of an outbox, and stays there",
			state_path(state), visit->dir, name);
	else if (ret == 0 && visit->see(visit->payload, &entry) == 0)
		ret = state_remove(state, visit->dir, name, STATE_LAZY, err);
	buf_release(&file);
	return ret == -ENOENT ? 0 : ret;
}

static int visit_file(void *payload, const struct state_entry *entry)
{
	struct error err = { 0 };

	if (entry->is_dir || strcmp(entry->name, lock_name) == 0)
		return 0;
	if (see_left(payload, entry->name, &err) < 0)
		log_line(LOG_WARN, "%s", err.text);
	return 0;
}

static int visit_folder(void *payload, const struct state_entry *entry)
{
	struct visit *visit = payload;
	struct error err = { 0 };
	char dir[DIR_SIZE];
	int fd = -1;
	int ret;

	snprintf(dir, sizeof(dir), "%.8s/%.16s", visit->outbox->kind, entry->name);
	if (!entry->is_dir || strcmp(dir, visit->outbox->dir) == 0)
		return 0;
	ret = lock_folder(visit->outbox->state, dir, &fd, &err);
	if (ret == -EWOULDBLOCK)
		return 0;
	if (ret == 0) {
		visit->dir = dir;
		ret = state_visit(visit->outbox->state, dir, visit_file, visit, &err);
		close(fd);
	}
	if (ret < 0)
		log_line(LOG_WARN, "%s", err.text);
	return 0;
}

int outbox_visit_left(struct outbox *outbox,
	int (*see)(void *payload, const struct outbox_entry *entry), void *payload,
	struct error *err)
{
	struct visit visit = { .outbox = outbox, .see = see, .payload = payload };

	return state_visit(outbox->state, outbox->kind, visit_folder, &visit, err);
}
