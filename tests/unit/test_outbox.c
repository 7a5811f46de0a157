#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "save/outbox.h"
#include "save/state.h"
#include "support/folder.h"
#include "support/suite.h"

#define LEFT_MAX 8

static struct state *state;
static struct error err;

/* What a visit saw, and what it answers. */
static struct {
	size_t n;
	char lines[LEFT_MAX][256];
	int ret;
} left;

static void open_state(uint64_t max_bytes)
{
	char place[PATH_MAX];
	const struct state_conf conf = { .directory = place,
		.url = "https://cms",
		.app = "foodcrunch",
		.max_bytes = max_bytes };

	snprintf(place, sizeof(place), "%s/state", folder_path());
	ck_assert_msg(state_open(&conf, &state, &err) == 0, "%s", err.text);
}

static void set_up(void)
{
	folder_make();
	open_state(100000);
	memset(&left, 0, sizeof(left));
}

static void tear_down(void)
{
	state_close(state);
	state = NULL;
	folder_remove();
}

static struct outbox *open_outbox(void)
{
	struct outbox *outbox = NULL;

	ck_assert_msg(outbox_open(state, OUTBOX_TEXTS, &outbox, &err) == 0, "%s", err.text);
	return outbox;
}

static uint64_t put(struct outbox *outbox, const char *id, int64_t version, const char *text)
{
	const struct outbox_entry entry = { "recipes", id, "x.json", version, text, strlen(text) };
	uint64_t number = 0;

	ck_assert_msg(outbox_put(outbox, &entry, &number, &err) == 0, "%s", err.text);
	return number;
}

static int see(void *payload, const struct outbox_entry *entry)
{
	(void)payload;
	ck_assert_uint_lt(left.n, LEFT_MAX);
	snprintf(left.lines[left.n++], sizeof(left.lines[0]), "%s %s %s %lld %.*s", entry->schema,
		entry->id, entry->name, (long long)entry->version, (int)entry->len, entry->text);
	return left.ret;
}

static void visit(struct outbox *outbox)
{
	left.n = 0;
	ck_assert_int_eq(outbox_visit_left(outbox, see, NULL, &err), 0);
}

START_TEST(outbox_leaves_what_was_not_dropped)
{
	struct outbox *outbox = open_outbox();

	outbox_drop(outbox, put(outbox, "sent", 4, "{}"));
	put(outbox, "a/b", -1, "{\n}");
	outbox_close(outbox);
	outbox = open_outbox();
	visit(outbox);
	ck_assert_uint_eq(left.n, 1);
	ck_assert_str_eq(left.lines[0], "recipes a/b x.json -1 {\n}");
	visit(outbox);
	ck_assert_uint_eq(left.n, 0);
	outbox_close(outbox);
}
END_TEST

START_TEST(outbox_keeps_what_could_not_be_dealt_with)
{
	struct outbox *outbox = open_outbox();

	put(outbox, "x", 4, "{}");
	outbox_close(outbox);
	outbox = open_outbox();
	left.ret = -EIO;
	visit(outbox);
	ck_assert_uint_eq(left.n, 1);
	/* Texts of this mount get no number that one of those has. */
	put(outbox, "y", 5, "{}");
	left.ret = 0;
	visit(outbox);
	ck_assert_uint_eq(left.n, 1);
	ck_assert_str_eq(left.lines[0], "recipes x x.json 4 {}");
	outbox_close(outbox);
}
END_TEST

START_TEST(outbox_leaves_a_living_mount_alone)
{
	struct outbox *living = open_outbox(), *other = open_outbox();

	put(living, "x", 4, "{}");
	visit(other);
	ck_assert_uint_eq(left.n, 0);
	outbox_close(living);
	visit(other);
	ck_assert_uint_eq(left.n, 1);
	outbox_close(other);
}
END_TEST

/* A process of its own, that is killed. */
START_TEST(outbox_outlives_its_process)
{
	pid_t child = fork();
	struct outbox *outbox;
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		outbox = open_outbox();
		put(outbox, "x", 4, "{}");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	outbox = open_outbox();
	visit(outbox);
	ck_assert_uint_eq(left.n, 1);
	outbox_close(outbox);
}
END_TEST

START_TEST(outbox_passes_by_what_is_none)
{
	const struct state_text garbage = { "garbage", 7 };
	struct outbox *outbox = open_outbox();

	ck_assert_int_eq(
		state_write(state, "outbox/7", "1", &garbage, STATE_LAZY, STATE_REPLACE, &err), 0);
	visit(outbox);
	visit(outbox);
	ck_assert_uint_eq(left.n, 0);
	outbox_close(outbox);
}
END_TEST

START_TEST(outbox_says_when_there_is_no_room)
{
	const struct outbox_entry entry = { "recipes", "x", "x.json", 4, "{}", 2 };
	struct outbox *outbox;
	uint64_t number;

	state_close(state);
	open_state(10);
	outbox = open_outbox();
	ck_assert_int_eq(outbox_put(outbox, &entry, &number, &err), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(err.text, "state_size"));
	outbox_close(outbox);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("outbox");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, outbox_leaves_what_was_not_dropped);
	tcase_add_test(tcase, outbox_keeps_what_could_not_be_dealt_with);
	tcase_add_test(tcase, outbox_leaves_a_living_mount_alone);
	tcase_add_test(tcase, outbox_outlives_its_process);
	tcase_add_test(tcase, outbox_passes_by_what_is_none);
	tcase_add_test(tcase, outbox_says_when_there_is_no_room);
	return suite_run(tcase, "outbox");
}
