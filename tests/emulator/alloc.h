#ifndef EMULATOR_ALLOC_H
#define EMULATOR_ALLOC_H

/*
 * Memory that is there, or the program ends with a sentence: a test server
 * that is out of memory has nothing useful left to say to its clients.
 *
 * The caller owns what is returned and frees it with free().
 */

#include <stddef.h>

void *must_calloc(size_t count, size_t size);
void *must_resize(void *memory, size_t count, size_t size);
char *must_strdup(const char *text);
char *must_strndup(const char *text, size_t length);
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2), nonnull(1)));

#endif
