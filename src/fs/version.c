#include "fs/version.h"

#include <fuse_lowlevel.h>

const char *version_get_library(void)
{
	return fuse_pkgversion();
}
