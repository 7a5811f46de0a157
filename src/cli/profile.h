/*
 * What is to be mounted: the command line, the credentials and the configuration file,
 * put together into settings for the mount and one client for each app.
 *
 *	profile_load(&args, &profile, err);	-- everything here is the user's mistake
 *	... profile.mount, profile.apps ...
 *	profile_release(&profile);		-- after all that was built from it
 *
 * One app, where a client is named outside the file (cli/credentials.h): the file's
 * section of that app, if there is one, says what else is known of it. Otherwise each
 * section is an app, or the one that -o app= or SQUIDEX_APP picks. The file is read where
 * -o config= names it, or where a client or its secret is still wanted.
 *
 * The server is the URL of the command line, else SQUIDEX_URL, else the section's; where
 * the client is a section's, that comes before SQUIDEX_URL: a secret goes where its own
 * section sends it.
 *
 * Owns all strings in it, borrows args. Reads files and the environment, not the network.
 */
#ifndef SQUIDEXFS_CLI_PROFILE_H
#define SQUIDEXFS_CLI_PROFILE_H

#include <stddef.h>

#include "cli/config.h"
#include "cli/paths.h"
#include "cli/settings.h"

struct args;
struct error;

struct profile_app {
	char *name;
	char *url; /* normalised */
	char *client_id;
	char *client_secret;
	struct app_settings settings;
};

struct profile {
	struct mount_settings mount;
	struct profile_app *apps;
	size_t n_apps;
	struct config config; /* path NULL: no file was read */
	char cache_directory[PATHS_MAX];
	char state_directory[PATHS_MAX];
};

/* In place, since the settings point into it: a profile is not moved. Zeroed on failure. */
int profile_load(const struct args *args, struct profile *profile, struct error *err);
void profile_release(struct profile *profile);

/* Wipes the secrets, once those who keep them have their copies. */
void profile_forget_secrets(struct profile *profile);

#endif
