/*
 * Where files of this program stand, by the XDG base directory specification and by what
 * systemd sets for a service. Nothing is made here. false: there is no such place (no home).
 */
#ifndef SQUIDEXFS_CLI_PATHS_H
#define SQUIDEXFS_CLI_PATHS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define PATHS_MAX PATH_MAX
#define PATHS_SYSTEM_CONFIG "/etc/squidexfs.conf"

/* $XDG_CONFIG_HOME/squidexfs/config, by default below ~/.config. */
bool paths_user_config(char *path, size_t size);

/*
 * $CACHE_DIRECTORY where systemd gives one, /var/cache/squidexfs for root,
 * $XDG_CACHE_HOME/squidexfs (by default below ~/.cache) for others.
 */
bool paths_cache(char *path, size_t size);

/* Likewise $STATE_DIRECTORY, /var/lib/squidexfs, $XDG_STATE_HOME/squidexfs (~/.local/state). */
bool paths_state(char *path, size_t size);

#endif
