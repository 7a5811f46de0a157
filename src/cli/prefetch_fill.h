/*
 * The work of a prefetch: lists every directory of every app to its end.
 *
 *	struct fill fill = { .clock = ..., .apps = &apps, .progress = progress, ... };
 *	code = fill_check(&fill);		-- can what is fetched stay?
 *	code = fill_run(&fill);
 *
 * Failures are told to the log. Everything is borrowed. One thread, which blocks on the network
 * until all is done or it is interrupted.
 */
#ifndef SQUIDEXFS_CLI_PREFETCH_FILL_H
#define SQUIDEXFS_CLI_PREFETCH_FILL_H

#include <stdint.h>

#include "cli/apps.h"
#include "cli/exit.h"

struct clock;
struct progress;

struct fill {
	const struct clock *clock;
	const struct apps *apps;
	struct progress *progress;
	struct interrupt interrupt;
	uint64_t timeout_ms; /* of one page, repeats included */
};

/* EXIT_MOUNT, where an app's cache is not on the disk: whatever is put into it would be lost. */
enum exit_code fill_check(const struct fill *fill);

/*
 * A schema that is refused does not keep the others from being listed, a server that does
 * not answer does. The code is the first failure's, or what ended it; EXIT_INTERRUPTED. Checks
 * once more in the end, for a disk may be full by then.
 */
enum exit_code fill_run(const struct fill *fill);

#endif
