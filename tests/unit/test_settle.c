/* What became of a save whose answer was lost: told by the item's version and text. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "support/save_rig.h"
#include "support/suite.h"

#define SEVEN "{\"n\":{\"iv\":7}}"
#define NINE "{\"n\":{\"iv\":9}}"

#define TEXT SAVE_RIG_DOCUMENT("1", "", SEVEN)
#define TEXT_OF_STATUS SAVE_RIG_DOCUMENT("1", "\"status\":\"Published\",", SEVEN)
#define NEW_TEXT "{\"data\":" SEVEN "}"

#define UNKNOWN "it is not known whether"

/* What somebody else does meanwhile. */
static void write_the_same(struct cms *cms)
{
	cms_put(cms, SAVE_RIG_PATH, SEVEN);
}

static void write_other(struct cms *cms)
{
	cms_put(cms, SAVE_RIG_PATH, NINE);
}

static void write_beside(struct cms *cms)
{
	cms_put(cms, SAVE_RIG_PATH, "{\"m\":{\"iv\":1},\"n\":{\"iv\":7}}");
}

static void publish(struct cms *cms)
{
	cms_set_status(cms, SAVE_RIG_PATH, "Published");
}

static void publish_the_same(struct cms *cms)
{
	write_the_same(cms);
	publish(cms);
}

static void make_draft(struct cms *cms)
{
	write_the_same(cms);
	cms_set_status(cms, SAVE_RIG_PATH, "+Published");
}

static void archive(struct cms *cms)
{
	cms_set_status(cms, SAVE_RIG_PATH, "Archived");
}

static void remove_it(struct cms *cms)
{
	cms_remove(cms, "recipes", 'a', 0, 1);
}

/* "b000000". */
static void create(struct cms *cms)
{
	cms_add(cms, "recipes", 'b', 1);
}

static void create_the_same(struct cms *cms)
{
	create(cms);
	cms_put(cms, "recipes/b000000", "{\"list\":{\"iv\":[]},\"n\":{\"iv\":7}}");
}

/* As it is found by a look: after the first sending, and after the second. */
#define BEFORE_LOOK(happen)         \
	{                           \
		CMS_ITEM, 1, happen \
	}
/* Of what is looked at before it is sent, too. */
#define BEFORE_LATER_LOOK(happen)   \
	{                           \
		CMS_ITEM, 2, happen \
	}
#define BEFORE_SECOND(happen)        \
	{                            \
		CMS_WRITE, 1, happen \
	}
#define NOTHING                   \
	{                         \
		CMS_ITEM, 0, NULL \
	}

