/*
 * Names of what is kept in the state directory, as node numbers: a number stands for an
 * app, a schema and a file's name from the first time that it is shown until the mount ends.
 *
 *	kept_number(kept, &name, &number, err);
 *	kept_get(kept, number, &name);
 *
 * A name takes some hundred bytes, and there are as many as texts that failed while somebody
 * looked. Strings are copied; those of kept_get are borrowed and live as long as the table.
 * Threads: any; the lock inside is a leaf.
 */
#ifndef SQUIDEXFS_TREE_KEPT_H
#define SQUIDEXFS_TREE_KEPT_H

#include <stdbool.h>
#include <stdint.h>

struct app;
struct error;
struct kept;

struct kept_name {
	const struct app *app;
	const char *schema;
	const char *name; /* "": the schema's folder */
};

struct kept *kept_new(void);       /* NULL: out of memory */
void kept_free(struct kept *kept); /* NULL is legal */

/* The same for the same name. -ENOMEM. */
int kept_number(
	struct kept *kept, const struct kept_name *name, uint64_t *ret_number, struct error *err);

/* False: a number that was never given. */
bool kept_get(struct kept *kept, uint64_t number, struct kept_name *ret_name);

#endif
