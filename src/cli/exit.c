#include "cli/exit.h"

#include <errno.h>

#include "base/error.h"

enum exit_code exit_code_of_request(const struct error *err)
{
	switch (err->errnum) {
	case EACCES:
		return EXIT_REFUSED;
	case ENOENT:
	case EINVAL:
		return EXIT_USAGE;
	case ENOMEM:
		return EXIT_MOUNT;
	default:
		return EXIT_UNREACHABLE;
	}
}
