#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define LINE_MAX_LEN 2048

static _Atomic int current_target = LOG_TO_STDERR;
static char traced_rooms[128];

void log_open(enum log_target target, const char *rooms)
{
	snprintf(traced_rooms, sizeof(traced_rooms), "%s", rooms ? rooms : "");
	log_set_target(target);
}

void log_set_target(enum log_target target)
{
	if (target == LOG_TO_SYSLOG)
		openlog("squidexfs", LOG_PID, LOG_DAEMON);
	atomic_store(&current_target, (int)target);
}

static int syslog_priority(enum log_level level)
{
	switch (level) {
	case LOG_ERROR:
		return LOG_ERR;
	case LOG_WARN:
		return LOG_WARNING;
	case LOG_NOTE:
		break;
	}
	return LOG_INFO;
}

void log_blank_controls(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		bool is_c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;

		if (*p < ' ' || *p == 0x7f || is_c1)
			*p = ' ';
		if (is_c1)
			*++p = ' ';
	}
}

static void write_line(int priority, char *line)
{
	log_blank_controls(line);
	if (atomic_load(&current_target) == LOG_TO_SYSLOG)
		syslog(priority, "%s", line);
	else
		fprintf(stderr, "squidexfs: %s\n", line);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	write_line(syslog_priority(level), line);
}

bool log_is_traced(const char *room)
{
	const char *p = traced_rooms;
	size_t len = strlen(room);

	while (*p) {
		size_t word = strcspn(p, ",");

		if ((word == len && memcmp(p, room, len) == 0) ||
			(word == 3 && memcmp(p, "all", 3) == 0))
			return true;
		p += word;
		p += strspn(p, ",");
	}
	return false;
}

void log_trace(const char *room, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	int used;
	va_list ap;

	if (!log_is_traced(room))
		return;
	used = snprintf(line, sizeof(line), "%s: ", room);
	va_start(ap, fmt);
	vsnprintf(line + used, sizeof(line) - (size_t)used, fmt, ap);
	va_end(ap);
	write_line(LOG_DEBUG, line);
}
