#include "save/sweep.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "save/presence.h"

static uint64_t see(const char *path, const FTSENT *entry)
{
	if (entry->fts_info != FTS_F)
		return 0;
	if (presence_is_over(path, entry->fts_name)) {
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
		bytes += see(path, entry);
	}
	if (errno)
		ret = error_set(err, errno, "cannot read '%s': %s", path, strerror(errno));
	else
		*ret_bytes = bytes;
	fts_close(walk);
	free(copy);
	return ret;
}
