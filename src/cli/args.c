#include "cli/args.h"

#include <errno.h>
#include <fuse_opt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/fuse_options.h"

/* What args_parse has in hand while libfuse's parser calls back. */
struct parse {
	struct args *args;
	struct error *err;
	char directory[PATH_MAX];
	const char *positional[2];
	size_t n_positional;
	const struct option_def *last; /* the list that a comma may have cut */
};

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "out of memory");
}

static int refuse_unknown(const char *name, struct error *err)
{
	const char *near = option_suggest(name, OPTION_ON_COMMAND_LINE);

	if (near)
		return error_set(
			err, EINVAL, "unknown option '-o %s'; did you mean '%s'?", name, near);
	return error_set(err, EINVAL, "unknown option '-o %s'; see squidexfs --help", name);
}

static int pass_on(struct parse *p, const char *option)
{
	struct args *args = p->args;

	if (strncmp(option, "fsname=", 7) == 0) {
		free(args->fsname);
		args->fsname = strdup(option + 7);
		return args->fsname ? 0 : no_memory(p->err);
	}
	if (strcmp(option, "ro") == 0 || strcmp(option, "rw") == 0)
		args->is_read_only = option[1] == 'o';
	return fuse_opt_add_opt_escaped(&args->fuse_options, option) < 0 ? no_memory(p->err) : 0;
}

static int add_to_list(struct parse *p, const char *word)
{
	const char *old = option_list_find(&p->args->options, p->last->name);
	char *text;
	int ret;

	if (asprintf(&text, "%s,%s", old, word) < 0)
		return no_memory(p->err);
	ret = option_list_add(&p->args->options, p->last, text, p->directory, p->err);
	free(text);
	return ret;
}

/*
 * "-o languages=en,de": the comma that parts options has parted the list too. A word that
 * is an option is that ("dev", which mount.fuse3 adds, is the code of a language); "ro",
 * which may well be Romanian, is asked to be said clearly.
 */
static int take_list_word(struct parse *p, const char *word, bool *ret_taken)
{
	const struct option_def *list = p->last;

	*ret_taken = false;
	if (!list || strchr(word, '=') || !option_goes_on(list, word))
		return 0;
	if (list->type == OPTION_LANGUAGES && strlen(word) > 2 &&
		(option_find(word) || fuse_options_classify(word) != FUSE_OPTION_UNKNOWN))
		return 0;
	*ret_taken = true;
	if (list->type == OPTION_LANGUAGES && fuse_options_classify(word) != FUSE_OPTION_UNKNOWN)
		return error_set(p->err, EINVAL,
			"'%s' after '%s=' may be an option or belong to the list: join the list by "
			"':', or put the option before it",
			word, list->name);
	return add_to_list(p, word);
}

/* "http://user:password@host", with or without the scheme. */
static bool has_password(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *user = scheme ? scheme + 3 : url;
	const char *at = strrchr(user, '@');

	return at && memchr(user, ':', (size_t)(at - user));
}

static int take_own(struct parse *p, const struct option_def *def, const char *value)
{
	if (strcmp(def->name, "proxy") == 0 && value && has_password(value))
		return error_set(p->err, EINVAL,
			"a password on the command line can be read by every user: put the proxy "
			"into the environment, as https_proxy");
	if (strcmp(def->name, "client_secret") == 0)
		return error_set(p->err, EINVAL,
			"a secret on the command line can be read by every user: put it into a "
			"file "
			"and give -o client_secret_file=FILE, or into SQUIDEX_CLIENT_SECRET or the "
			"configuration file");
	if (!(def->place & OPTION_ON_COMMAND_LINE))
		return error_set(p->err, EINVAL,
			"'-o %s' is a key of the configuration file; see squidexfs --help",
			def->name);
	/* Who joins a list by ':' does not go on with ','. */
	p->last = value && strchr(value, ':') ? NULL : def;
	return option_list_add(&p->args->options, def, value, p->directory, p->err);
}

static int take_option(struct parse *p, const char *option)
{
	const char *equals = strchr(option, '=');
	const struct option_def *def;
	char name[64];
	bool is_taken;
	int ret;

	if (*option == '\0')
		return 0;
	ret = take_list_word(p, option, &is_taken);
	if (ret < 0 || is_taken)
		return ret;
	p->last = NULL;
	snprintf(name, sizeof(name), "%.*s",
		(int)(equals ? (size_t)(equals - option) : strlen(option)), option);
	def = option_find(name);
	if (def)
		return take_own(p, def, equals ? equals + 1 : NULL);
	switch (fuse_options_classify(option)) {
	case FUSE_OPTION_PASSED_ON:
		return pass_on(p, option);
	case FUSE_OPTION_IGNORED:
		return 0;
	case FUSE_OPTION_UNKNOWN:
		break;
	}
	return refuse_unknown(name, p->err);
}

