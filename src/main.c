/*
 * squidexfs: mounts the content of a Squidex server. Options -> the stack, bottom-up ->
 * the mount -> the same, top-down. What each step does is said in its own room.
 */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/apps.h"
#include "cli/args.h"
#include "cli/check.h"
#include "cli/daemonize.h"
#include "cli/docs.h"
#include "cli/exit.h"
#include "cli/prefetch.h"
#include "cli/profile.h"
#include "cli/secret.h"
#include "fs/mount.h"
#include "fs/version.h"
#include "tree/errors.h"
#include "tree/events.h"
#include "tree/tree.h"

struct program {
	const struct clock *clock;
	struct profile profile;
	struct apps apps;
	struct error_log *errors;
	struct event_log *events; /* NULL: nobody tells of any */
	struct tree *tree;
	struct mount *mount;
};

static int open_tree(struct program *p, struct error *err)
{
	struct tree_conf conf = p->profile.mount.tree;

	p->errors = error_log_new();
	if (!p->errors)
		return error_set(err, ENOMEM, "out of memory");
	conf.clock = p->clock;
	conf.apps = p->apps.apps;
	conf.n_apps = p->apps.n_apps;
	conf.http = p->apps.http;
	conf.errors = p->errors;
	if (apps_are_watched(&p->apps)) {
		p->events = event_log_new(p->clock);
		if (!p->events)
			return error_set(err, ENOMEM, "out of memory");
	}
	conf.events = p->events;
	return tree_new(&conf, &p->tree, err);
}

static enum exit_code build(struct program *p, const struct args *args, struct error *err)
{
	struct mount_conf *mount = &p->profile.mount.mount;
	enum exit_code code;

	p->clock = clock_system();
	if (profile_load(args, &p->profile, err) < 0)
		return EXIT_USAGE;
	log_open(LOG_TO_STDERR, p->profile.mount.trace);
	mount->clock = p->clock;
	if (mount_check(mount->mountpoint, err) < 0)
		return EXIT_MOUNT;
	code = apps_open(&p->profile, p->clock, NULL, &p->apps, err);
	if (code != EXIT_GOOD)
		return code;
	if (!mount->is_read_only && apps_open_savers(&p->apps, err) < 0)
		return EXIT_MOUNT;
	if (open_tree(p, err) < 0 || mount_new(mount, p->tree, p->errors, &p->mount, err) < 0 ||
		apps_start(&p->apps, p->events, err) < 0)
		return EXIT_MOUNT;
	return EXIT_GOOD;
}

static void tear_down(struct program *p)
{
	apps_stop(&p->apps);
	mount_free(p->mount);
	tree_free(p->tree);
	event_log_free(p->events);
	error_log_free(p->errors);
	apps_close(&p->apps);
	profile_release(&p->profile);
}

static enum exit_code mount_and_serve(const struct args *args)
{
	struct program p = { 0 };
	struct error err = { 0 };
	enum exit_code code = EXIT_GOOD;
	int starter = -1;

	if (!args->is_foreground && daemon_fork(&starter, &err) < 0)
		code = EXIT_MOUNT;
	if (code == EXIT_GOOD)
		code = build(&p, args, &err);
	if (code == EXIT_GOOD && !args->is_foreground && daemon_detach(starter, &err) < 0)
		code = EXIT_MOUNT;
	if (code == EXIT_GOOD && mount_run(p.mount, &err) < 0)
		code = EXIT_MOUNT;
	if (code != EXIT_GOOD)
		log_line(LOG_ERROR, "%s", err.text);
	else
		log_line(LOG_NOTE, "unmounted %s", args->mountpoint);
	tear_down(&p);
	return code;
}

static enum exit_code carry_out(const struct args *args)
{
	switch (args->command) {
	case ARGS_HELP:
		docs_write_help(stdout);
		break;
	case ARGS_VERSION:
		printf("squidexfs version %s\nFUSE library version %s\n", SQUIDEXFS_VERSION,
			version_get_library());
		break;
	case ARGS_CHECK:
		return check_run(args);
	case ARGS_PREFETCH:
		return prefetch_run(args);
	case ARGS_MOUNT:
		return mount_and_serve(args);
	}
	return EXIT_GOOD;
}

/*
 * Read by jemalloc(3), where that is linked. By itself it keeps four arenas a processor, and each grows
 * to what the largest page took in it.
 */
extern const char *malloc_conf;
const char *malloc_conf = "narenas:2";

int main(int argc, char **argv)
{
	struct args args;
	struct error err = { 0 };
	enum exit_code code;

	secret_protect_process();
	if (daemon_open_streams() < 0)
		return EXIT_MOUNT;
	log_open(LOG_TO_STDERR, NULL);
	if (args_parse(argc, argv, &args, &err) < 0) {
		log_line(LOG_ERROR, "%s", err.text);
		return EXIT_USAGE;
	}
	code = carry_out(&args);
	args_release(&args);
	return (int)code;
}
