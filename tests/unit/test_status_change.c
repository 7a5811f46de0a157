#include <check.h>
#include <errno.h>
#include <string.h>

#include "api/document.h"
#include "base/buf.h"
#include "cache/cache.h"
#include "cache/store.h"
#include "save/own.h"
#include "save/save_private.h"
#include "save/status_change.h"
#include "support/save_rig.h"
#include "support/suite.h"

#define DUE "2099-01-01T08:00:00Z"
#define UNKNOWN "it is not known whether"

static struct save_rig rig;

/* The item is Published, in version 2. */
static void set_up(void)
{
	save_rig_init(&rig, NULL);
	cms_set_status(rig.cache.cms, SAVE_RIG_PATH, "Published");
	save_rig_look(&rig);
}

static void tear_down(void)
{
	save_rig_release(&rig);
}

/* Of the item as it is at hand. */
static int set_bytes(const char *line, size_t len)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	ck_assert_int_eq(cache_peek_find(rig.cache.recipes, SAVE_RIG_ID, &item, &rig.err), 0);
	rig.err = (struct error){ 0 };
	ret = saver_set_status(
		rig.saver, &rig.cache.call, rig.cache.recipes, &item, line, len, &rig.err);
	store_item_release(&item);
	return ret;
}

static int set(const char *line)
{
	return set_bytes(line, strlen(line));
}

static void check_shown(const char *text)
{
	struct buf shown;

	buf_init(&shown, 1000);
	ck_assert_int_eq(status_show(rig.cache.client, &rig.cache.call, rig.cache.recipes,
				 SAVE_RIG_ID, &shown, &rig.err),
		0);
	ck_assert_str_eq(buf_str(&shown), text);
	buf_release(&shown);
}

/* What stands before; the order; what is sent, if anything; what is shown then. */
static const struct order {
	const char *before, *line, *write, *shown;
} orders[] = {
	{ NULL, "Draft\n", "PUT recipes/a000000/status \"2\" {\"status\":\"Draft\"}", "Draft\n" },
	{ NULL, "  Draft\n\n", "PUT recipes/a000000/status \"2\" {\"status\":\"Draft\"}",
		"Draft\n" },
	{ NULL, "Published\n", "", "Published\n" },
	{ NULL, "Archived " DUE "\n",
		"PUT recipes/a000000/status \"2\" {\"status\":\"Archived\",\"dueTime\":\"" DUE
		"\"}",
		"Published\nArchived " DUE "\n" },
	{ NULL, "Published " DUE,
		"PUT recipes/a000000/status \"2\" {\"status\":\"Published\",\"dueTime\":\"" DUE
		"\"}",
		"Published\nPublished " DUE "\n" },
	{ NULL, "In review", "PUT recipes/a000000/status \"2\" {\"status\":\"In review\"}",
		"In review\n" },
	{ "Archived " DUE, "-schedule", "DELETE recipes/a000000/status \"3\"", "Published\n" },
	{ NULL, "+draft", "POST recipes/a000000/draft \"2\"", "Published\n+draft Draft\n" },
	{ NULL, "+draft Draft\n", "POST recipes/a000000/draft \"2\"", "Published\n+draft Draft\n" },
	{ "+draft", "-draft", "DELETE recipes/a000000/draft \"3\"", "Published\n" },
	{ "+draft", "Review", "PUT recipes/a000000/status \"3\" {\"status\":\"Review\"}",
		"Published\n+draft Review\n" },
	{ "+draft", "Draft", "", "Published\n+draft Draft\n" },
	{ "+draft", "Published", "PUT recipes/a000000/status \"3\" {\"status\":\"Published\"}",
		"Published\n" },
};

START_TEST(status_order_is_one_request)
{
	const struct order *order = &orders[_i];
	size_t n_before, n_reads;

	ck_assert(!order->before || set(order->before) == 0);
	n_before = save_rig_writes(&rig);
	n_reads = save_rig_reads(&rig);
	ck_assert_msg(set(order->line) == 0, "%s: %s", order->line, rig.err.text);
	ck_assert_str_eq(cms_get_write(rig.cache.cms, n_before), order->write);
	ck_assert_uint_eq(save_rig_writes(&rig), n_before + (*order->write != '\0'));
	ck_assert_uint_eq(save_rig_reads(&rig), n_reads);
	check_shown(order->shown);
}
END_TEST