static const struct row {
	const char *what, *id, *text;
	enum cms_loss losses[2];
	struct save_rig_event event;
	int status; /* that looks are answered with; 0: as they are */
	size_t n_writes, n_reads;
	int ret;
	int64_t version;   /* that the save made */
	const char *words; /* of the sentence */
} rows[] = {
	{ "arrived", SAVE_RIG_ID, TEXT, { CMS_LOSE_ANSWER }, NOTHING, 0, 1, 1, 0, 2, NULL },
	{ "not arrived", SAVE_RIG_ID, TEXT, { CMS_LOSE_REQUEST }, NOTHING, 0, 2, 1, 0, 2, NULL },
	{ "arrived the second time", SAVE_RIG_ID, TEXT, { CMS_LOSE_REQUEST, CMS_LOSE_ANSWER },
		NOTHING, 0, 2, 2, 0, 2, NULL },
	{ "never arrived", SAVE_RIG_ID, TEXT, { CMS_LOSE_REQUEST, CMS_LOSE_REQUEST }, NOTHING, 0, 2,
		2, -EIO, -1, UNKNOWN },
	{ "arrived late", SAVE_RIG_ID, TEXT, { CMS_LOSE_REQUEST }, BEFORE_SECOND(write_the_same), 0,
		2, 2, 0, 2, NULL },
	{ "another came between", SAVE_RIG_ID, TEXT, { CMS_LOSE_REQUEST },
		BEFORE_SECOND(write_other), 0, 2, 2, -ESTALE, -1, "version 2" },
	{ "arrived as another's", SAVE_RIG_ID, TEXT, { CMS_LOSE_REQUEST },
		BEFORE_LOOK(write_the_same), 0, 1, 1, 0, 2, NULL },
	{ "arrived, and again as another's", SAVE_RIG_ID, TEXT, { CMS_LOSE_ANSWER },
		BEFORE_LOOK(write_the_same), 0, 1, 1, 0, 3, NULL },
	{ "another was quicker", SAVE_RIG_ID, TEXT, { CMS_LOSE_REQUEST }, BEFORE_LOOK(write_other),
		0, 1, 1, -ESTALE, -1, "version 2" },
	{ "arrived, and overwritten", SAVE_RIG_ID, TEXT, { CMS_LOSE_ANSWER },
		BEFORE_LOOK(write_other), 0, 1, 1, -ESTALE, -1, "version 3" },
	{ "arrived, and more", SAVE_RIG_ID, TEXT, { CMS_LOSE_ANSWER }, BEFORE_LOOK(write_beside), 0,
		1, 1, -ESTALE, -1, "version 3" },
	{ "deleted", SAVE_RIG_ID, TEXT, { CMS_LOSE_REQUEST }, BEFORE_LOOK(remove_it), 0, 1, 1,
		-ENOENT, -1, "deleted meanwhile" },
	{ "the look fails", SAVE_RIG_ID, TEXT, { CMS_LOSE_ANSWER }, NOTHING, 500, 1, 1, -EIO, -1,
		UNKNOWN },
	{ "the status arrived, too", SAVE_RIG_ID, TEXT_OF_STATUS, { CMS_LOSE_ANSWER }, NOTHING, 0,
		1, 2, 0, 2, NULL },
	{ "as another's, with the status", SAVE_RIG_ID, TEXT_OF_STATUS, { CMS_LOSE_REQUEST },
		BEFORE_LATER_LOOK(publish_the_same), 0, 1, 2, 0, 3, NULL },
	{ "as another's draft", SAVE_RIG_ID, TEXT_OF_STATUS, { CMS_LOSE_REQUEST },
		BEFORE_LATER_LOOK(make_draft), 0, 1, 2, 0, 3, NULL },
	{ "as another's, without it", SAVE_RIG_ID, TEXT_OF_STATUS, { CMS_LOSE_REQUEST },
		BEFORE_LATER_LOOK(write_the_same), 0, 1, 2, -ESTALE, -1, "version 2" },
	{ "the status alone", SAVE_RIG_ID, TEXT_OF_STATUS, { CMS_LOSE_REQUEST },
		BEFORE_LATER_LOOK(publish), 0, 1, 2, -ESTALE, -1, "version 2" },
	{ "arrived, and another status", SAVE_RIG_ID, TEXT_OF_STATUS, { CMS_LOSE_ANSWER },
		BEFORE_LATER_LOOK(archive), 0, 1, 2, -ESTALE, -1, "version 3" },
	{ "created", "new", NEW_TEXT, { CMS_LOSE_ANSWER }, NOTHING, 0, 1, 1, 0, 0, NULL },
	{ "not created", "new", NEW_TEXT, { CMS_LOSE_REQUEST }, NOTHING, 0, 2, 1, 0, 0, NULL },
	{ "not created twice", "new", NEW_TEXT, { CMS_LOSE_REQUEST, CMS_LOSE_REQUEST }, NOTHING, 0,
		2, 2, -EIO, -1, UNKNOWN },
	{ "the id is another's", "b000000", NEW_TEXT, { CMS_LOSE_REQUEST }, BEFORE_LOOK(create), 0,
		1, 1, -EEXIST, -1, "taken meanwhile" },
	{ "the id became another's", "b000000", NEW_TEXT, { CMS_LOSE_REQUEST },
		BEFORE_SECOND(create), 0, 2, 2, -EEXIST, -1, "taken meanwhile" },
	{ "created, with what has a default", "b000000", NEW_TEXT, { CMS_LOSE_REQUEST },
		BEFORE_LOOK(create_the_same), 0, 1, 1, 0, 2, NULL },
};

static void check_kept(struct save_rig *rig, const struct row *row)
{
	bool is_kept;

	if (strcmp(row->id, SAVE_RIG_ID) != 0)
		return;
	is_kept = save_rig_unsaved(rig, "") != NULL;
	ck_assert_msg(is_kept == (row->ret < 0), "%s", row->what);
	ck_assert(!is_kept || strcmp(save_rig_unsaved(rig, ""), row->text) == 0);
	ck_assert_msg((save_rig_unsaved(rig, ".theirs") != NULL) == (row->ret == -ESTALE), "%s",
		row->what);
}

