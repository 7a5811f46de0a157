#include "fs/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "fs/channel.h"
#include "fs/explain.h"
#include "fs/follow.h"
#include "fs/handle.h"
#include "fs/held.h"
#include "fs/lists.h"
#include "fs/mount_private.h"
#include "fs/notify.h"
#include "fs/ops.h"
#include "fs/outdated.h"
#include "fs/prefill.h"
#include "fs/refusal.h"
#include "tree/tree.h"

/*
 * A worker waits for the server as long as its process does, so each process that waits takes
 * one, and what needs no server (status, errors, what is cached) must still find a free one.
 * They are started as they are needed.
 */
#define MAX_THREADS 512

int mount_check(const char *mountpoint, struct error *err)
{
	const char *command = geteuid() == 0 ? "umount" : "fusermount3 -u";
	struct statx found;

	/* mount.fuse3 -o drop_privileges has mounted already and hands the connection over. */
	if (strncmp(mountpoint, "/dev/fd/", 8) == 0)
		return 0;
	/* The kernel still knows the attributes of a dead mount: it must be made to ask. */
	if (statx(AT_FDCWD, mountpoint, AT_STATX_FORCE_SYNC, STATX_TYPE, &found) == 0) {
		if (!S_ISDIR(found.stx_mode))
			return error_set(
				err, ENOTDIR, "mount point '%s' is not a directory", mountpoint);
		return 0;
	}
	if (errno == ENOTCONN)
		return error_set(err, ENOTCONN,
			"mount point '%s' belongs to a mount whose program has died; "
			"clear it with: %s '%s'",
			mountpoint, command, mountpoint);
	return error_set(err, errno, "mount point '%s': %s", mountpoint, strerror(errno));
}

/* Fills the argument list that libfuse parses; false: out of memory. */
static bool make_arguments(const struct mount_conf *conf, struct fuse_args *args)
{
	char *options = NULL;
	char *fsname = NULL;
	bool is_good;

	is_good = asprintf(&fsname, "fsname=%s", conf->fsname) >= 0 &&
		  fuse_opt_add_opt(&options, "default_permissions,subtype=squidexfs") == 0 &&
		  fuse_opt_add_opt_escaped(&options, fsname) == 0;
	if (is_good && conf->fuse_options && *conf->fuse_options)
		is_good = fuse_opt_add_opt(&options, conf->fuse_options) == 0;
	is_good = is_good && fuse_opt_add_arg(args, "squidexfs") == 0 &&
		  fuse_opt_add_arg(args, "-o") == 0 && fuse_opt_add_arg(args, options) == 0;
	if (is_good && conf->is_debug)
		is_good = fuse_opt_add_arg(args, "-d") == 0;
	free(fsname);
	free(options);
	return is_good;
}

static int open_session(const struct mount_conf *conf, struct mount *mount, struct error *err)
{
	struct fuse_lowlevel_ops ops = ops_make(tree_has_xattr(mount->tree));
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	int ret = 0;

	if (make_arguments(conf, &args))
		mount->session = fuse_session_new(&args, &ops, sizeof(ops), mount);
	else
		ret = error_set(err, ENOMEM, "out of memory");
	if (ret == 0 && !mount->session)
		ret = error_set(err, EINVAL, "libfuse does not take the options '%s'",
			conf->fuse_options ? conf->fuse_options : "");
	fuse_opt_free_args(&args);
	return ret;
}

static int fill_mount(const struct mount_conf *conf, struct tree *tree, struct error_log *errors,
	struct mount *mount, struct error *err)
{
	int ret;

	mount->clock = conf->clock;
	mount->tree = tree;
	mount->errors = errors;
	mount->timeout_ms = conf->timeout_ms;
	mount->is_single_threaded = conf->is_single_threaded;
	mount->is_read_only = conf->is_read_only;
	mount->prefill_bytes = conf->prefill_bytes;
	mount->mountpoint = strdup(conf->mountpoint);
	mount->told = told_new();
	mount->handles = handles_new();
	mount->held = held_new();
	mount->lists = lists_new();
	if (!mount->mountpoint || !mount->told || !mount->handles || !mount->held || !mount->lists)
		return error_set(err, ENOMEM, "out of memory");
	ret = open_session(conf, mount, err);
	if (ret == 0)
		ret = notifier_new(&mount->notifier, err);
	if (ret == 0)
		ret = outdated_new(mount, &mount->outdated, err);
	if (ret == 0)
		ret = follow_new(mount, &mount->follow, err);
	if (ret == 0 && mount->prefill_bytes > 0)
		ret = prefill_new(mount, &mount->prefill, err);
	return ret;
}

