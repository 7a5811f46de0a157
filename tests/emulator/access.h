#ifndef EMULATOR_ACCESS_H
#define EMULATOR_ACCESS_H

/*
 * What a role may do.  A right is named as in the server, without the app:
 * "contents.read", "schemas.read".  NULL stands for a caller without a role.
 */

#include <stdbool.h>

bool role_may(const char *role, const char *right);

#endif
