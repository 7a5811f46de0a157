/* What was created may have another version than the server said: that is no conflict, if it is the same still. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "save/save.h"
#include "support/save_rig.h"
#include "support/suite.h"

#define SEVEN "{\"n\":{\"iv\":7}}"
#define EIGHT "{\"n\":{\"iv\":8}}"
#define NINE "{\"n\":{\"iv\":9}}"
#define PATH "recipes/new"

static struct save_rig rig;

static int save(int64_t version, const char *text)
{
	return save_rig_save(&rig, "new", version, text);
}

/* Created here as version 0, as the server says; it has version 3. */
static void set_up(void)
{
	save_rig_init(&rig, NULL);
	ck_assert_int_eq(save(-1, "{\"data\":" SEVEN "}"), 0);
	ck_assert_int_eq(rig.result.version, 0);
	for (int i = 0; i < 3; i++)
		cms_put(rig.cache.cms, PATH, SEVEN);
}

static void tear_down(void)
{
	save_rig_release(&rig);
}

START_TEST(creation_is_no_conflict)
{
	ck_assert_int_eq(save(0, "{\"data\":" EIGHT "}"), 0);
	ck_assert_uint_eq(save_rig_writes(&rig), 3);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, 1), "PATCH " PATH " \"0\" " EIGHT);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, 2), "PATCH " PATH " \"3\" " EIGHT);
	ck_assert_int_eq(rig.result.version, 4);
	/* Who has read version 0 has a change of ours. */
	ck_assert_int_eq(save(0, "{\"data\":" NINE "}"), 0);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, 3), "PATCH " PATH " \"4\" " NINE);
}
END_TEST

static void change_data(struct cms *cms)
{
	cms_put(cms, PATH, NINE);
}

static void change_status(struct cms *cms)
{
	cms_set_status(cms, PATH, "Published");
}

static void open_draft(struct cms *cms)
{
	cms_set_status(cms, PATH, "+Draft");
}

static void (*const changes[])(struct cms *cms) = { change_data, change_status, open_draft };

START_TEST(creation_that_somebody_has_changed_is_a_conflict)
{
	changes[_i](rig.cache.cms);
	ck_assert_int_eq(save(0, "{\"data\":" EIGHT "}"), -ESTALE);
	ck_assert_uint_eq(save_rig_writes(&rig), 2);
}
END_TEST

/* Of two who make the same name on one mount the later one wins, whatever versions it goes on with. */
START_TEST(creation_by_two_is_a_change)
{
	ck_assert_int_eq(save(SAVE_AS_NEW, "{\"data\":" EIGHT "}"), 0);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, 2), "PATCH " PATH " \"3\" " EIGHT);
	ck_assert_int_eq(save(SAVE_AS_NEW, "{\"data\":" NINE "}"), 0);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, 3), "PATCH " PATH " \"4\" " NINE);
}
END_TEST

START_TEST(creation_that_somebody_has_changed_is_not_made_again)
{
	changes[_i](rig.cache.cms);
	ck_assert_int_eq(save(SAVE_AS_NEW, "{\"data\":" EIGHT "}"), -EEXIST);
	ck_assert_uint_eq(save_rig_writes(&rig), 2);
}
END_TEST

/* Its version is certain then. */
START_TEST(creation_ends_with_the_next_change)
{
	ck_assert_int_eq(save(0, "{\"data\":" EIGHT "}"), 0);
	cms_put(rig.cache.cms, PATH, EIGHT);
	ck_assert_int_eq(save(4, "{\"data\":" NINE "}"), -ESTALE);
	ck_assert_uint_eq(save_rig_writes(&rig), 4);
}
END_TEST

START_TEST(creation_is_confirmed)
{
	int64_t version = 0;

	ck_assert(saver_confirm_creation(
		rig.saver, &rig.cache.call, rig.cache.recipes, "new", &version));
	ck_assert_int_eq(version, 3);
	/* It is certain now, and asked for no more. */
	ck_assert(!saver_confirm_creation(
		rig.saver, &rig.cache.call, rig.cache.recipes, "new", &version));
	ck_assert_int_eq(version, 3);
}
END_TEST

START_TEST(creation_is_not_confirmed)
{
	int64_t version = 0;

	changes[_i](rig.cache.cms);
	ck_assert(!saver_confirm_creation(
		rig.saver, &rig.cache.call, rig.cache.recipes, "new", &version));
	ck_assert_int_eq(version, 0);
}
END_TEST

START_TEST(creation_is_not_what_was_not_created)
{
	size_t n_reads = save_rig_reads(&rig);
	int64_t version = 1;

	ck_assert(!saver_confirm_creation(
		rig.saver, &rig.cache.call, rig.cache.recipes, SAVE_RIG_ID, &version));
	ck_assert_uint_eq(save_rig_reads(&rig), n_reads);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("creation");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, creation_is_no_conflict);
	tcase_add_loop_test(
		tcase, creation_that_somebody_has_changed_is_a_conflict, 0, N_ROWS(changes));
	tcase_add_test(tcase, creation_by_two_is_a_change);
	tcase_add_loop_test(
		tcase, creation_that_somebody_has_changed_is_not_made_again, 0, N_ROWS(changes));
	tcase_add_test(tcase, creation_ends_with_the_next_change);
	tcase_add_test(tcase, creation_is_confirmed);
	tcase_add_loop_test(tcase, creation_is_not_confirmed, 0, N_ROWS(changes));
	tcase_add_test(tcase, creation_is_not_what_was_not_created);
	return suite_run(tcase, "creation");
}