/*
 * fusermount3 runs as root, and with auto_unmount as long as the mount itself: it gets no
 * connection and no file of this program. Not all that libraries open is close-on-exec.
 * Kernels before 5.11 cannot do it, which keeps nobody from mounting.
 */
static void keep_files_from_helpers(void)
{
	(void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

int mount_new(const struct mount_conf *conf, struct tree *tree, struct error_log *errors,
	struct mount **ret_mount, struct error *err)
{
	struct mount *mount;
	int ret = mount_check(conf->mountpoint, err);

	if (ret < 0)
		return ret;
	mount = calloc(1, sizeof(*mount));
	if (!mount)
		return error_set(err, ENOMEM, "out of memory");
	ret = fill_mount(conf, tree, errors, mount, err);
	/* Before it is mounted: a signal that came between would leave a dead mount. */
	if (ret == 0 && fuse_set_signal_handlers(mount->session) < 0)
		ret = error_set(err, EINVAL, "cannot take the signals that end the mount");
	mount->has_signals = ret == 0;
	if (ret == 0) {
		keep_files_from_helpers();
		mount->is_mounted = fuse_session_mount(mount->session, mount->mountpoint) == 0;
		if (mount->is_mounted)
			ret = channel_set(mount->session, err);
		else
			ret = explain_failed_mount(mount->mountpoint, conf->fuse_options, err);
	}
	if (ret < 0) {
		mount_free(mount);
		return ret;
	}
	*ret_mount = mount;
	return 0;
}

static int run_workers(struct mount *mount)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int ret;

	if (!config)
		return -ENOMEM;
	fuse_loop_cfg_set_max_threads(config, MAX_THREADS);
	fuse_loop_cfg_set_clone_fd(config, 0);
	ret = fuse_session_loop_mt(mount->session, config);
	fuse_loop_cfg_destroy(config);
	return ret;
}

int mount_run(struct mount *mount, struct error *err)
{
	struct error why = { 0 };
	int ret;

	if (mount->is_single_threaded)
		ret = fuse_session_loop(mount->session);
	else
		ret = run_workers(mount);
	/* libfuse has taken the mark off again, which the threads that tell the kernel go by. */
	fuse_session_exit(mount->session);
	if (refusal_new(mount, &mount->refusal, &why) < 0)
		log_line(LOG_WARN, "%s", why.text);
	/*
	 * A positive result is the number of the signal that ended the loop. ECONNABORTED is an unmount,
	 * too: one that met requests on their way to us, as the releases of many files.
	 */
	if (ret < 0 && ret != -ECONNABORTED)
		return error_set(
			err, -ret, "the connection to the kernel broke: %s", strerror(-ret));
	return 0;
}

/*
 * A second one is not to end the program while it tears down, nor a log that nobody reads any more: what
 * is yet to be sent would wait.
 */
static void ignore_signals(const struct mount *mount)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
	fuse_remove_signal_handlers(mount->session);
}

void mount_free(struct mount *mount)
{
	if (!mount)
		return;
	follow_end(mount->follow);
	outdated_end(mount->outdated);
	prefill_free(mount->prefill);
	notifier_free(mount->notifier);
	refusal_free(mount->refusal);
	follow_free(mount->follow);
	outdated_free(mount->outdated);
	if (mount->is_mounted)
		fuse_session_unmount(mount->session);
	if (mount->has_signals)
		ignore_signals(mount);
	if (mount->session)
		fuse_session_destroy(mount->session);
	handles_free(mount->handles);
	held_free(mount->held);
	lists_free(mount->lists);
	told_free(mount->told);
	free(mount->mountpoint);
	free(mount);
}