START_TEST(settle_finds_out)
{
	const struct row *row = &rows[_i];
	struct save_rig rig;
	size_t n_reads;
	int ret;

	save_rig_init(&rig, NULL);
	rig.event = row->event;
	for (size_t i = 0; i < 2; i++)
		cms_lose(rig.cache.cms, i, row->losses[i]);
	if (row->status)
		cms_fail(rig.cache.cms, CMS_ITEM, 1, 100, row->status);
	ret = save_rig_save(&rig, row->id, -1, row->text);
	/* After a conflict theirs is read, to be kept beside. */
	n_reads = save_rig_reads(&rig) - (ret == -ESTALE);
	ck_assert_msg(ret == row->ret, "%s: %d, %s", row->what, ret, rig.err.text);
	ck_assert_msg(save_rig_writes(&rig) == row->n_writes, "%s", row->what);
	ck_assert_msg(n_reads == row->n_reads, "%s: %zu reads", row->what, n_reads);
	ck_assert_msg(rig.result.version == row->version || ret < 0, "%s: version %d", row->what,
		(int)rig.result.version);
	if (row->words)
		ck_assert_msg(strstr(rig.err.text, row->words) != NULL, "%s: %s", row->what,
			rig.err.text);
	check_kept(&rig, row);
	save_rig_release(&rig);
}
END_TEST

/* What was found to be saved is ours: the next save of the same document is no conflict. */
START_TEST(settle_learns_the_version)
{
	struct save_rig rig;

	save_rig_init(&rig, NULL);
	cms_lose(rig.cache.cms, 0, CMS_LOSE_ANSWER);
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, TEXT), 0);
	ck_assert_int_eq(save_rig_save(&rig, SAVE_RIG_ID, -1, SAVE_RIG_DOCUMENT("1", "", NINE)), 0);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, 1), "PATCH recipes/a000000 \"2\" " NINE);
	ck_assert_uint_eq(save_rig_reads(&rig), 1);
	save_rig_release(&rig);
}
END_TEST

/* A bulk of which nobody knows was followed by one look for all: nothing is read again. */
static int settle_seen(struct save_rig *rig, bool *ret_may_resend)
{
	size_t n_reads = save_rig_reads(rig);
	int ret;

	rig->answer.ret = error_set(&rig->answer.err, EIO, "no answer");
	rig->answer.is_doubtful = true;
	*ret_may_resend = false;
	ret = save_settle(&rig->save, &rig->answer, ret_may_resend, &rig->err);
	ck_assert_uint_eq(save_rig_reads(rig), n_reads);
	return ret;
}

START_TEST(settle_believes_the_look_for_all)
{
	static const char *const theirs[] = { SEVEN, NINE };
	struct save_rig rig;
	bool may_resend;

	save_rig_init(&rig, NULL);
	save_rig_plan(&rig, SAVE_RIG_ID, TEXT);
	if (_i < 2)
		cms_put(rig.cache.cms, SAVE_RIG_PATH, theirs[_i]);
	save_rig_answer(&rig, SAVE_RIG_ID, true);
	ck_assert_int_eq(settle_seen(&rig, &may_resend), _i == 1 ? -ESTALE : 0);
	ck_assert(may_resend == (_i == 2));
	ck_assert_int_eq(rig.save.version, _i == 0 ? 2 : -1);
	ck_assert_int_eq(cache_rig_version(&rig.cache, SAVE_RIG_ID), _i == 2 ? 1 : 2);
	save_rig_release(&rig);
}
END_TEST

START_TEST(settle_believes_that_nothing_was_created)
{
	struct save_rig rig;
	bool may_resend;

	save_rig_init(&rig, NULL);
	save_rig_plan(&rig, "new", NEW_TEXT);
	rig.answer.is_read_after = true;
	ck_assert_int_eq(settle_seen(&rig, &may_resend), 0);
	ck_assert(may_resend);
	save_rig_release(&rig);
}
END_TEST

/* That look does not tell a deleted item from one that could not be shown. */
START_TEST(settle_reads_what_the_look_for_all_lacks)
{
	struct save_rig rig;
	bool may_resend = false;

	save_rig_init(&rig, NULL);
	save_rig_plan(&rig, SAVE_RIG_ID, TEXT);
	cms_remove(rig.cache.cms, "recipes", 'a', 0, 1);
	rig.answer.is_read_after = true;
	ck_assert_int_eq(save_settle(&rig.save, &rig.answer, &may_resend, &rig.err), -ENOENT);
	ck_assert_uint_eq(save_rig_reads(&rig), 1);
	save_rig_release(&rig);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("settle");

	tcase_add_loop_test(tcase, settle_finds_out, 0, N_ROWS(rows));
	tcase_add_test(tcase, settle_learns_the_version);
	tcase_add_loop_test(tcase, settle_believes_the_look_for_all, 0, 3);
	tcase_add_test(tcase, settle_believes_that_nothing_was_created);
	tcase_add_test(tcase, settle_reads_what_the_look_for_all_lacks);
	return suite_run(tcase, "settle");
}