static const char *const no_orders[] = { "", "\n \n", "Draft\nPublished\n", "+drafts", "+", "-",
	"-draft now", "-Schedule" };

START_TEST(status_refuses_what_is_no_order)
{
	ck_assert_int_eq(set(no_orders[_i]), -EINVAL);
	ck_assert_uint_eq(save_rig_writes(&rig), 0);
}
END_TEST

START_TEST(status_refuses_bytes)
{
	char line[2000];

	memset(line, 'x', sizeof(line));
	ck_assert_int_eq(set_bytes(line, sizeof(line)), -EINVAL);
	ck_assert_int_eq(set_bytes("Draft\0", 6), -EINVAL);
	ck_assert_uint_eq(save_rig_writes(&rig), 0);
	ck_assert_int_eq(set_bytes(line, 1024), 0);
}
END_TEST

static void set_draft(struct cms *cms)
{
	cms_set_status(cms, SAVE_RIG_PATH, "Draft");
}

static void set_archived(struct cms *cms)
{
	cms_set_status(cms, SAVE_RIG_PATH, "Archived");
}

static void open_draft(struct cms *cms)
{
	cms_set_status(cms, SAVE_RIG_PATH, "+Draft");
}

static void remove_it(struct cms *cms)
{
	cms_remove(cms, "recipes", 'a', 0, 1);
}

/* The look follows that of the rig and that of the fixture. */
#define BEFORE_LOOK(happen)         \
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
	const char *what, *line;
	enum cms_loss losses[2];
	struct save_rig_event event;
	int status; /* that looks are answered with; 0: as they are */
	size_t n_writes, n_reads;
	int ret;
	const char *words;
} rows[] = {
	{ "set", "Draft", { CMS_LOSE_ANSWER }, NOTHING, 0, 1, 1, 0, NULL },
	{ "not set", "Draft", { CMS_LOSE_REQUEST }, NOTHING, 0, 2, 1, 0, NULL },
	{ "set the second time", "Draft", { CMS_LOSE_REQUEST, CMS_LOSE_ANSWER }, NOTHING, 0, 2, 2,
		0, NULL },
	{ "set late", "Draft", { CMS_LOSE_REQUEST }, BEFORE_SECOND(set_draft), 0, 2, 2, 0, NULL },
	{ "never set", "Draft", { CMS_LOSE_REQUEST, CMS_LOSE_REQUEST }, NOTHING, 0, 2, 2, -EIO,
		UNKNOWN },
	{ "set by another", "Draft", { CMS_LOSE_REQUEST }, BEFORE_LOOK(set_draft), 0, 1, 1, 0,
		NULL },
	{ "another status", "Draft", { CMS_LOSE_REQUEST }, BEFORE_LOOK(set_archived), 0, 1, 1,
		-ESTALE, "version 3" },
	{ "set, and another status", "Draft", { CMS_LOSE_ANSWER }, BEFORE_LOOK(set_archived), 0, 1,
		1, -ESTALE, "version 4" },
	{ "public, and meanwhile a draft", "Archived", { CMS_LOSE_ANSWER }, BEFORE_LOOK(open_draft),
		0, 1, 1, -ESTALE, "version 4" },
	{ "deleted", "Draft", { CMS_LOSE_REQUEST }, BEFORE_LOOK(remove_it), 0, 1, 1, -ENOENT,
		"deleted meanwhile" },
	{ "the look fails", "Draft", { CMS_LOSE_ANSWER }, NOTHING, 500, 1, 1, -EIO, UNKNOWN },
	{ "scheduled", "Archived " DUE, { CMS_LOSE_ANSWER }, NOTHING, 0, 1, 1, 0, NULL },
	{ "not scheduled", "Archived " DUE, { CMS_LOSE_REQUEST }, BEFORE_LOOK(open_draft), 0, 1, 1,
		-ESTALE, "version 3" },
	{ "scheduled, and carried out", "Archived " DUE, { CMS_LOSE_REQUEST },
		BEFORE_LOOK(set_archived), 0, 1, 1, 0, NULL },
	{ "a draft", "+draft", { CMS_LOSE_ANSWER }, NOTHING, 0, 1, 1, 0, NULL },
	{ "no draft", "+draft", { CMS_LOSE_REQUEST }, BEFORE_LOOK(set_archived), 0, 1, 1, -ESTALE,
		"version 3" },
	{ "a draft dropped", "-draft", { CMS_LOSE_ANSWER }, NOTHING, 0, 1, 1, 0, NULL },
	{ "a draft opened", "-draft", { CMS_LOSE_ANSWER }, BEFORE_LOOK(open_draft), 0, 1, 1,
		-ESTALE, "version 4" },
	{ "unscheduled", "-schedule", { CMS_LOSE_ANSWER }, NOTHING, 0, 1, 1, 0, NULL },
};

