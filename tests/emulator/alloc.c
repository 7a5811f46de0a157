#include "alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *require(void *memory)
{
	if (memory == NULL) {
		fputs("squidex-emulator: out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *must_calloc(size_t count, size_t size)
{
	return require(calloc(count > 0 ? count : 1, size));
}

void *must_resize(void *memory, size_t count, size_t size)
{
	if (count > SIZE_MAX / size)
		return require(NULL);
	return require(realloc(memory, count > 0 ? count * size : size));
}

char *must_strdup(const char *text)
{
	return must_strndup(text, strlen(text));
}

char *must_strndup(const char *text, size_t length)
{
	char *copy = must_calloc(length + 1, 1);

	memcpy(copy, text, length);
	return copy;
}

char *must_format(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return require(NULL);

	text = must_calloc((size_t)length + 1, 1);
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}
