#include "guid.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static void fill_random(unsigned char *bytes, size_t size)
{
	if (getrandom(bytes, size, 0) != (ssize_t)size) {
		perror("squidex-emulator: getrandom");
		abort();
	}
}

void guid_hex(char *ret, size_t size)
{
	unsigned char bytes[64];

	for (size_t i = 0; i + 1 < size; i++) {
		if (i % (2 * sizeof(bytes)) == 0)
			fill_random(bytes, sizeof(bytes));
		unsigned char byte = bytes[i / 2 % sizeof(bytes)];

		ret[i] = "0123456789abcdef"[i % 2 ? byte & 15 : byte >> 4];
	}
	ret[size - 1] = '\0';
}

void guid_new(char ret[GUID_SIZE])
{
	char hex[33];

	guid_hex(hex, sizeof(hex));
	/* A digit in front: where such an id sorts among others is no chance. */
	hex[0] = (char)('0' + hex[0] % 10);
	snprintf(ret, GUID_SIZE, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17,
		hex + 20);
}
