/*
 * What the options say, as plain values: a struct for the whole mount and one for each
 * app. Every layer finds its own small conf struct in here and sees no other.
 *
 *	settings_init_mount(&mount);	-- the table's defaults
 *	settings_init_app(&app);
 *	option_list_apply(&list, OPTION_OF_APP, &app);
 *
 * Strings are borrowed from the option lists that were applied and live as long as they.
 */
#ifndef SQUIDEXFS_CLI_SETTINGS_H
#define SQUIDEXFS_CLI_SETTINGS_H

#include "api/client.h"
#include "cache/cache.h"
#include "fs/mount.h"
#include "net/http.h"
#include "save/deletes.h"
#include "save/save.h"
#include "tree/tree.h"

enum cache_place { CACHE_ON_DISK, CACHE_IN_MEMORY };

struct mount_settings {
	const char *app;    /* the one to mount; NULL: all of the file */
	const char *config; /* absolute path; NULL: where it is looked for by default */
	const char *trace;  /* rooms, comma-separated; NULL: none */
	struct http_conf http;
	struct mount_conf mount;
	struct tree_conf tree;
};

struct app_settings {
	const char *url; /* as the user wrote it */
	const char *client_id;
	const char *client_secret_file; /* absolute path */
	enum cache_place cache_place;
	bool is_watching; /* the server tells of changes */
	struct client_conf client;
	struct cache_conf cache;
	struct saver_conf saver;
	struct deletes_conf deletes;
	const char *state_directory;
	uint64_t max_state_bytes;
};

void settings_init_mount(struct mount_settings *settings);
void settings_init_app(struct app_settings *settings);

#endif
