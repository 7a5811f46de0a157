#include "fs/prefill.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "fs/mount_private.h"
#include "fs/notify.h"
#include "fs/outdated.h"
#include "tree/kernel.h"
#include "tree/tree.h"

/* As many directories are read at a time, by readers that are faster than we. */
#define RANGES_MAX 64

struct range {
	uint64_t dir;
	int64_t after, last;
};

struct prefill {
	struct mount *mount;
	struct notifier *thread;
	_Atomic bool is_ending;
	uint64_t n_changes; /* before the text at hand was read; the thread's alone */

	pthread_mutex_t lock;
	/* From here on guarded by lock; a ring. */
	struct range ranges[RANGES_MAX];
	size_t oldest, n_ranges;
	bool is_posted; /* the thread is at it, or will be */
};

/* false: nothing is left. */
static bool take_range(struct prefill *prefill, struct range *ret_range)
{
	bool is_there;

	pthread_mutex_lock(&prefill->lock);
	is_there = prefill->n_ranges > 0 && !prefill->is_ending;
	if (is_there) {
		*ret_range = prefill->ranges[prefill->oldest];
		prefill->oldest = (prefill->oldest + 1) % RANGES_MAX;
		prefill->n_ranges--;
	} else {
		prefill->is_posted = false;
	}
	pthread_mutex_unlock(&prefill->lock);
	return is_there;
}

static bool is_over(void *payload)
{
	const struct prefill *prefill = payload;

	return prefill->is_ending || fuse_session_exited(prefill->mount->session);
}

/* What is there already is not; nor is what would not be as long as the kernel was told. */
static bool wants(void *payload, const struct tree_entry *entry, uint64_t digest)
{
	struct prefill *prefill = payload;
	struct told *told = prefill->mount->told;

	prefill->n_changes = outdated_count(prefill->mount->outdated);
	return entry->size > 0 && told_matches(told, entry) &&
	       !told_has_pages(told, entry->node, digest);
}

/* Failures: the kernel has forgotten the node, or is not there any more. */
static void push(void *payload, const struct tree_file *file)
{
	struct prefill *prefill = payload;
	struct mount *mount = prefill->mount;
	struct fuse_bufvec bytes = FUSE_BUFVEC_INIT(0);
	struct tree_entry entry;
	const char *data;

	tree_file_get(file, &entry);
	/* It may have changed since it was wanted. */
	if (tree_file_is_direct(file) || !told_matches(mount->told, &entry))
		return;
	data = tree_file_data(file, &bytes.buf[0].size);
	/* libfuse's buffers are for reading and for writing. */
	bytes.buf[0].mem = (void *)(uintptr_t)data; /* NOLINT(performance-no-int-to-ptr) */
	if (fuse_lowlevel_notify_store(mount->session, entry.node, 0, &bytes, 0) < 0)
		return;
	if (outdated_count(mount->outdated) != prefill->n_changes) {
		fuse_lowlevel_notify_inval_inode(mount->session, entry.node, 0, 0);
		return;
	}
	told_note_pages(mount->told, entry.node, tree_file_digest(file));
	kernel_count_prefilled(mount->tree, entry.size);
}

static void push_ranges(void *payload)
{
	struct prefill *prefill = payload;
	const struct tree_text_visitor visitor = {
		.wants = wants, .see = push, .is_over = is_over, .payload = prefill
	};
	struct range range;
	struct error err = { 0 };

	while (take_range(prefill, &range)) {
		if (tree_see_texts(prefill->mount->tree, range.dir, range.after, range.last,
			    &visitor, &err) < 0)
			log_line(LOG_WARN, "texts are not read ahead: %s", err.text);
	}
}

int prefill_new(struct mount *mount, struct prefill **ret_prefill, struct error *err)
{
	struct prefill *prefill = calloc(1, sizeof(*prefill));
	int ret;

	if (!prefill)
		return error_set(err, ENOMEM, "out of memory");
	prefill->mount = mount;
	pthread_mutex_init(&prefill->lock, NULL);
	ret = notifier_new(&prefill->thread, err);
	if (ret < 0) {
		prefill_free(prefill);
		return ret;
	}
	*ret_prefill = prefill;
	return 0;
}

void prefill_free(struct prefill *prefill)
{
	if (!prefill)
		return;
	prefill->is_ending = true;
	notifier_free(prefill->thread);
	pthread_mutex_destroy(&prefill->lock);
	free(prefill);
}

/* A reader's next part goes to the part before, if that still waits. */
static bool join_locked(struct prefill *prefill, const struct range *range)
{
	for (size_t i = 0; i < prefill->n_ranges; i++) {
		struct range *other = &prefill->ranges[(prefill->oldest + i) % RANGES_MAX];

		if (other->dir == range->dir && other->last == range->after) {
			other->last = range->last;
			return true;
		}
	}
	return false;
}

void prefill_add(struct prefill *prefill, uint64_t dir, int64_t after, int64_t last)
{
	const struct range range = { .dir = dir, .after = after, .last = last };

	if (!prefill)
		return;
	pthread_mutex_lock(&prefill->lock);
	if (!join_locked(prefill, &range) && prefill->n_ranges < RANGES_MAX) {
		prefill->ranges[(prefill->oldest + prefill->n_ranges) % RANGES_MAX] = range;
		prefill->n_ranges++;
	}
	if (!prefill->is_posted)
		prefill->is_posted = notifier_post(prefill->thread, push_ranges, prefill) == 0;
	pthread_mutex_unlock(&prefill->lock);
}
