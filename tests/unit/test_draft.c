/* A draft that is opened before what is published is changed, where its answer is lost, too. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "support/save_rig.h"
#include "support/suite.h"

#define SEVEN "{\"n\":{\"iv\":7}}"
#define EIGHT "{\"n\":{\"iv\":8}}"
#define OPENING "POST recipes/a000000/draft \"2\""

static void open_another(struct cms *cms)
{
	cms_set_status(cms, SAVE_RIG_PATH, "+Draft");
}

static void write_other(struct cms *cms)
{
	cms_put(cms, SAVE_RIG_PATH, "{\"n\":{\"iv\":9}}");
}

static void open_and_write(struct cms *cms)
{
	open_another(cms);
	write_other(cms);
}

static void remove_it(struct cms *cms)
{
	cms_remove(cms, "recipes", 'a', 0, 1);
}

/* Two looks come before: that of the rig, and that at the published item. */
#define BEFORE_LOOK(happen)         \
	{                           \
		CMS_ITEM, 2, happen \
	}
#define NOTHING                   \
	{                         \
		CMS_ITEM, 0, NULL \
	}

static const struct row {
	const char *what;
	enum cms_loss losses[2];
	struct save_rig_event event;
	int status; /* that looks are answered with; 0: as they are */
	size_t n_openings;
	int ret; /* 0: the draft is version 3, and changed */
	const char *words;
} rows[] = {
	{ "opened", { CMS_LOSE_NOTHING }, NOTHING, 0, 1, 0, NULL },
	{ "opened unseen", { CMS_LOSE_ANSWER }, NOTHING, 0, 1, 0, NULL },
	{ "not opened", { CMS_LOSE_REQUEST }, NOTHING, 0, 2, 0, NULL },
	{ "another's", { CMS_LOSE_REQUEST }, BEFORE_LOOK(open_another), 0, 1, 0, NULL },
	{ "another was quicker", { CMS_LOSE_REQUEST }, BEFORE_LOOK(write_other), 0, 1, -ESTALE,
		"has not that draft" },
	{ "another has changed the draft", { CMS_LOSE_REQUEST }, BEFORE_LOOK(open_and_write), 0, 1,
		-ESTALE, "version 4" },
	{ "deleted", { CMS_LOSE_REQUEST }, BEFORE_LOOK(remove_it), 0, 1, -ENOENT,
		"deleted meanwhile" },
	{ "never", { CMS_LOSE_REQUEST, CMS_LOSE_REQUEST }, NOTHING, 0, 2, -EIO,
		"it is not known whether" },
	{ "the look fails", { CMS_LOSE_ANSWER }, NOTHING, 500, 1, -EIO, "it is not known whether" },
};

static void check_writes(struct save_rig *rig, const struct row *row)
{
	struct cms *cms = rig->cache.cms;

	ck_assert_msg(save_rig_writes(rig) == row->n_openings + (row->ret == 0), "%s", row->what);
	for (size_t i = 0; i < row->n_openings; i++)
		ck_assert_str_eq(cms_get_write(cms, i), OPENING);
	if (row->ret == 0)
		ck_assert_str_eq(
			cms_get_write(cms, row->n_openings), "PATCH recipes/a000000 \"3\" " SEVEN);
}

START_TEST(draft_comes_first)
{
	static const struct saver_conf conf = { .edit = SAVE_DRAFT };
	const struct row *row = &rows[_i];
	struct save_rig rig;
	int ret;

	save_rig_init(&rig, &conf);
	cms_set_status(rig.cache.cms, SAVE_RIG_PATH, "Published");
	save_rig_look(&rig);
	rig.event = row->event;
	for (size_t i = 0; i < 2; i++)
		cms_lose(rig.cache.cms, i, row->losses[i]);
	if (row->status)
		cms_fail(rig.cache.cms, CMS_ITEM, 2, 100, row->status);
	ret = save_rig_save(&rig, SAVE_RIG_ID, -1, SAVE_RIG_DOCUMENT("2", "", SEVEN));
	ck_assert_msg(ret == row->ret, "%s: %d, %s", row->what, ret, rig.err.text);
	check_writes(&rig, row);
	if (row->words) {
		ck_assert_msg(strstr(rig.err.text, row->words) != NULL, "%s", rig.err.text);
		ck_assert_ptr_nonnull(strstr(rig.err.text, "no draft could be opened"));
		ck_assert_ptr_nonnull(save_rig_unsaved(&rig, ""));
	} else {
		/* Version 2 is what was read: all since is ours. */
		ck_assert_int_eq(
			save_rig_save(&rig, SAVE_RIG_ID, -1, SAVE_RIG_DOCUMENT("2", "", EIGHT)), 0);
	}
	save_rig_release(&rig);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("draft");

	tcase_add_loop_test(tcase, draft_comes_first, 0, N_ROWS(rows));
	return suite_run(tcase, "draft");
}
