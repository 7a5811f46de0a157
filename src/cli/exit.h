/*
 * How the program ends. The numbers are documented in the manual (EXIT STATUS): scripts
 * and units rely on them.
 */
#ifndef SQUIDEXFS_CLI_EXIT_H
#define SQUIDEXFS_CLI_EXIT_H

struct error;

enum exit_code {
	EXIT_GOOD = 0,
	EXIT_USAGE = 2,       /* usage, configuration; the server knows no such app */
	EXIT_REFUSED = 3,     /* the client's credentials, or its access to the app */
	EXIT_UNREACHABLE = 4, /* the server: no connection, no TLS, no usable answer */
	EXIT_MOUNT = 5,       /* the mount itself, or this machine's resources */
	/* A prefetch that was ended, as a shell tells it: 128 and the signal's number. */
	EXIT_HUNG_UP = 129,
	EXIT_INTERRUPTED = 130,
	EXIT_TERMINATED = 143,
};

/* For a request that failed: the server's answer, or none. */
enum exit_code exit_code_of_request(const struct error *err);

#endif
