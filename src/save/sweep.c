#include "save/sweep.h"

#include <errno.h>
#include <fts.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "save/state.h"

/* ".squidexfs-new-<pid>-<number>" of a process that is no more. */
static bool is_left_over(const char *name)
{
	static const size_t prefix_len = sizeof(STATE_TEMPORARY) - 1;
	char *end;
	long pid;

	if (strncmp(name, STATE_TEMPORARY, prefix_len) != 0)
		return false;
	pid = strtol(name + prefix_len, &end, 10);
	return pid > 0 && *end == '-' && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static uint64_t see(const FTSENT *entry)
{
	if (entry->fts_info != FTS_F)
		return 0;
	if (is_left_over(entry->fts_name)) {
		(void)unlink(entry->fts_accpath);
		return 0;
	}
	return (uint64_t)entry->fts_statp->st_size;
}

int sweep_directory(const char *path, uint64_t *ret_bytes, struct error *err)
{
	char *copy = strdup(path);
	char *const paths[] = { copy, NULL };
	FTS *walk = copy ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	const FTSENT *entry;
	uint64_t bytes = 0;
	int ret = 0;

	if (!walk) {
		free(copy);
		return error_set(err, ENOMEM, "out of memory");
	}
	for (errno = 0; (entry = fts_read(walk)); errno = 0) {
		if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR) {
			errno = entry->fts_errno;
			break;
		}
		bytes += see(entry);
	}
	if (errno)
		ret = error_set(err, errno, "cannot read '%s': %s", path, strerror(errno));
	else
		*ret_bytes = bytes;
	fts_close(walk);
	free(copy);
	return ret;
}
