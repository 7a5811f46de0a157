/*
 * Names of apps and of their clients. A client's id names its app: "foodcrunch:default",
 * or "foodcrunch~default" where a colon is unwelcome. Pure functions.
 */
#ifndef SQUIDEXFS_CLI_APP_NAME_H
#define SQUIDEXFS_CLI_APP_NAME_H

struct error;

/* -EINVAL with a sentence: not lower-case letters, digits and '-'. */
int app_name_check(const char *app, struct error *err);

/*
 * Settles app and client against each other: either may lack the app's name (app NULL,
 * client_id without separator), but not both; if both have it, it must be the same.
 * Results are the caller's; *ret_client_id has the app's name in it.
 */
int app_name_settle(const char *app, const char *client_id, char **ret_app, char **ret_client_id,
	struct error *err);

#endif
