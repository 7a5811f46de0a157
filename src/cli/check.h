/*
 * squidexfs --check: tries everything that a mount needs, in the order in which it needs
 * it, and prints a line for each thing, "ok" or "FAIL". Nothing is mounted and no request
 * costs a credit. After a failure the rest of that app is not tried.
 */
#ifndef SQUIDEXFS_CLI_CHECK_H
#define SQUIDEXFS_CLI_CHECK_H

#include "cli/exit.h"

struct args;

/* Prints to stdout. The code that mounting would exit with. */
enum exit_code check_run(const struct args *args);

#endif
