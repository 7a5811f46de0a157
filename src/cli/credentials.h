/*
 * Who this client is, as far as it is said outside the configuration file:
 * options first, then the environment, then what systemd hands to a service.
 *
 *	credentials_gather(given, app, &credentials, err);
 *	credentials_find_service("foodcrunch", "client_secret", &secret, err);
 *	credentials_release(&credentials);
 *
 *	options		client_id, client_secret_file
 *	environment	SQUIDEX_URL, SQUIDEX_APP, SQUIDEX_CLIENT_ID, SQUIDEX_CLIENT_SECRET
 *	systemd		$CREDENTIALS_DIRECTORY/client_id, client_secret; both also with
 *			"<app>." before them
 *
 * Each thing comes from the first place that has it. A secret from a place that names a
 * client too is that client's: it is not used for another. SQUIDEX_CLIENT_SECRET is
 * erased from the environment, used or not.
 *
 * The struct owns its strings; secrets are wiped. Runs before threads start.
 */
#ifndef SQUIDEXFS_CLI_CREDENTIALS_H
#define SQUIDEXFS_CLI_CREDENTIALS_H

struct app_settings;
struct error;

struct credentials {
	char *url; /* NULL: no place says so; likewise the others */
	char *app;
	char *client_id; /* with or without the app's name */
	char *client_secret;
};

/* given: the command line's settings; app: its -o app, or NULL. Failure: a bad file. */
int credentials_gather(const struct app_settings *given, const char *app,
	struct credentials *ret_credentials, struct error *err);

/* One file of systemd's for this app ("foodcrunch", "client_secret"). NULL: there is none. */
int credentials_find_service(const char *app, const char *what, char **ret_text, struct error *err);

void credentials_release(struct credentials *credentials);

#endif