static int take_flag(struct parse *p, const char *flag)
{
	struct args *args = p->args;

	if (strcmp(flag, "-f") == 0) {
		args->is_foreground = true;
	} else if (strcmp(flag, "-d") == 0) {
		args->is_foreground = args->is_debug = true;
	} else if (strcmp(flag, "-s") == 0) {
		args->is_single_threaded = true;
	} else if (strcmp(flag, "-h") == 0 || strcmp(flag, "--help") == 0) {
		args->command = ARGS_HELP;
	} else if (strcmp(flag, "-V") == 0 || strcmp(flag, "--version") == 0) {
		args->command = ARGS_VERSION;
	} else if (strcmp(flag, "--check") == 0) {
		args->command = ARGS_CHECK;
	} else if (strcmp(flag, "--prefetch") == 0) {
		args->command = ARGS_PREFETCH;
	} else {
		return error_set(p->err, EINVAL, "unknown option '%s'; see squidexfs --help", flag);
	}
	return 0;
}

static int take_positional(struct parse *p, const char *arg)
{
	if (p->n_positional == 2)
		return error_set(p->err, EINVAL,
			"too many arguments: '%s' comes after a URL and a mount point", arg);
	p->positional[p->n_positional++] = arg;
	return 0;
}

/* libfuse's callback: 0 drops the argument from its own list, which nobody reads. */
static int take_argument(void *data, const char *arg, int key, struct fuse_args *outargs)
{
	struct parse *p = data;
	int ret;

	(void)outargs;
	if (key == FUSE_OPT_KEY_NONOPT)
		ret = take_positional(p, arg);
	else if (arg[0] == '-')
		ret = take_flag(p, arg);
	else
		ret = take_option(p, arg);
	return ret < 0 ? -1 : 0;
}

/* libfuse would print its own line for this. */
static int check_dangling(int argc, char **argv, struct error *err)
{
	if (argc > 1 && strcmp(argv[argc - 1], "-o") == 0)
		return error_set(err, EINVAL, "'-o' needs an option after it");
	return 0;
}

static int set_url(struct args *args, const char *url, struct error *err)
{
	/* What an fstab line says whose configuration file names the servers. */
	if (strcmp(url, "none") == 0)
		return 0;
	args->url = strdup(url);
	return args->url ? 0 : no_memory(err);
}

/*
 * Absolute, since the daemon changes its directory. A path that cannot be resolved (the
 * mount point of a daemon that died) is left to mount_check, which knows what to say.
 */
static int set_mountpoint(struct parse *p, const char *path)
{
	char *mountpoint = NULL;

	if (strncmp(path, "/dev/fd/", 8) != 0)
		mountpoint = realpath(path, NULL);
	if (!mountpoint && path[0] == '/')
		mountpoint = strdup(path);
	else if (!mountpoint && asprintf(&mountpoint, "%s/%s", p->directory, path) < 0)
		mountpoint = NULL;
	p->args->mountpoint = mountpoint;
	return mountpoint ? 0 : no_memory(p->err);
}

static int place_positional(struct parse *p)
{
	struct args *args = p->args;
	size_t n = p->n_positional;
	int ret = 0;

	if (args->command == ARGS_HELP || args->command == ARGS_VERSION)
		return 0;
	if (args->command != ARGS_MOUNT && n == 2)
		return error_set(p->err, EINVAL,
			"too many arguments: --%s takes a URL and mounts nothing",
			args->command == ARGS_CHECK ? "check" : "prefetch");
	if (args->command == ARGS_MOUNT && (n == 0 || (n == 1 && strstr(p->positional[0], "://"))))
		return error_set(p->err, EINVAL,
			"no mount point; usage: squidexfs [-o opt[,opt...]] [URL] MOUNTPOINT");
	if (args->command == ARGS_MOUNT)
		ret = set_mountpoint(p, p->positional[--n]);
	if (ret == 0 && n == 1)
		ret = set_url(args, p->positional[0], p->err);
	return ret;
}

int args_parse(int argc, char **argv, struct args *ret_args, struct error *err)
{
	struct args args = { .command = ARGS_MOUNT };
	struct fuse_args fuse_args = FUSE_ARGS_INIT(argc, argv);
	struct parse p = { .args = &args, .err = err };
	int ret = check_dangling(argc, argv, err);

	if (ret < 0)
		return ret;
	if (!getcwd(p.directory, sizeof(p.directory)))
		return error_set(
			err, EINVAL, "cannot tell the current directory: %s", strerror(errno));
	err->errnum = 0;
	if (fuse_opt_parse(&fuse_args, &p, NULL, take_argument) < 0)
		ret = err->errnum ? -err->errnum : no_memory(err);
	fuse_opt_free_args(&fuse_args);
	if (ret == 0)
		ret = place_positional(&p);
	if (ret < 0)
		args_release(&args);
	else
		*ret_args = args;
	return ret;
}

void args_release(struct args *args)
{
	option_list_release(&args->options);
	free(args->url);
	free(args->mountpoint);
	free(args->fuse_options);
	free(args->fsname);
	*args = (struct args){ 0 };
}
