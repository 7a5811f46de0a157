#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "save/outbox.h"
#include "save/recover.h"
#include "save/save.h"
#include "save/state.h"
#include "save/unsaved.h"
#include "support/folder.h"
#include "support/pretended_app.h"
#include "support/suite.h"

/* What the pretended server has of item "x" in version 1. */
#define THEIRS "{\"data\": {\"title\": {\"iv\": \"00\"}}}"
#define OTHER "{\"data\": {\"title\": {\"iv\": \"mine\"}}}"

static const char *const ids[] = { "x" };

static struct pretended_app shop;
static struct state *state;
static struct outbox *outbox;
static struct saver *saver;
static struct recovered recovered;
static struct error err;

static void open_saver(void)
{
	const struct saver_conf conf = {
		.client = shop.app.client,
		.cache = shop.app.cache,
		.state = state,
		.outbox = outbox,
		.clock = &shop.time.clock,
		.view = VIEW_DOCUMENT,
	};

	ck_assert_int_eq(saver_new(&conf, &saver, &err), 0);
}

static void set_up(void)
{
	char place[PATH_MAX];
	const struct state_conf conf = {
		.directory = place, .url = "https://cms", .app = "shop", .max_bytes = 100000
	};

	folder_make();
	snprintf(place, sizeof(place), "%s/state", folder_path());
	pretended_app_init(&shop, ids, 1);
	ck_assert_msg(state_open(&conf, &state, &err) == 0, "%s", err.text);
}

static void tear_down(void)
{
	saver_free(saver);
	saver = NULL;
	outbox_close(outbox);
	outbox = NULL;
	state_close(state);
	pretended_app_release(&shop);
	folder_remove();
}

/* A mount that puts a text on its way and is no more. */
static void leave(const char *schema, const char *id, int64_t version, const char *text)
{
	const struct outbox_entry entry = { schema, id, "x.json", version, text, strlen(text) };
	uint64_t number;

	ck_assert_int_eq(outbox_open(state, OUTBOX_TEXTS, &outbox, &err), 0);
	ck_assert_int_eq(outbox_put(outbox, &entry, &number, &err), 0);
	outbox_close(outbox);
	outbox = NULL;
}

static void recover_within(uint64_t timeout_ms)
{
	const struct call call = call_begin(&shop.time.clock, timeout_ms);

	ck_assert_int_eq(outbox_open(state, OUTBOX_TEXTS, &outbox, &err), 0);
	open_saver();
	ck_assert_int_eq(recover_left(saver, &call, &recovered, &err), 0);
}

static void check_unsaved(const char *schema, const char *text, const char *why)
{
	struct buf found;

	ck_assert_uint_eq(recovered.arrived, 0);
	ck_assert_uint_eq(recovered.unsaved, 1);
	buf_init(&found, 10000);
	ck_assert_int_eq(unsaved_read(state, schema, "x.json", &found, &err), 0);
	ck_assert_str_eq(buf_str(&found), text);
	ck_assert_int_eq(unsaved_read(state, schema, "x.json.reason", &found, &err), 0);
	ck_assert_msg(strstr(buf_str(&found), why) != NULL, "%s", buf_str(&found));
	buf_release(&found);
}

static void check_arrived(void)
{
	struct unsaved_count count;

	ck_assert_uint_eq(recovered.arrived, 1);
	ck_assert_uint_eq(recovered.unsaved, 0);
	ck_assert_int_eq(unsaved_count(state, &count, &err), 0);
	ck_assert_uint_eq(count.texts, 0);
}

/* Is there none left for the mount after this one? */
static void check_settled(void)
{
	const struct call call = call_begin(&shop.time.clock, 1000);

	ck_assert_int_eq(recover_left(saver, &call, &recovered, &err), 0);
	ck_assert_uint_eq(recovered.arrived + recovered.unsaved, 0);
}

static const struct {
	const char *what, *id;
	int64_t version;
	const char *text;
	const char *why; /* it did not arrive; NULL: it did */
} cases[] = {
	{ "the server has it", "x", 0, THEIRS, NULL },
	{ "the server has it, and its status", "x", 0,
		"{\"status\": \"Published\", \"data\": {\"title\": {\"iv\": \"00\"}}}", NULL },
	{ "it has the data, and another status", "x", 0,
		"{\"status\": \"Draft\", \"data\": {\"title\": {\"iv\": \"00\"}}}",
		"version 1 is not this text" },
	{ "it has another text", "x", 0, OTHER, "version 1 is not this text" },
	{ "a field was removed", "x", 0, "{\"data\": {}}", "version 1 is not this text" },
	{ "a new item, which the server gave more fields", "x", -1, "{\"data\": {}}", NULL },
	{ "a new item, which the server has not", "new", -1, OTHER, "no such item" },
	{ "an item that is gone", "gone", 3, OTHER, "no such item" },
	{ "no JSON", "x", 0, "{ oops", "line 1" },
};

START_TEST(recover_compares_with_the_server)
{
	leave("recipes", cases[_i].id, cases[_i].version, cases[_i].text);
	recover_within(1000);
	if (cases[_i].why)
		check_unsaved("recipes", cases[_i].text, cases[_i].why);
	else
		check_arrived();
	check_settled();
}
END_TEST

/* A new item that was changed since has more than its creation: it may have lost some of it. */
START_TEST(recover_is_strict_with_later_versions)
{
	shop.server.version = 5;
	leave("recipes", "x", -1, "{\"data\": {}}");
	recover_within(1000);
	check_unsaved("recipes", "{\"data\": {}}", "version 5 is not this text");
}
END_TEST

START_TEST(recover_keeps_what_cannot_be_asked_for)
{
	shop.server.status = 403;
	leave("recipes", "x", 0, THEIRS);
	recover_within(1000);
	check_unsaved("recipes", THEIRS, "403");
	check_settled();
}
END_TEST

START_TEST(recover_does_not_ask_without_time)
{
	leave("recipes", "x", 0, THEIRS);
	recover_within(0);
	check_unsaved("recipes", THEIRS, "no time");
	ck_assert_uint_eq(shop.server.n_requests, 0);
}
END_TEST

START_TEST(recover_keeps_texts_of_schemas_that_are_gone)
{
	leave("books", "x", 0, THEIRS);
	recover_within(1000);
	check_unsaved("books", THEIRS, "no schema 'books'");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("recover");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(
		tcase, recover_compares_with_the_server, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, recover_is_strict_with_later_versions);
	tcase_add_test(tcase, recover_keeps_what_cannot_be_asked_for);
	tcase_add_test(tcase, recover_does_not_ask_without_time);
	tcase_add_test(tcase, recover_keeps_texts_of_schemas_that_are_gone);
	return suite_run(tcase, "recover");
}
