#include "cli/profile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/app_name.h"
#include "cli/args.h"
#include "cli/credentials.h"
#include "cli/secret.h"
#include "net/url.h"

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "out of memory");
}

static int load_config(const struct mount_settings *mount, bool is_wanted,
	struct config *ret_config, struct error *err)
{
	int ret;

	if (mount->config) {
		ret = config_load(mount->config, ret_config, err);
		return ret == -ENOENT
			       ? error_set(err, ENOENT, "there is no file '%s'", mount->config)
			       : ret;
	}
	if (!is_wanted)
		return 0;
	ret = config_load_usual(ret_config, err);
	return ret == -ENOENT ? 0 : ret;
}

/* The settings of an app: defaults, its section over them, the command line over both. */
static void apply_options(
	struct profile_app *app, const struct config_section *section, const struct args *args)
{
	settings_init_app(&app->settings);
	if (section)
		option_list_apply(&section->options, OPTION_OF_APP, &app->settings);
	option_list_apply(&args->options, OPTION_OF_APP, &app->settings);
}

static int set_url(
	struct profile *profile, struct profile_app *app, const char *url, struct error *err)
{
	int ret;

	if (!url)
		return error_set(err, EINVAL,
			"no server for the app '%s': give its URL before the mount point, in "
			"SQUIDEX_URL, or as 'url' in the configuration file",
			app->name);
	ret = url_normalize(url, profile->mount.http.allow_http, &app->url, err);
	if (ret < 0)
		return ret;
	app->settings.client.url = app->url;
	app->settings.client.app = app->name;
	return 0;
}

static int set_cache(struct profile *profile, struct profile_app *app, struct error *err)
{
	app->settings.cache.client_id = app->client_id;
	if (app->settings.cache_place == CACHE_IN_MEMORY)
		return 0;
	if (profile->cache_directory[0] == '\0' &&
		!paths_cache(profile->cache_directory, sizeof(profile->cache_directory)))
		return error_set(err, EINVAL,
			"no place for the cache: set HOME or XDG_CACHE_HOME, or give "
			"-o cache=memory");
	app->settings.cache.directory = profile->cache_directory;
	return 0;
}

static int set_state(struct profile *profile, struct profile_app *app, struct error *err)
{
	if (profile->state_directory[0] == '\0' &&
		!paths_state(profile->state_directory, sizeof(profile->state_directory)))
		return error_set(err, EINVAL,
			"no place for what is not saved yet: set HOME or XDG_STATE_HOME");
	app->settings.state_directory = profile->state_directory;
	return 0;
}

/* The secret that a section holds, in the line or in a file. */
static int take_section_secret(struct config_section *section, char **ret_secret, struct error *err)
{
	const char *file = option_list_find(&section->options, "client_secret_file");

	if (file && section->client_secret)
		return error_set(err, EINVAL,
			"section [%s] has both client_secret and client_secret_file", section->app);
	if (file)
		return secret_read_file(file, SECRET_OF_USER, ret_secret, err);
	*ret_secret = section->client_secret;
	section->client_secret = NULL;
	return 0;
}

static int missing_secret(const struct profile_app *app, struct error *err)
{
	return error_set(err, EINVAL,
		"no secret for the client '%s': give -o client_secret_file=FILE, "
		"SQUIDEX_CLIENT_SECRET, or client_secret in the configuration file",
		app->client_id);
}

/* One app, whose client the credentials name. */
static int add_single(struct profile *profile, const struct args *args, struct credentials *known,
	struct error *err)
{
	struct profile_app *app = calloc(1, sizeof(*app));
	struct config_section *section;
	const char *section_id, *url;
	int ret;

	if (!app)
		return no_memory(err);
	profile->apps = app;
	profile->n_apps = 1;
	ret = app_name_settle(known->app, known->client_id, &app->name, &app->client_id, err);
	if (ret < 0)
		return ret;
	section = config_find(&profile->config, app->name);
	apply_options(app, section, args);
	app->client_secret = known->client_secret;
	known->client_secret = NULL;
	section_id = section ? option_list_find(&section->options, "client_id") : NULL;
	if (!app->client_secret && section_id &&
		(strcmp(section_id, app->client_id) == 0 ||
			strcmp(section_id, known->client_id) == 0))
		ret = take_section_secret(section, &app->client_secret, err);
	if (ret == 0 && !app->client_secret)
		ret = missing_secret(app, err);
	if (ret < 0)
		return ret;
	url = args->url ? args->url : known->url;
	ret = set_url(profile, app, url ? url : app->settings.url, err);
	if (ret == 0)
		ret = set_cache(profile, app, err);
	return ret == 0 ? set_state(profile, app, err) : ret;
}

/* A secret from outside, for a client that only the section names. */
static int find_outer_secret(struct profile_app *app, const struct profile *profile,
	struct credentials *known, struct error *err)
{
	int ret = 0;

	if (known->client_secret && profile->n_apps > 1)
		return error_set(err, EINVAL,
			"a secret is given outside '%s', which has several apps: pick one with "
			"-o app=NAME",
			profile->config.path);
	app->client_secret = known->client_secret;
	known->client_secret = NULL;
	if (!app->client_secret)
		ret = credentials_find_service(
			app->name, "client_secret", &app->client_secret, err);
	return ret;
}

