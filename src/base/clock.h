/*
 * Time as a dependency: what needs the time is given a clock, and a test gives
 * one that it moves itself.
 *
 * now_ms never goes back and counts the time that the machine was suspended
 * (CLOCK_BOOTTIME): a token does not live longer because the lid was closed.
 * wall_s is the calendar, for what a user reads and what outlives a mount.
 * Any thread may call both.
 */
#ifndef SQUIDEXFS_BASE_CLOCK_H
#define SQUIDEXFS_BASE_CLOCK_H

#include <stdint.h>

struct clock {
	uint64_t (*now_ms)(const struct clock *clock);
	int64_t (*wall_s)(const struct clock *clock);
};

/* The machine's clock. */
const struct clock *clock_system(void);

/* Milliseconds of the clock; never 0, so that 0 can mean "never". */
uint64_t clock_now_ms(const struct clock *clock);

/* Seconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_s(const struct clock *clock);

#endif
