#include "support/pretended.h"

/* What the calendar says when the pretended clock begins: 2026-01-01T00:00:00Z. */
#define PRETENDED_WALL_S 1767225600

static uint64_t pretended_now_ms(const struct clock *clock)
{
	const struct pretended_clock *time = (const struct pretended_clock *)clock;

	return atomic_load(&time->ms);
}

static int64_t pretended_wall_s(const struct clock *clock)
{
	return PRETENDED_WALL_S + (int64_t)(pretended_now_ms(clock) / 1000) - 1000;
}

void pretended_clock_init(struct pretended_clock *time)
{
	time->clock.now_ms = pretended_now_ms;
	time->clock.wall_s = pretended_wall_s;
	atomic_init(&time->ms, 1000000);
}

void pretended_clock_advance(struct pretended_clock *time, uint64_t ms)
{
	atomic_fetch_add(&time->ms, ms);
}
