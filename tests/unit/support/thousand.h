/*
 * A cache over a server with a directory of 1,000 items that are an hour old, and what tests of listings
 * and checks do with it.
 *
 *	tcase_add_checked_fixture(tc, thousand_set_up, thousand_tear_down);
 *
 *	thousand_list(1000);
 *	cms_remove(thousand.cms, "recipes", 'a', 500, 3);
 *	ck_assert_uint_eq(thousand_list_later(997), 2);
 */
#ifndef TESTS_UNIT_THOUSAND_H
#define TESTS_UNIT_THOUSAND_H

#include "support/cache_rig.h"

/* Of the test that runs. */
extern struct cache_rig thousand;

void thousand_set_up(void);
void thousand_tear_down(void);

/* Requests of that kind so far. */
size_t thousand_count(enum cms_kind kind);

/* Lists the directory, which has so many items. */
void thousand_list(int n_items);

/* Lists again after the time to live; the requests that it takes. */
size_t thousand_list_later(int n_items);

#endif
