/*
 * A cache of N_WATCHED items that it has not listed yet, whose server tells of changes.
 *
 *	tcase_add_checked_fixture(tc, watch_rig_set_up, watch_rig_tear_down);
 *
 *	watch_and_list();
 *	change("a000007", 2);			-- on the server, which tells of it
 *	ck_assert_int_eq(version_of("a000007"), 2);
 *	ck_assert_uint_eq(count(), 4);		-- requests so far, of any kind
 */
#ifndef TESTS_UNIT_WATCH_RIG_H
#define TESTS_UNIT_WATCH_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/cache_rig.h"

#define N_WATCHED 450 /* three pages */

/* Of the test that runs. */
extern struct cache_rig rig;

/* What the observer heard. */
struct watch_told {
	size_t n;
	uint64_t row;
	char id[32];
	bool is_removed, is_new;
};
extern struct watch_told told;

void watch_rig_set_up(void);
void watch_rig_tear_down(void);

void watch_and_list(void);

/* The server tells of it; and has changed it, too. */
void note(const char *id, int64_t version, bool is_deleted);
void change(const char *id, int64_t version);

size_t count(void);
int lookup(const char *id);
int64_t version_of(const char *id);

#endif
