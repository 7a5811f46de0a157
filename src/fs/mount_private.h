/*
 * The state of a mount, as its operations see it. Private to fs/; immutable while the
 * session runs, but for what the kernel was told and has open, which have their own rules.
 */
#ifndef SQUIDEXFS_FS_MOUNT_PRIVATE_H
#define SQUIDEXFS_FS_MOUNT_PRIVATE_H

#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/told.h"

struct clock;
struct error_log;
struct follow;
struct handles;
struct held;
struct lists;
struct notifier;
struct outdated;
struct prefill;
struct refusal;
struct tree;

struct mount {
	struct fuse_session *session;
	char *mountpoint;
	const struct clock *clock;
	struct tree *tree;        /* borrowed */
	struct error_log *errors; /* borrowed */
	struct told *told;
	struct handles *handles;
	struct held *held;
	struct lists *lists;
	struct notifier *notifier;
	struct outdated *outdated;
	struct follow *follow;   /* NULL: there are no events */
	struct prefill *prefill; /* NULL: nothing is put into the page cache beforehand */
	uint64_t prefill_bytes;  /* at most, of one reading of a directory */
	struct refusal *refusal; /* NULL: the loop runs */
	uint64_t timeout_ms;
	size_t max_write; /* bytes of one write; 0: the kernel has not greeted yet */
	bool is_mounted;
	bool has_signals; /* that end the mount */
	bool is_single_threaded;
	bool is_read_only;
	/* Files are read without being opened; ops.c, when INIT is answered, maybe after the notifier. */
	_Atomic bool is_openless;
	bool is_greeted; /* INIT was answered; channel.c, written before other threads start */
};

#endif
