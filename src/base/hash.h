/*
 * A 64-bit hash that is the same on every machine and in every version: inode
 * numbers and shortened names are made of it (XXH3 of the xxHash library, whose
 * output is fixed by its specification).
 */
#ifndef SQUIDEXFS_BASE_HASH_H
#define SQUIDEXFS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *data, size_t len);

/* Of several strings: {"a","bc"} and {"ab","c"} differ. */
uint64_t hash_strings(const char *const *strings, size_t n);

#endif
