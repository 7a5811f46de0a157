#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

__attribute__((format(printf, 5, 0))) static void set_text(struct error *err, int errnum,
	int http_status, const char *trace_id, const char *fmt, va_list ap)
{
	/* An argument may point into err->text: build the new text beside it. */
	char text[sizeof(err->text)];

	vsnprintf(text, sizeof(text), fmt, ap);
	log_blank_controls(text);
	err->errnum = errnum;
	err->http_status = http_status;
	err->is_remote = http_status != 0;
	err->is_told = false;
	snprintf(err->trace_id, sizeof(err->trace_id), "%s", trace_id ? trace_id : "");
	memcpy(err->text, text, sizeof(text));
}

int error_set(struct error *err, int errnum, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -errnum;
	va_start(ap, fmt);
	set_text(err, errnum, 0, NULL, fmt, ap);
	va_end(ap);
	return -errnum;
}

int error_set_http(
	struct error *err, int errnum, int http_status, const char *trace_id, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -errnum;
	va_start(ap, fmt);
	set_text(err, errnum, http_status, trace_id, fmt, ap);
	va_end(ap);
	return -errnum;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	char prefix[256];
	char text[sizeof(err->text)];
	va_list ap;

	if (!err)
		return -EIO;
	va_start(ap, fmt);
	vsnprintf(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	log_blank_controls(prefix);
	memcpy(text, err->text, sizeof(text));
	/* A sentence that grows too long loses its end, not its beginning. */
	snprintf(err->text, sizeof(err->text), "%s: %.*s", prefix,
		(int)(sizeof(err->text) - sizeof(prefix) - 2), text);
	return -err->errnum;
}

void error_mark_remote(struct error *err)
{
	if (err)
		err->is_remote = true;
}

void error_mark_told(struct error *err)
{
	if (err)
		err->is_told = true;
}

const char *error_name(int errnum)
{
	static _Thread_local char unknown[16];
	const char *name = strerrorname_np(errnum);

	if (name)
		return name;
	snprintf(unknown, sizeof(unknown), "E%d", errnum);
	return unknown;
}
