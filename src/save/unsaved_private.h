/* What unsaved.c (putting and removing) and unsaved_look.c (looking) share. Internal to save/. */
#ifndef SQUIDEXFS_SAVE_UNSAVED_PRIVATE_H
#define SQUIDEXFS_SAVE_UNSAVED_PRIVATE_H

#include <limits.h>

struct error;

/* The folder of a schema. */
int unsaved_add_dir(const char *schema, char dir[PATH_MAX], struct error *err);

#endif
