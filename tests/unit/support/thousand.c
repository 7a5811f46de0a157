#include "support/thousand.h"

#include <check.h>

struct cache_rig thousand;

void thousand_set_up(void)
{
	cache_rig_init(&thousand);
	cms_add(thousand.cms, "recipes", 'a', 1000);
	cms_advance(thousand.cms, 3600);
}

void thousand_tear_down(void)
{
	cache_rig_release(&thousand);
}

size_t thousand_count(enum cms_kind kind)
{
	return cms_count(thousand.cms, kind);
}

void thousand_list(int n_items)
{
	ck_assert_int_eq(cache_rig_list_all(&thousand), n_items);
}

size_t thousand_list_later(int n_items)
{
	size_t before;

	cache_rig_wait(&thousand, RIG_TTL_MS);
	before = cms_count_all(thousand.cms);
	thousand_list(n_items);
	return cms_count_all(thousand.cms) - before;
}
