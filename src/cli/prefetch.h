/*
 * squidexfs --prefetch: fills the caches of all apps as a mount would that lists every
 * directory, and mounts nothing. What is there already is checked, not fetched again. Its
 * progress goes to stdout, a line for each schema stays.
 *
 * SIGINT, SIGTERM and SIGHUP end it: schemas that are complete by then stay so.
 */
#ifndef SQUIDEXFS_CLI_PREFETCH_H
#define SQUIDEXFS_CLI_PREFETCH_H

#include "cli/exit.h"

struct args;

/* The code that mounting would exit with; or that of the signal. */
enum exit_code prefetch_run(const struct args *args);

#endif
