/*
 * The configuration file: INI, one section an app.
 *
 *	[foodcrunch]
 *	url = https://cloud.squidex.io
 *	client_id = foodcrunch:default
 *	client_secret = ...
 *	view = data
 *
 *	config_load("/etc/squidexfs.conf", &config, err);
 *	section = config_find(&config, "foodcrunch");
 *	config_release(&config);
 *
 * Keys are those rows of the option table that may stand in a file. Whatever else the
 * file says is an error that names file and line: an unknown key, a section or a key
 * given twice, a bad value, a line of more than some 190 bytes (inih's limit). Relative paths
 * are taken from the file's directory. The file is guarded as cli/secret.h says.
 *
 * The struct owns everything in it; secrets are wiped by config_release.
 */
#ifndef SQUIDEXFS_CLI_CONFIG_H
#define SQUIDEXFS_CLI_CONFIG_H

#include <stddef.h>

#include "cli/option_list.h"

struct error;

struct config_section {
	char *app;
	unsigned line; /* of its heading */
	struct option_list options;
	char *client_secret; /* NULL: none */
};

struct config {
	char *path;
	struct config_section *sections; /* in the file's order */
	size_t n_sections;
};

/* -ENOENT without a sentence: no such file. Other failures: -EINVAL, -EACCES, ... */
int config_load(const char *path, struct config *ret_config, struct error *err);

/* $XDG_CONFIG_HOME/squidexfs/config, else /etc/squidexfs.conf; the first that exists. -ENOENT. */
int config_load_usual(struct config *ret_config, struct error *err);

struct config_section *config_find(const struct config *config, const char *app);
void config_release(struct config *config);

#endif
