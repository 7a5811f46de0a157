#include "base/clock.h"

#include <time.h>

static uint64_t system_now_ms(const struct clock *clock)
{
	struct timespec ts;

	(void)clock;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int64_t system_wall_s(const struct clock *clock)
{
	(void)clock;
	return time(NULL);
}

const struct clock *clock_system(void)
{
	static const struct clock system = {
		.now_ms = system_now_ms,
		.wall_s = system_wall_s,
	};

	return &system;
}

uint64_t clock_now_ms(const struct clock *clock)
{
	uint64_t now = clock->now_ms(clock);

	return now ? now : 1;
}

int64_t clock_wall_s(const struct clock *clock)
{
	return clock->wall_s(clock);
}
