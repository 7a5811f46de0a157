/* What the answer to a change teaches: the item for the cache, and which version is ours. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "cache/cache.h"
#include "save/own.h"
#include "save/save_private.h"
#include "support/save_rig.h"
#include "support/suite.h"

#define SEVEN "{\"n\":{\"iv\":7}}"
#define TEXT SAVE_RIG_DOCUMENT("1", "", SEVEN)

static struct save_rig rig;

/* A save of version 1 that was just planned. */
static void set_up(void)
{
	save_rig_init(&rig, NULL);
	save_rig_plan(&rig, SAVE_RIG_ID, TEXT);
	ck_assert_int_eq(rig.save.change.version, 1);
}

static void tear_down(void)
{
	save_rig_release(&rig);
}

static void take_answer(void)
{
	save_take_answer(&rig.save, rig.save.begun_ms, &rig.answer);
}

static void check_own(int64_t version)
{
	ck_assert_int_eq(rig.save.version, version);
	ck_assert_int_eq(own_newest(rig.saver->own, "recipes", SAVE_RIG_ID, 1), version);
}

START_TEST(answer_has_the_version)
{
	cms_put(rig.cache.cms, SAVE_RIG_PATH, SEVEN);
	save_rig_answer(&rig, SAVE_RIG_ID, false);
	take_answer();
	check_own(2);
	ck_assert_int_eq(cache_rig_version(&rig.cache, SAVE_RIG_ID), 2);
}
END_TEST

/* As after a bulk: what was read then may be a later version, with our text or without. */
START_TEST(answer_was_read_after_all)
{
	cms_put(rig.cache.cms, SAVE_RIG_PATH, SEVEN);
	cms_put(rig.cache.cms, SAVE_RIG_PATH, _i ? SEVEN : "{\"n\":{\"iv\":9}}");
	save_rig_answer(&rig, SAVE_RIG_ID, true);
	take_answer();
	check_own(_i ? 3 : 2);
	ck_assert_int_eq(cache_rig_version(&rig.cache, SAVE_RIG_ID), 3);
}
END_TEST

/* As where no path can hold the id: the item is read. */
START_TEST(answer_has_no_item)
{
	size_t n_reads = save_rig_reads(&rig);

	cms_put(rig.cache.cms, SAVE_RIG_PATH, SEVEN);
	if (_i)
		cms_put(rig.cache.cms, SAVE_RIG_PATH, "{\"n\":{\"iv\":9}}");
	take_answer();
	ck_assert_uint_eq(save_rig_reads(&rig), n_reads + 1);
	check_own(2);
	ck_assert_int_eq(cache_rig_version(&rig.cache, SAVE_RIG_ID), 2 + _i);
}
END_TEST

START_TEST(answer_has_no_item_and_it_is_gone)
{
	cms_remove(rig.cache.cms, "recipes", 'a', 0, 1);
	take_answer();
	check_own(2);
}
END_TEST

/* The save is no less good; who wants the item asks for it. */
START_TEST(answer_has_no_item_and_nobody_has)
{
	cms_put(rig.cache.cms, SAVE_RIG_PATH, SEVEN);
	cms_fail(rig.cache.cms, CMS_ITEM, 1, 1, 500);
	take_answer();
	check_own(2);
	ck_assert_int_eq(cache_rig_lookup(&rig.cache, SAVE_RIG_ID, NULL), 0);
	ck_assert_int_eq(cache_rig_version(&rig.cache, SAVE_RIG_ID), 2);
}
END_TEST

/* The answer to a creation says version 0, also where a deleted item goes on with its own. */
START_TEST(answer_of_a_revived_item)
{
	rig.save.change.kind = CHANGE_CREATE;
	if (_i)
		saver_note_removal(rig.saver, rig.cache.recipes, SAVE_RIG_ID);
	save_rig_answer(&rig, SAVE_RIG_ID, false);
	rig.answer.content.version = 0;
	cms_put(rig.cache.cms, SAVE_RIG_PATH, SEVEN);
	take_answer();
	ck_assert_int_eq(rig.save.version, _i ? 2 : 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("answer");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, answer_has_the_version);
	tcase_add_loop_test(tcase, answer_was_read_after_all, 0, 2);
	tcase_add_loop_test(tcase, answer_has_no_item, 0, 2);
	tcase_add_test(tcase, answer_has_no_item_and_it_is_gone);
	tcase_add_test(tcase, answer_has_no_item_and_nobody_has);
	tcase_add_loop_test(tcase, answer_of_a_revived_item, 0, 2);
	return suite_run(tcase, "answer");
}
