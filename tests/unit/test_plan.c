/* What a save asks of the server: the base it is a change of, and the change that it makes of it. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "support/save_rig.h"
#include "support/suite.h"

#define WRITES_MAX 3

#define SEVEN "{\"n\":{\"iv\":7}}"
#define ONE "{\"n\":{\"iv\":1}}"
#define TWO_FIELDS "{\"m\":{\"de\":1,\"en\":2},\"n\":{\"iv\":1}}"
#define TIMES_NOTHING "{\"n\":{\"$update\":\"$data.n.iv * 2\"}}"

/* What the server has, and what of it is at hand, before the save. */
static void change_unseen(struct save_rig *rig)
{
	cms_put(rig->cache.cms, SAVE_RIG_PATH, "{\"n\":{\"iv\":2}}");
}

static void change_seen(struct save_rig *rig)
{
	change_unseen(rig);
	save_rig_look(rig);
}

/* Version 1, this mount's own 2. */
static void save_before(struct save_rig *rig)
{
	ck_assert_int_eq(save_rig_save(rig, SAVE_RIG_ID, 1, "{\"data\":{\"n\":{\"iv\":5}}}"), 0);
}

static void save_twice_before(struct save_rig *rig)
{
	save_before(rig);
	ck_assert_int_eq(save_rig_save(rig, SAVE_RIG_ID, 1, "{\"data\":{\"n\":{\"iv\":6}}}"), 0);
}

/* Version 1, our 2, somebody's 3, our 4. */
static void save_around_another(struct save_rig *rig)
{
	save_before(rig);
	change_seen(rig);
	ck_assert_int_eq(save_rig_save(rig, SAVE_RIG_ID, 3, "{\"data\":{\"n\":{\"iv\":6}}}"), 0);
}

static void remove_unseen(struct save_rig *rig)
{
	cms_remove(rig->cache.cms, "recipes", 'a', 0, 1);
}

static void have_two_fields(struct save_rig *rig)
{
	cms_put(rig->cache.cms, SAVE_RIG_PATH, TWO_FIELDS);
	save_rig_look(rig);
}

static void publish(struct save_rig *rig)
{
	cms_set_status(rig->cache.cms, SAVE_RIG_PATH, "Published");
	save_rig_look(rig);
}

static void open_draft(struct save_rig *rig)
{
	cms_set_status(rig->cache.cms, SAVE_RIG_PATH, "Published");
	cms_set_status(rig->cache.cms, SAVE_RIG_PATH, "+Draft");
	save_rig_look(rig);
}

#define DOCUMENT SAVE_RIG_DOCUMENT
#define STATUS(status) "\"status\":\"" status "\","
#define NEW_STATUS(status) "\"newStatus\":\"" status "\","

static const struct saver_conf put = { .update = SAVE_PUT };
static const struct saver_conf overwrite = { .conflict = SAVE_OVERWRITE };
static const struct saver_conf draft = { .edit = SAVE_DRAFT };
static const struct saver_conf published = { .create_status = "Published" };
static const struct saver_conf expressions = { .allow_expressions = true };

