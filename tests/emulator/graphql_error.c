#include "graphql_error.h"

#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Both counted from 1; a column is a character, not a byte. */
static void add_location(struct buf *out, const char *source, const char *at)
{
	unsigned line = 1;
	unsigned column = 1;

	for (const char *p = source; p < at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			column++;
		}
	}
	buf_printf(out, ",\"locations\":[{\"line\":%u,\"column\":%u}]", line, column);
}

void graphql_error_add(
	struct graphql_errors *errors, const struct graphql_error *error, const char *format, ...)
{
	struct buf *out = &errors->list;
	va_list args;
	char *message = NULL;

	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		message = must_strdup("");
	va_end(args);
	buf_puts(out, errors->count++ > 0 ? ",{\"message\":" : "{\"message\":");
	buf_json_string(out, message, JSON_STRICT);
	free(message);
	if (error->at != NULL)
		add_location(out, errors->source, error->at);
	if (error->path != NULL)
		buf_printf(out, ",\"path\":[\"%s\"]", error->path);
	buf_printf(out, ",\"extensions\":{\"code\":\"%s\",\"codes\":[\"%s\"", error->code,
		error->code);
	if (error->detail != NULL)
		buf_printf(out, ",\"%s\"", error->detail);
	buf_puts(out, "]");
	if (error->number != NULL)
		buf_printf(out, ",\"number\":\"%s\"", error->number);
	buf_puts(out, "}}");
}

void graphql_errors_release(struct graphql_errors *errors)
{
	buf_release(&errors->list);
	errors->count = 0;
}
