/*
 * A clock that stands still until the test moves it.
 *
 *	struct pretended_clock time;
 *	pretended_clock_init(&time);
 *	... code under test with &time.clock ...
 *	pretended_clock_advance(&time, 5000);
 *
 * Any thread may read it while the test moves it.
 */
#ifndef TESTS_UNIT_PRETENDED_H
#define TESTS_UNIT_PRETENDED_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/clock.h"

struct pretended_clock {
	struct clock clock; /* first: the functions get back to the rest */
	_Atomic uint64_t ms;
};

/* Begins at one million milliseconds. */
void pretended_clock_init(struct pretended_clock *time);
void pretended_clock_advance(struct pretended_clock *time, uint64_t ms);

#endif
