#include "api/report.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "api/moment.h"
#include "api/text.h"
#include "base/buf.h"
#include "base/error.h"

static int add_member(struct buf *text, const char *key, const char *value)
{
	int ret = buf_addf(text,
		"%s\"%s\":", text->len > 0 && text->data[text->len - 1] == '{' ? "" : ",", key);

	return ret == 0 ? text_add_string(text, value, strlen(value)) : ret;
}

static int add_moment(struct buf *text, const char *key, int64_t s)
{
	char moment[MOMENT_TEXT_SIZE];

	moment_format(s, moment);
	return add_member(text, key, moment);
}

int report_error_line(struct buf *text, const struct error_report *report)
{
	int ret = buf_add_str(text, "{");

	if (ret == 0)
		ret = add_moment(text, "time", report->time_s);
	if (ret == 0)
		ret = add_member(text, "path", report->path);
	if (ret == 0)
		ret = add_member(text, "operation", report->operation);
	if (ret == 0)
		ret = add_member(text, "errno", error_name(report->err->errnum));
	if (ret == 0 && report->err->http_status)
		ret = buf_addf(text, ",\"status\":%d", report->err->http_status);
	if (ret == 0)
		ret = add_member(text, "message", report->err->text);
	if (ret == 0 && *report->err->trace_id)
		ret = add_member(text, "traceId", report->err->trace_id);
	return ret == 0 ? buf_add_str(text, "}\n") : ret;
}

int report_event_line(struct buf *text, const struct event_report *report)
{
	const struct {
		const char *key, *value;
	} members[] = {
		{ "app", report->app },
		{ "schema", report->schema },
		{ "id", report->id },
		{ "type", report->type },
		{ "status", report->status },
	};
	int ret = buf_add_str(text, "{");

	if (ret == 0)
		ret = add_moment(text, "time", report->time_s);
	for (size_t i = 0; ret == 0 && i < sizeof(members) / sizeof(members[0]); i++) {
		if (*members[i].value)
			ret = add_member(text, members[i].key, members[i].value);
	}
	if (ret == 0 && report->version >= 0)
		ret = buf_addf(text, ",\"version\":%" PRId64, report->version);
	if (ret == 0 && report->modified_s)
		ret = add_moment(text, "lastModified", report->modified_s);
	return ret == 0 ? buf_add_str(text, "}\n") : ret;
}

static void note(struct report *r, int ret)
{
	if (r->ret == 0)
		r->ret = ret;
}

/* What goes before a value: comma, line, key. */
static void begin_value(struct report *r, const char *key)
{
	bool has_members;

	if (r->depth == 0)
		return;
	assert(r->levels[r->depth - 1].is_array == !key);
	has_members = r->levels[r->depth - 1].has_members;
	r->levels[r->depth - 1].has_members = true;
	if (has_members)
		note(r, buf_add_str(r->text, ","));
	note(r, text_add_line(r->text, r->depth));
	if (!key)
		return;
	note(r, text_add_string(r->text, key, strlen(key)));
	note(r, buf_add_str(r->text, ": "));
}

static void begin_level(struct report *r, const char *key, bool is_array)
{
	assert(r->depth < REPORT_DEPTH_MAX);
	begin_value(r, key);
	r->levels[r->depth].is_array = is_array;
	r->levels[r->depth].has_members = false;
	r->depth++;
	note(r, buf_add_str(r->text, is_array ? "[" : "{"));
}

void report_begin(struct report *r, struct buf *text)
{
	*r = (struct report){ .text = text };
	begin_level(r, NULL, false);
}

int report_finish(struct report *r)
{
	assert(r->depth == 1);
	report_end(r);
	note(r, buf_add_str(r->text, "\n"));
	return r->ret;
}

void report_begin_object(struct report *r, const char *key)
{
	begin_level(r, key, false);
}

void report_begin_array(struct report *r, const char *key)
{
	begin_level(r, key, true);
}

void report_end(struct report *r)
{
	assert(r->depth > 0);
	r->depth--;
	if (r->levels[r->depth].has_members)
		note(r, text_add_line(r->text, r->depth));
	note(r, buf_add_str(r->text, r->levels[r->depth].is_array ? "]" : "}"));
}

void report_add_string(struct report *r, const char *key, const char *value)
{
	begin_value(r, key);
	note(r, text_add_string(r->text, value, strlen(value)));
}

void report_add_int(struct report *r, const char *key, int64_t value)
{
	begin_value(r, key);
	note(r, buf_addf(r->text, "%" PRId64, value));
}

void report_add_amount(struct report *r, const char *key, double value)
{
	/* Tenths, as integers: the locale's decimal point has no place in JSON. */
	uint64_t tenths = value > 0 ? (uint64_t)(10 * value + 0.5) : 0;

	begin_value(r, key);
	note(r, buf_addf(r->text, "%" PRIu64, tenths / 10));
	if (tenths % 10)
		note(r, buf_addf(r->text, ".%" PRIu64, tenths % 10));
}

void report_add_bool(struct report *r, const char *key, bool value)
{
	begin_value(r, key);
	note(r, buf_add_str(r->text, value ? "true" : "false"));
}

void report_add_time(struct report *r, const char *key, int64_t time_s)
{
	char text[MOMENT_TEXT_SIZE];

	moment_format(time_s, text);
	report_add_string(r, key, text);
}
