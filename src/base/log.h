/*
 * Where lines for the operator go: stderr in the foreground, syslog (and with it
 * the journal) otherwise.
 *
 *	log_open(LOG_TO_STDERR, "cache,net");
 *	log_line(LOG_WARN, "...");	log_trace("net", "...");
 *
 * Libraries return errors and do not log; fs/ logs a line per failed operation,
 * main the fatal ones. A message says what failed, on what, why; no capitals at the
 * start for effect, no exclamation marks. Secrets are never passed here.
 * log_open runs once before threads start; the rest may be called by any thread.
 */
#ifndef SQUIDEXFS_BASE_LOG_H
#define SQUIDEXFS_BASE_LOG_H

#include <stdbool.h>

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };
enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTE };

/*
 * Puts blanks in place of control characters, those of ISO 6429's second set too (U+0080 to
 * U+009F): what is told is one line, and a terminal finds no commands in it. Every line of
 * the log is treated so.
 */
void log_blank_controls(char *text);

/* rooms: comma-separated names of layers to trace ("net,cache", "all"), or NULL. */
void log_open(enum log_target target, const char *rooms);

/* Changes the target after daemonising. */
void log_set_target(enum log_target target);

void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A line of tracing, written only where its room was asked for. */
bool log_is_traced(const char *room);
void log_trace(const char *room, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
