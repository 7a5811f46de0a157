#include "failure.h"

#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *format_text(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

static char *format_text(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = must_strdup("");
	return text;
}

int failure_set(struct failure *failure, int status, const char *code, const char *format, ...)
{
	va_list args;

	if (failure->status != 0)
		return -1;
	failure->status = status;
	failure->code = code;
	va_start(args, format);
	failure->message = format_text(format, args);
	va_end(args);
	return -1;
}

int failure_details(struct failure *failure, struct json_object *details)
{
	if (failure->status != 0) {
		json_object_put(details);
		return -1;
	}
	failure->details = details;
	return failure_set(failure, 400, NULL, "Validation error");
}

int failure_invalid(struct failure *failure, const char *format, ...)
{
	struct json_object *details = json_object_new_array();
	va_list args;
	char *text;

	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	json_object_array_add(details, json_object_new_string(text));
	free(text);
	return failure_details(failure, details);
}

/* The section of the standard that the server names for a status. */
static const char *type_of(int status)
{
	static const struct {
		int status;
		const char *section;
	} types[] = { { 400, "rfc7231#section-6.5.1" }, { 401, "rfc7235#section-3.1" },
		{ 403, "rfc7231#section-6.5.3" }, { 404, "rfc7231#section-6.5.4" },
		{ 408, "rfc7231#section-6.5.7" }, { 409, "rfc7231#section-6.5.8" },
		{ 410, "rfc7231#section-6.5.9" }, { 412, "rfc7231#section-6.5.10" },
		{ 413, "rfc7231#section-6.5.11" }, { 415, "rfc7231#section-6.5.13" },
		{ 500, "rfc7231#section-6.6.1" } };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].status == status)
			return types[i].section;
	}
	return NULL;
}

void failure_write(const struct failure *failure, const char *trace, struct buf *out)
{
	const char *type = type_of(failure->status);

	buf_puts(out, "{\"message\":");
	buf_json_string(out, failure->message != NULL ? failure->message : "", JSON_RELAXED);
	if (failure->code != NULL)
		buf_printf(out, ",\"errorCode\":\"%s\"", failure->code);
	buf_printf(out, ",\"traceId\":\"%s\"", trace);
	if (type != NULL)
		buf_printf(out, ",\"type\":\"https://www.rfc-editor.org/rfc/%s\"", type);
	if (failure->details != NULL) {
		buf_puts(out, ",\"details\":");
		buf_json(out, failure->details, JSON_RELAXED);
	}
	buf_printf(out, ",\"statusCode\":%d}", failure->status);
}

void failure_release(struct failure *failure)
{
	free(failure->message);
	json_object_put(failure->details);
	*failure = (struct failure){ 0 };
}
