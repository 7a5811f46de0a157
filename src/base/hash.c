#include "base/hash.h"

#include <string.h>
#include <xxhash.h>

uint64_t hash_bytes(const void *data, size_t len)
{
	return XXH3_64bits(data, len);
}

uint64_t hash_strings(const char *const *strings, size_t n)
{
	uint64_t hash = 0;

	/* The NUL goes in: it marks where one string ends. */
	for (size_t i = 0; i < n; i++)
		hash = XXH3_64bits_withSeed(strings[i], strlen(strings[i]) + 1, hash);
	return hash;
}