static int fill_from_section(struct profile *profile, struct profile_app *app,
	struct config_section *section, const struct args *args, struct credentials *known,
	struct error *err)
{
	int ret;

	apply_options(app, section, args);
	if (!app->settings.client_id)
		return error_set(err, EINVAL, "%s:%u: section [%s] has no client_id",
			profile->config.path, section->line, section->app);
	ret = app_name_settle(
		section->app, app->settings.client_id, &app->name, &app->client_id, err);
	if (ret == 0)
		ret = find_outer_secret(app, profile, known, err);
	if (ret == 0 && !app->client_secret)
		ret = take_section_secret(section, &app->client_secret, err);
	if (ret < 0)
		return error_prefix(err, "%s:%u", profile->config.path, section->line);
	if (!app->client_secret)
		return error_set(err, EINVAL,
			"%s:%u: section [%s] has neither client_secret nor client_secret_file",
			profile->config.path, section->line, section->app);
	if (!args->url && app->settings.url) {
		ret = set_url(profile, app, app->settings.url, err);
		if (ret < 0)
			return error_prefix(err, "%s:%u", profile->config.path, section->line);
	} else {
		ret = set_url(profile, app, args->url ? args->url : known->url, err);
	}
	if (ret == 0)
		ret = set_cache(profile, app, err);
	return ret == 0 ? set_state(profile, app, err) : ret;
}

/* The sections of the file, or the one that is picked. */
static int add_sections(struct profile *profile, const struct args *args, struct credentials *known,
	struct error *err)
{
	struct config *config = &profile->config;
	size_t n = config->n_sections;
	struct config_section *first = config->sections;
	int ret = 0;

	if (known->app) {
		first = config_find(config, known->app);
		n = first ? 1 : 0;
	}
	if (n == 0 && known->app && config->path)
		return error_set(err, EINVAL, "'%s' has no section [%s]", config->path, known->app);
	if (n == 0)
		return error_set(err, EINVAL,
			"no client: give -o client_id=APP:CLIENT,client_secret_file=FILE, "
			"SQUIDEX_CLIENT_ID and SQUIDEX_CLIENT_SECRET, or a configuration file");
	profile->apps = calloc(n, sizeof(*profile->apps));
	if (!profile->apps)
		return no_memory(err);
	profile->n_apps = n;
	for (size_t i = 0; i < n && ret == 0; i++)
		ret = fill_from_section(profile, &profile->apps[i], &first[i], args, known, err);
	return ret;
}

/* The one server of all apps, else our own name. */
static const char *name_source(const struct profile *profile)
{
	for (size_t i = 1; i < profile->n_apps; i++) {
		if (strcmp(profile->apps[i].url, profile->apps[0].url) != 0)
			return "squidexfs";
	}
	return profile->apps[0].url;
}

static void settle_mount(struct profile *profile, const struct args *args)
{
	struct mount_conf *mount = &profile->mount.mount;

	mount->mountpoint = args->mountpoint;
	mount->fuse_options = args->fuse_options;
	mount->is_debug = args->is_debug;
	mount->is_single_threaded = args->is_single_threaded;
	mount->is_read_only = args->is_read_only;
	mount->fsname = args->fsname ? args->fsname : args->url;
	if (!mount->fsname)
		mount->fsname = name_source(profile);
	profile->mount.tree.mountpoint = args->mountpoint;
}

int profile_load(const struct args *args, struct profile *profile, struct error *err)
{
	struct app_settings given;
	struct credentials known = { 0 };
	int ret;

	*profile = (struct profile){ 0 };
	settings_init_mount(&profile->mount);
	option_list_apply(&args->options, OPTION_OF_MOUNT, &profile->mount);
	settings_init_app(&given);
	option_list_apply(&args->options, OPTION_OF_APP, &given);
	ret = credentials_gather(&given, profile->mount.app, &known, err);
	if (ret == 0 && profile->mount.http.key && !profile->mount.http.cert)
		ret = error_set(err, EINVAL, "-o key=%s needs -o cert=", profile->mount.http.key);
	if (ret == 0)
		ret = load_config(&profile->mount, !known.client_id || !known.client_secret,
			&profile->config, err);
	if (ret == 0)
		ret = known.client_id ? add_single(profile, args, &known, err)
				      : add_sections(profile, args, &known, err);
	if (ret == 0)
		settle_mount(profile, args);
	credentials_release(&known);
	if (ret < 0)
		profile_release(profile);
	return ret;
}

void profile_forget_secrets(struct profile *profile)
{
	for (size_t i = 0; i < profile->n_apps; i++) {
		secret_free(profile->apps[i].client_secret);
		profile->apps[i].client_secret = NULL;
	}
	for (size_t i = 0; i < profile->config.n_sections; i++) {
		secret_free(profile->config.sections[i].client_secret);
		profile->config.sections[i].client_secret = NULL;
	}
}

void profile_release(struct profile *profile)
{
	profile_forget_secrets(profile);
	for (size_t i = 0; i < profile->n_apps; i++) {
		free(profile->apps[i].name);
		free(profile->apps[i].url);
		free(profile->apps[i].client_id);
	}
	free(profile->apps);
	config_release(&profile->config);
	*profile = (struct profile){ 0 };
}