static const struct row {
	const char *what;
	void (*prepare)(struct save_rig *rig);
	const struct saver_conf *conf;
	const char *id, *text;
	int64_t version;
	int ret;
	size_t n_reads;
	const char *writes[WRITES_MAX];
} rows[] = {
	/* The base. */
	{ "the document's version", NULL, NULL, SAVE_RIG_ID, DOCUMENT("1", "", SEVEN), -1, 0, 0,
		{ "PATCH recipes/a000000 \"1\" " SEVEN } },
	{ "it goes before the one that was read", change_seen, NULL, SAVE_RIG_ID,
		DOCUMENT("2", "", SEVEN), 1, 0, 0, { "PATCH recipes/a000000 \"2\" " SEVEN } },
	{ "an older one", change_seen, NULL, SAVE_RIG_ID, DOCUMENT("1", "", SEVEN), 2, -ESTALE, 1,
		{ NULL } },
	{ "of another item", change_seen, NULL, SAVE_RIG_ID,
		"{\"id\":\"b\",\"version\":1,\"created\":\"" SAVE_RIG_CREATED "\",\"data\":" SEVEN
		"}",
		-1, 0, 0, { "PATCH recipes/a000000 \"2\" " SEVEN } },
	{ "of another server's item", change_seen, NULL, SAVE_RIG_ID,
		"{\"id\":\"a000000\",\"version\":1,\"created\":\"2020-01-01T00:00:00Z\","
		"\"data\":" SEVEN "}",
		-1, 0, 0, { "PATCH recipes/a000000 \"2\" " SEVEN } },
	{ "of none, as of the trash", change_seen, NULL, SAVE_RIG_ID,
		"{\"id\":\"a000000\",\"created\":\"" SAVE_RIG_CREATED "\",\"data\":" SEVEN "}", -1,
		0, 0, { "PATCH recipes/a000000 \"2\" " SEVEN } },
	{ "the version that was read", NULL, NULL, SAVE_RIG_ID, "{\"data\":" SEVEN "}", 1, 0, 0,
		{ "PATCH recipes/a000000 \"1\" " SEVEN } },
	{ "an older one that was read", change_seen, NULL, SAVE_RIG_ID, "{\"data\":" SEVEN "}", 1,
		-ESTALE, 1, { NULL } },
	{ "none was read", change_seen, NULL, SAVE_RIG_ID, "{\"data\":" SEVEN "}", -1, 0, 0,
		{ "PATCH recipes/a000000 \"2\" " SEVEN } },
	{ "moved up over our own save", save_before, NULL, SAVE_RIG_ID, DOCUMENT("1", "", SEVEN),
		-1, 0, 0, { "", "PATCH recipes/a000000 \"2\" " SEVEN } },
	{ "moved up over two", save_twice_before, NULL, SAVE_RIG_ID, DOCUMENT("1", "", SEVEN), -1,
		0, 0, { "", "", "PATCH recipes/a000000 \"3\" " SEVEN } },
	{ "not over another's", save_around_another, NULL, SAVE_RIG_ID, DOCUMENT("1", "", SEVEN),
		-1, -ESTALE, 1, { "", "" } },
	{ "but over what is ours since", save_around_another, NULL, SAVE_RIG_ID,
		DOCUMENT("4", "", "{\"n\":{\"iv\":6}}"), -1, 0, 0, { "", "" } },
	{ "newer than what is at hand", change_unseen, NULL, SAVE_RIG_ID, DOCUMENT("2", "", SEVEN),
		-1, 0, 1, { "PATCH recipes/a000000 \"2\" " SEVEN } },
	{ "newer, and gone", remove_unseen, NULL, SAVE_RIG_ID, DOCUMENT("2", "", SEVEN), -1,
		-ENOENT, 1, { NULL } },
	{ "older, and overwritten", change_seen, &overwrite, SAVE_RIG_ID, DOCUMENT("1", "", SEVEN),
		-1, 0, 0, { "PATCH recipes/a000000 \"2\" " SEVEN } },
	/* The difference. */
	{ "none", NULL, NULL, SAVE_RIG_ID, DOCUMENT("1", STATUS("Draft"), ONE), -1, 0, 0,
		{ NULL } },
	{ "none, but in what is the server's", NULL, NULL, SAVE_RIG_ID,
		DOCUMENT("1",
			"\"schemaName\":\"authors\",\"createdBy\":\"me\",\"lastModified\":"
			"\"2030-01-01T00:00:00Z\",\"lastModifiedBy\":\"me\",\"more\":[1],",
			ONE),
		-1, 0, 0, { NULL } },
	{ "none, of an older version", change_seen, NULL, SAVE_RIG_ID,
		DOCUMENT("1", "", "{\"n\":{\"iv\":2}}"), -1, 0, 0, { NULL } },
	{ "a field and a language less", have_two_fields, NULL, SAVE_RIG_ID,
		DOCUMENT("2", "", "{\"m\":{\"de\":1}}"), -1, 0, 0,
		{ "PATCH recipes/a000000 \"2\" "
		  "{\"m\":{\"en\":{\"$unset\":true}},\"n\":{\"$unset\":true}}" } },
	{ "whole", have_two_fields, &put, SAVE_RIG_ID, DOCUMENT("2", "", SEVEN), -1, 0, 0,
		{ "PUT recipes/a000000 \"2\" " SEVEN } },
	{ "none, whole", NULL, &put, SAVE_RIG_ID, DOCUMENT("1", "", ONE), -1, 0, 0, { NULL } },
	{ "an expression", NULL, NULL, SAVE_RIG_ID, DOCUMENT("1", "", TIMES_NOTHING), -1, -EINVAL,
		0, { NULL } },
	{ "an expression that may be", NULL, &expressions, SAVE_RIG_ID,
		DOCUMENT("1", "", TIMES_NOTHING), -1, 0, 0,
		{ "PATCH recipes/a000000 \"1\" " TIMES_NOTHING } },
	/* The status. */
	{ "a status", NULL, NULL, SAVE_RIG_ID, DOCUMENT("1", STATUS("Published"), ONE), -1, 0, 0,
		{ "PUT recipes/a000000/status \"1\" {\"status\":\"Published\"}" } },
	{ "a status and data", NULL, NULL, SAVE_RIG_ID, DOCUMENT("1", STATUS("Published"), SEVEN),
		-1, 0, 1, { "POST recipes/a000000?patch=true&status=Published \"1\" " SEVEN } },
	{ "a status and whole data", NULL, &put, SAVE_RIG_ID,
		DOCUMENT("1", STATUS("Published"), SEVEN), -1, 0, 1,
		{ "POST recipes/a000000?status=Published \"1\" " SEVEN } },
	{ "a status and data of what is gone", remove_unseen, NULL, SAVE_RIG_ID,
		DOCUMENT("1", STATUS("Published"), SEVEN), -1, -ENOENT, 1, { NULL } },
	{ "a status and data of what somebody has changed", change_unseen, NULL, SAVE_RIG_ID,
		DOCUMENT("1", STATUS("Published"), SEVEN), -1, -ESTALE, 2, { NULL } },
	{ "a draft's status", open_draft, NULL, SAVE_RIG_ID,
		DOCUMENT("3", STATUS("Published") NEW_STATUS("Review"), ONE), -1, 0, 0,
		{ "PUT recipes/a000000/status \"3\" {\"status\":\"Review\"}" } },
	{ "a draft's status where is none", NULL, NULL, SAVE_RIG_ID,
		DOCUMENT("1", STATUS("Draft") NEW_STATUS("Review"), ONE), -1, 0, 0, { NULL } },
	{ "both, and the same", open_draft, NULL, SAVE_RIG_ID,
		DOCUMENT("3", STATUS("Archived") NEW_STATUS("Archived"), ONE), -1, 0, 0,
		{ "PUT recipes/a000000/status \"3\" {\"status\":\"Archived\"}" } },
	{ "both, and not the same", open_draft, NULL, SAVE_RIG_ID,
		DOCUMENT("3", STATUS("Archived") NEW_STATUS("Review"), ONE), -1, -EINVAL, 0,
		{ NULL } },
	/* A draft first. */
	{ "a draft of what is published", publish, &draft, SAVE_RIG_ID, DOCUMENT("2", "", SEVEN),
		-1, 0, 0,
		{ "POST recipes/a000000/draft \"2\"", "PATCH recipes/a000000 \"3\" " SEVEN } },
	{ "no draft of what is not", NULL, &draft, SAVE_RIG_ID, DOCUMENT("1", "", SEVEN), -1, 0, 0,
		{ "PATCH recipes/a000000 \"1\" " SEVEN } },
	{ "no second draft", open_draft, &draft, SAVE_RIG_ID, DOCUMENT("3", "", SEVEN), -1, 0, 0,
		{ "PATCH recipes/a000000 \"3\" " SEVEN } },
	{ "no draft for a status alone", publish, &draft, SAVE_RIG_ID,
		DOCUMENT("2", STATUS("Archived"), "{\"n\":{\"iv\":1}}"), -1, 0, 0,
		{ "PUT recipes/a000000/status \"2\" {\"status\":\"Archived\"}" } },
	/* A new item. */
	{ "new", NULL, NULL, "new", "{\"data\":" SEVEN "}", -1, 0, 0,
		{ "POST recipes?id=new " SEVEN } },
	{ "new, with a status", NULL, &published, "new",
		"{\"status\":\"Draft\",\"data\":" SEVEN "}", -1, 0, 0,
		{ "POST recipes?id=new&status=Draft " SEVEN } },
	{ "new, with the option's", NULL, &published, "new", "{\"data\":" SEVEN "}", -1, 0, 0,
		{ "POST recipes?id=new&status=Published " SEVEN } },
	{ "new, with an expression", NULL, NULL, "new", "{\"data\":" TIMES_NOTHING "}", -1, -EINVAL,
		0, { NULL } },
	{ "no longer new", NULL, NULL, SAVE_RIG_ID, "{\"data\":" SEVEN "}", SAVE_AS_NEW, -EEXIST, 0,
		{ NULL } },
	{ "no longer new, and the same", NULL, NULL, SAVE_RIG_ID, "{\"data\":" ONE "}", SAVE_AS_NEW,
		0, 0, { NULL } },
	{ "no longer new, but of its document", NULL, NULL, SAVE_RIG_ID, DOCUMENT("1", "", SEVEN),
		SAVE_AS_NEW, 0, 0, { "PATCH recipes/a000000 \"1\" " SEVEN } },
	/* No text of an item. */
	{ "no JSON", NULL, NULL, SAVE_RIG_ID, "{", -1, -EINVAL, 0, { NULL } },
	{ "no data", NULL, NULL, SAVE_RIG_ID, "{\"version\":1}", -1, -EINVAL, 0, { NULL } },
};

