/* The course of a save: on disk before it is sent, planned again where it may be, kept where it failed. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "cache/cache.h"
#include "save/state.h"
#include "save/unsaved.h"
#include "support/save_rig.h"
#include "support/suite.h"

#define SEVEN "{\"n\":{\"iv\":7}}"
#define TEXT SAVE_RIG_DOCUMENT("1", "", SEVEN)

#define OUTBOX "outbox/1"

static const struct saver_conf overwrite = { .conflict = SAVE_OVERWRITE };

static struct save_rig rig;

static void set_up(void)
{
	save_rig_init(&rig, NULL);
}

static void tear_down(void)
{
	save_rig_release(&rig);
}

static void overwrite_conflicts(void)
{
	tear_down();
	save_rig_init(&rig, &overwrite);
}

static void write_other(struct cms *cms)
{
	cms_put(cms, SAVE_RIG_PATH, "{\"n\":{\"iv\":9}}");
}

static void write_the_same(struct cms *cms)
{
	cms_put(cms, SAVE_RIG_PATH, SEVEN);
}

static void be_quicker(void *payload, enum cms_kind kind)
{
	(void)payload;
	if (kind == CMS_WRITE)
		write_other(rig.cache.cms);
}

static int count_text(void *payload, const struct state_entry *entry)
{
	size_t *n = payload;

	*n += strcmp(entry->name, "lock") != 0;
	return 0;
}

static size_t count_in_outbox(void)
{
	size_t n = 0;

	ck_assert_int_eq(state_visit(rig.state, OUTBOX, count_text, &n, &rig.err), 0);
	return n;
}

static size_t n_on_disk; /* when the server was asked */

static void look_at_disk(struct cms *cms)
{
	(void)cms;
	n_on_disk = count_in_outbox();
}

START_TEST(save_is_on_disk_before_it_is_sent)
{
	n_on_disk = 0;
	rig.event = (struct save_rig_event){ CMS_WRITE, 0, look_at_disk };
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), 0);
	ck_assert_uint_eq(n_on_disk, 1);
	ck_assert_uint_eq(count_in_outbox(), 0);
	ck_assert(rig.result.has_changed);
	ck_assert_int_eq(rig.result.version, 2);
	ck_assert_int_eq(cache_rig_version(&rig.cache, SAVE_RIG_ID), 2);
}
END_TEST

/* Also before what comes before the sending: here the item is read, for the text names a newer version. */
START_TEST(save_is_on_disk_from_its_beginning)
{
	n_on_disk = 0;
	write_other(rig.cache.cms);
	rig.event = (struct save_rig_event){ CMS_ITEM, 1, look_at_disk };
	ck_assert_int_eq(
		save_rig_save(&rig, SAVE_RIG_ID, -1, SAVE_RIG_DOCUMENT("2", "", SEVEN)), 0);
	ck_assert_uint_eq(n_on_disk, 1);
}
END_TEST

START_TEST(save_that_asks_for_nothing_leaves_nothing)
{
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1,
				 SAVE_RIG_DOCUMENT("1", "", "{\"n\":{\"iv\":1}}")),
		0);
	ck_assert(!rig.result.has_changed);
	ck_assert_int_eq(rig.result.version, 1);
	ck_assert_uint_eq(count_in_outbox(), 0);
}
END_TEST

/* Status of the answer, errno of the verdict. */
static const struct refusal {
	int status, ret;
} refusals[] = {
	{ 400, -EINVAL },
	{ 403, -EACCES },
	{ 404, -ENOENT },
	{ 412, -ESTALE },
	{ 413, -EFBIG },
	{ 429, -EBUSY },
};

START_TEST(save_that_is_refused_is_kept)
{
	const struct refusal *refusal = &refusals[_i];

	cms_fail(rig.cache.cms, CMS_WRITE, 0, 1, refusal->status);
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), refusal->ret);
	ck_assert_uint_eq(save_rig_writes(&rig), 1);
	ck_assert_str_eq(rig.result.kept.copy.name, SAVE_RIG_ID ".json");
	ck_assert_ptr_nonnull(strstr(rig.err.text, ".squidexfs/unsaved/shop/recipes/a000000.json"));
	ck_assert_str_eq(save_rig_unsaved(&rig, ""), TEXT);
	ck_assert(refusal->ret != -ESTALE || save_rig_unsaved(&rig, ".theirs"));
	ck_assert_uint_eq(count_in_outbox(), 0);
	/* Saved after all, it is unsaved no more. */
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), 0);
	ck_assert_ptr_null(save_rig_unsaved(&rig, ""));
}
END_TEST