START_TEST(status_that_was_lost_is_found)
{
	const struct row *row = &rows[_i];
	size_t n_reads = save_rig_reads(&rig);
	int ret;

	rig.event = row->event;
	for (size_t i = 0; i < 2; i++)
		cms_lose(rig.cache.cms, i, row->losses[i]);
	if (row->status)
		cms_fail(rig.cache.cms, CMS_ITEM, 2, 1, row->status);
	ret = set(row->line);
	ck_assert_msg(ret == row->ret, "%s: %d, %s", row->what, ret, rig.err.text);
	ck_assert_msg(save_rig_writes(&rig) == row->n_writes, "%s", row->what);
	ck_assert_msg(save_rig_reads(&rig) - n_reads == row->n_reads, "%s", row->what);
	if (row->words)
		ck_assert_msg(strstr(rig.err.text, row->words) != NULL, "%s: %s", row->what,
			rig.err.text);
	/* What was found is at hand; what is not known is asked for; after a conflict nothing changes. */
	ck_assert_int_eq(
		cache_rig_lookup(&rig.cache, SAVE_RIG_ID, NULL), row->ret == -ENOENT ? -ENOENT : 0);
	ck_assert_msg(save_rig_reads(&rig) - n_reads ==
			      row->n_reads + (row->ret < 0 && row->ret != -ESTALE),
		"%s: %zu", row->what, save_rig_reads(&rig) - n_reads);
	if (row->ret == -ESTALE)
		ck_assert_int_eq(cache_rig_version(&rig.cache, SAVE_RIG_ID), 2);
}
END_TEST

/* A schedule at another moment than ours is somebody else's. */
START_TEST(status_schedule_has_a_moment)
{
	ck_assert_int_eq(set("Archived 2098-01-01T08:00:00Z"), 0);
	cms_lose(rig.cache.cms, 1, CMS_LOSE_REQUEST);
	rig.event = (struct save_rig_event)BEFORE_LOOK(open_draft);
	ck_assert_int_eq(set("Archived " DUE), -ESTALE);
}
END_TEST

START_TEST(status_of_what_is_gone)
{
	remove_it(rig.cache.cms);
	ck_assert_int_eq(set("Draft"), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig.cache, SAVE_RIG_ID, NULL), -ENOENT);
}
END_TEST

START_TEST(status_that_is_refused_changes_nothing)
{
	size_t n_reads = save_rig_reads(&rig);

	cms_fail(rig.cache.cms, CMS_WRITE, 0, 1, 400);
	ck_assert_int_eq(set("Nope"), -EINVAL);
	ck_assert_int_eq(cache_rig_lookup(&rig.cache, SAVE_RIG_ID, NULL), 0);
	ck_assert_uint_eq(save_rig_reads(&rig), n_reads);
}
END_TEST

/* A text that was read before is a change of our own version, but where nobody knows whose it is. */
START_TEST(status_makes_a_version_of_ours)
{
	if (_i)
		cms_lose(rig.cache.cms, 0, CMS_LOSE_ANSWER);
	ck_assert_int_eq(set("Draft"), 0);
	ck_assert_int_eq(own_newest(rig.saver->own, "recipes", SAVE_RIG_ID, 2), _i ? 2 : 3);
	ck_assert_int_eq(cache_rig_version(&rig.cache, SAVE_RIG_ID), 3);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("status_change");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, status_order_is_one_request, 0, N_ROWS(orders));
	tcase_add_loop_test(tcase, status_refuses_what_is_no_order, 0, N_ROWS(no_orders));
	tcase_add_test(tcase, status_refuses_bytes);
	tcase_add_loop_test(tcase, status_that_was_lost_is_found, 0, N_ROWS(rows));
	tcase_add_test(tcase, status_schedule_has_a_moment);
	tcase_add_test(tcase, status_of_what_is_gone);
	tcase_add_test(tcase, status_that_is_refused_changes_nothing);
	tcase_add_loop_test(tcase, status_makes_a_version_of_ours, 0, 2);
	return suite_run(tcase, "status_change");
}