static void check_writes(struct save_rig *rig, const struct row *row, size_t n_before)
{
	size_t n = 0;

	while (n < WRITES_MAX && row->writes[n]) {
		const char *write = cms_get_write(rig->cache.cms, n);

		if (*row->writes[n])
			ck_assert_msg(
				strcmp(write, row->writes[n]) == 0, "%s: %s", row->what, write);
		n++;
	}
	ck_assert_msg(
		save_rig_writes(rig) == n, "%s: %zu requests", row->what, save_rig_writes(rig));
	ck_assert_msg(rig->result.has_changed == (n > n_before), "%s", row->what);
}

START_TEST(plan_makes_the_change)
{
	const struct row *row = &rows[_i];
	struct save_rig rig;
	size_t n_reads, n_before;
	int ret;

	save_rig_init(&rig, row->conf);
	if (row->prepare)
		row->prepare(&rig);
	n_reads = save_rig_reads(&rig);
	n_before = save_rig_writes(&rig);
	ret = save_rig_save(&rig, row->id, row->version, row->text);
	ck_assert_msg(ret == row->ret, "%s: %d, %s", row->what, ret, rig.err.text);
	ck_assert_msg(save_rig_reads(&rig) - n_reads == row->n_reads, "%s: %zu reads", row->what,
		save_rig_reads(&rig) - n_reads);
	check_writes(&rig, row, n_before);
	if (strcmp(row->id, SAVE_RIG_ID) == 0) {
		const char *unsaved = save_rig_unsaved(&rig, "");

		ck_assert_msg((unsaved != NULL) == (ret < 0), "%s", row->what);
		ck_assert(!unsaved || strcmp(unsaved, row->text) == 0);
	}
	save_rig_release(&rig);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("plan");

	tcase_add_loop_test(tcase, plan_makes_the_change, 0, N_ROWS(rows));
	return suite_run(tcase, "plan");
}
