#ifndef EMULATOR_GUID_H
#define EMULATOR_GUID_H

/* Random identifiers: ids of items, jobs and events, trace ids, tokens. */

#include <stddef.h>

enum { GUID_SIZE = 37 };

/* "5ae3d507-bf76-4c03-b380-889874223ecd" */
void guid_new(char ret[GUID_SIZE]);
/* Lower-case hexadecimal digits; size counts the NUL. */
void guid_hex(char *ret, size_t size);

#endif
