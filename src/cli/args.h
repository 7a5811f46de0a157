/*
 * The command line, taken apart as every libfuse program takes it: flags, -o lists with
 * libfuse's escapes, the server's URL and the mount point.
 *
 *	ret = args_parse(argc, argv, &args, &err);	-- -EINVAL: a usage error
 *	... args.command says what to do ...
 *	args_release(&args);
 *
 * -o options are of four kinds: our own go into args.options; those of libfuse and the
 * kernel into args.fuse_options; those that mean something to mount(8) alone are dropped;
 * all others are refused, with the name that may have been meant. A secret is refused in
 * argv, since every user of the machine can read it there.
 *
 * The struct owns its strings.
 */
#ifndef SQUIDEXFS_CLI_ARGS_H
#define SQUIDEXFS_CLI_ARGS_H

#include <stdbool.h>

#include "cli/option_list.h"

struct error;

enum args_command { ARGS_MOUNT, ARGS_CHECK, ARGS_PREFETCH, ARGS_HELP, ARGS_VERSION };

struct args {
	enum args_command command;
	struct option_list options;
	char *url;          /* NULL: not given, or "none" */
	char *mountpoint;   /* absolute, or "/dev/fd/N" as mount.fuse3 gives it */
	char *fuse_options; /* comma list, escaped; NULL: none */
	char *fsname;       /* NULL: not given */
	bool is_foreground;
	bool is_debug;
	bool is_single_threaded;
	bool is_read_only;
};

int args_parse(int argc, char **argv, struct args *ret_args, struct error *err);
void args_release(struct args *args);

#endif
