/* Answers that overtake each other: of a change of our own, and of what was asked for meanwhile. */
#include <check.h>

#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/store_rig.h"
#include "support/suite.h"

#define N_ITEMS 3
#define ID "a000001"

static struct cache_rig rig;
static uint64_t begun_ms;

static void set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', N_ITEMS);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

/* The change's answer is here; what is asked for now is answered as it was before. */
static void end_change(void *payload, enum cms_kind kind)
{
	struct content changed = store_rig_item(ID, 2, "{}\n");

	(void)payload;
	(void)kind;
	cms_on_request(rig.cms, NULL, NULL);
	ck_assert_int_eq(cache_end_change(rig.recipes, begun_ms, &changed, &rig.err), 0);
	content_release(&changed);
}

static void begin_change(void)
{
	begun_ms = cache_begin_change(rig.recipes);
	cache_rig_wait(&rig, 1);
	cms_on_request(rig.cms, end_change, NULL);
}

START_TEST(own_change_stays_where_a_listing_was_asked_for_meanwhile)
{
	begin_change();
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_int_eq(cache_rig_version(&rig, ID), 2);
}
END_TEST

/* Its answer is of before the forgetting: so it has to be asked for, and what was on its way is no answer. */
START_TEST(own_change_and_a_forgetting_meanwhile)
{
	begin_change();
	cache_forget_dir(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	cms_change(rig.cms, "recipes", ID);
	cms_change(rig.cms, "recipes", ID);
	ck_assert_int_eq(cache_rig_lookup(&rig, ID, NULL), 0);
	ck_assert_int_eq(cache_rig_version(&rig, ID), 3);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 1);
}
END_TEST

/* Somebody else's change came after ours, and was read before our answer arrived. */
START_TEST(own_change_does_not_go_back_behind_a_later_one)
{
	begun_ms = cache_begin_change(rig.recipes);
	cms_change(rig.cms, "recipes", ID);
	cms_change(rig.cms, "recipes", ID);
	cache_rig_wait(&rig, 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, ID, NULL), 0);
	end_change(NULL, CMS_ITEM);
	ck_assert_int_eq(cache_rig_version(&rig, ID), 3);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("own_change");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, own_change_stays_where_a_listing_was_asked_for_meanwhile);
	tcase_add_test(tc, own_change_and_a_forgetting_meanwhile);
	tcase_add_test(tc, own_change_does_not_go_back_behind_a_later_one);
	return suite_run(tc, "own_change");
}
