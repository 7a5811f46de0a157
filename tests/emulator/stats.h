#ifndef EMULATOR_STATS_H
#define EMULATOR_STATS_H

/*
 * What was asked of the server: counts by kind of request, credits, connections
 * and a log of the latest 1000 requests.  Any thread may call; one lock inside.
 */

#include "message.h"

struct stats;

struct stats *stats_new(void);
void stats_free(struct stats *stats);

/* A request has arrived: it is pending until stats_add_request(). */
void stats_begin_request(struct stats *stats);
/* label: "GET /api/content/{app}/{schema}" */
void stats_add_request(struct stats *stats, const char *label, const struct request *request,
	const struct response *response);
void stats_add_connection(struct stats *stats);
/* "requests": {...}, "pending": N, "credits": N, "connections": N */
void stats_write(struct stats *stats, struct buf *out);
/* The log, oldest first, as a JSON array. */
void stats_write_log(struct stats *stats, struct buf *out);
/* What is pending stays so. */
void stats_clear(struct stats *stats);

#endif
