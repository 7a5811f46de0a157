/*
 * squidexfs: mounts the content of a Squidex server. Options -> the stack, bottom-up ->
 * the mount -> the same, top-down. What each step does is said in its own room.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/args.h"
#include "cli/check.h"
#include "cli/daemonize.h"
#include "cli/docs.h"
#include "cli/exit.h"
#include "cli/profile.h"
#include "cli/secret.h"
#include "cli/session.h"
#include "fs/mount.h"
#include "fs/version.h"
#include "net/http.h"
#include "tree/errors.h"
#include "tree/tree.h"

struct program {
	const struct clock *clock;
	struct profile profile;
	struct http *http;
	struct session **sessions;
	size_t n_sessions;
	struct app *apps;
	struct error_log *errors;
	struct tree *tree;
	struct mount *mount;
};

/* One app: its token, the app, its schemas, and the cache over them. */
static enum exit_code open_session(struct program *p, size_t i, struct error *err)
{
	const struct profile_app *app = &p->profile.apps[i];
	struct call call = call_begin(p->clock, p->profile.mount.mount.timeout_ms);
	struct session *session;

	if (session_new(app, p->http, p->clock, &session, err) < 0)
		return EXIT_MOUNT;
	p->sessions[p->n_sessions++] = session;
	if (session_fetch_app(session, &call, err) < 0 ||
		session_fetch_schemas(session, &call, err) < 0)
		return exit_code_of_request(err);
	if (session_open_cache(session, err) < 0)
		return EXIT_MOUNT;
	p->apps[i] = *session_app(session);
	return EXIT_GOOD;
}

static enum exit_code open_sessions(struct program *p, struct error *err)
{
	size_t n = p->profile.n_apps;
	enum exit_code code = EXIT_GOOD;

	p->sessions = calloc(n, sizeof(struct session *));
	p->apps = calloc(n, sizeof(*p->apps));
	if (!p->sessions || !p->apps) {
		error_set(err, ENOMEM, "out of memory");
		return EXIT_MOUNT;
	}
	for (size_t i = 0; i < n && code == EXIT_GOOD; i++) {
		code = open_session(p, i, err);
		if (code != EXIT_GOOD && n > 1)
			error_prefix(err, "cannot mount the app '%s'", p->profile.apps[i].name);
	}
	profile_forget_secrets(&p->profile);
	return code;
}

static int open_tree(struct program *p, struct error *err)
{
	struct tree_conf conf = p->profile.mount.tree;

	p->errors = error_log_new();
	if (!p->errors)
		return error_set(err, ENOMEM, "out of memory");
	conf.clock = p->clock;
	conf.apps = p->apps;
	conf.n_apps = p->n_sessions;
	conf.http = p->http;
	conf.errors = p->errors;
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
	if (mount_check(mount->mountpoint, err) < 0 ||
		http_new(&p->profile.mount.http, p->clock, &p->http, err) < 0)
		return EXIT_MOUNT;
	code = open_sessions(p, err);
	if (code != EXIT_GOOD)
		return code;
	if (open_tree(p, err) < 0 || mount_new(mount, p->tree, p->errors, &p->mount, err) < 0)
		return EXIT_MOUNT;
	return EXIT_GOOD;
}

static void tear_down(struct program *p)
{
	mount_free(p->mount);
	tree_free(p->tree);
	error_log_free(p->errors);
	for (size_t i = 0; i < p->n_sessions; i++)
		session_free(p->sessions[i]);
	free(p->sessions);
	free(p->apps);
	http_free(p->http);
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
	case ARGS_MOUNT:
		return mount_and_serve(args);
	}
	return EXIT_GOOD;
}

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
