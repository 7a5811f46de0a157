/*
 * Secrets on their way from where they stand to the one place that keeps them
 * (api/identity.h): each copy is overwritten before it is freed.
 *
 *	secret_protect_process();		-- first of all
 *	secret_read_file(path, SECRET_OF_USER, &secret, err);
 *	secret_free(secret);
 *
 * A file that holds secrets is refused (-EACCES, with the command that mends it) unless it
 * belongs to the user or root and nobody else has any access. Not so in the directory
 * that systemd makes for a service: it guards that itself, by an ACL that shows as
 * permissions of the group.
 */
#ifndef SQUIDEXFS_CLI_SECRET_H
#define SQUIDEXFS_CLI_SECRET_H

#include <stddef.h>

struct buf;
struct error;

enum secret_guard { SECRET_OF_USER, SECRET_OF_SYSTEMD };

/* Ceiling of a secret file and of a configuration file; read in one piece (secret.c). */
#define SECRET_FILE_MAX ((size_t)64 * 1024)

/* No core dumps of this process. */
void secret_protect_process(void);

/*
 * The whole file, after the check of its owner and permissions; text is initialised here
 * and to be wiped by the caller. -ENOENT without a sentence where there is no such file.
 */
int secret_load(const char *path, enum secret_guard guard, struct buf *ret_text, struct error *err);

/* A file with one line, without its newline. -EINVAL if it is empty or has more; -ENOENT. */
int secret_read_file(
	const char *path, enum secret_guard guard, char **ret_secret, struct error *err);

/* Takes a variable out of the environment, /proc/<pid>/environ too. NULL: not set or empty. */
int secret_take_environment(const char *name, char **ret_secret, struct error *err);

void secret_free(char *secret); /* NULL is legal */

#endif