/* Whoever looks then is told; whoever goes on with the text makes the item anew. */
START_TEST(save_of_what_is_gone)
{
	cms_remove(rig.cache.cms, "recipes", 'a', 0, 1);
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig.cache, SAVE_RIG_ID, NULL), -ENOENT);
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, "{\"data\":" SEVEN "}"), 0);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, 1), "POST recipes?id=" SAVE_RIG_ID " " SEVEN);
}
END_TEST

START_TEST(save_is_overtaken)
{
	rig.event = (struct save_rig_event){ CMS_WRITE, 0, write_other };
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), -ESTALE);
	ck_assert_uint_eq(save_rig_writes(&rig), 1);
	ck_assert_ptr_nonnull(strstr(save_rig_unsaved(&rig, ".theirs"), "\"iv\": 9"));
}
END_TEST

START_TEST(save_that_overwrites_is_planned_again)
{
	overwrite_conflicts();
	rig.event = (struct save_rig_event){ CMS_WRITE, 0, write_other };
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), 0);
	ck_assert_uint_eq(save_rig_writes(&rig), 2);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, 1), "PATCH recipes/a000000 \"2\" " SEVEN);
	ck_assert_int_eq(rig.result.version, 3);
	ck_assert(rig.result.has_changed);
}
END_TEST

/* What somebody else has written meanwhile is all that was wanted. */
START_TEST(save_that_overwrites_has_nothing_left)
{
	overwrite_conflicts();
	rig.event = (struct save_rig_event){ CMS_WRITE, 0, write_the_same };
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), 0);
	ck_assert_uint_eq(save_rig_writes(&rig), 1);
	ck_assert(!rig.result.has_changed);
	ck_assert_int_eq(rig.result.version, 2);
	ck_assert_uint_eq(count_in_outbox(), 0);
}
END_TEST

START_TEST(save_that_overwrites_gives_up)
{
	overwrite_conflicts();
	cms_on_request(rig.cache.cms, be_quicker, NULL);
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), -ESTALE);
	ck_assert_uint_eq(save_rig_writes(&rig), 3);
	ck_assert_str_eq(save_rig_unsaved(&rig, ""), TEXT);
}
END_TEST

/* The text of a handle that nobody saves any more, and one that was saved after all. */
START_TEST(save_keeps_and_forgets)
{
	const struct save_request request = { rig.cache.recipes, SAVE_RIG_ID, SAVE_RIG_ID ".json",
		"{ half", 6, -1 };

	struct save_kept kept = { .is_in_outbox = false };
	struct error why = { 0 };

	error_set(&why, EIO, "it was open");
	ck_assert_int_eq(saver_keep(rig.saver, &request, &kept, &why), 0);
	ck_assert(save_is_kept(&kept));
	ck_assert_str_eq(save_rig_unsaved(&rig, ""), "{ half");
	ck_assert_ptr_nonnull(strstr(save_rig_unsaved(&rig, ".reason"), "it was open"));
	saver_forget(rig.saver, rig.cache.recipes, &kept);
	ck_assert_ptr_null(save_rig_unsaved(&rig, ""));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("save");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, save_is_on_disk_before_it_is_sent);
	tcase_add_test(tcase, save_is_on_disk_from_its_beginning);
	tcase_add_test(tcase, save_that_asks_for_nothing_leaves_nothing);
	tcase_add_loop_test(tcase, save_that_is_refused_is_kept, 0, N_ROWS(refusals));
	tcase_add_test(tcase, save_of_what_is_gone);
	tcase_add_test(tcase, save_is_overtaken);
	tcase_add_test(tcase, save_that_overwrites_is_planned_again);
	tcase_add_test(tcase, save_that_overwrites_has_nothing_left);
	tcase_add_test(tcase, save_that_overwrites_gives_up);
	tcase_add_test(tcase, save_keeps_and_forgets);
	return suite_run(tcase, "save");
}
