/*
 * A folder of a test's own, with files in it; gone at the end of the test's process.
 *
 *	folder_make();				-- and a clean environment
 *	path = folder_write("config", 0600, "[a]\n...");
 *	folder_remove();
 */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include <sys/types.h>

/* Also points HOME there and unsets what a client is found by. */
void folder_make(void);
void folder_remove(void);

/* Writes a file; returns its path, borrowed until the next call. */
const char *folder_write(const char *name, mode_t mode, const char *text);
const char *folder_path(void);

#endif
