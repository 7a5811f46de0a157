#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"
#include "save/state.h"
#include "support/folder.h"
#include "support/pretended_app.h"
#include "support/suite.h"
#include "tree/scratch.h"

#define ASIDE_MS 60000

static const char *const ids[] = { "x" };

static struct pretended_app shop;
static struct scratches *scratches;
static struct scratch_name name;
static struct error err;

static void set_up(void)
{
	char place[PATH_MAX];
	const struct state_conf conf = {
		.directory = place, .url = "https://cms", .app = "shop", .max_bytes = 2000
	};

	folder_make();
	snprintf(place, sizeof(place), "%s/state", folder_path());
	pretended_app_init(&shop, ids, 1);
	ck_assert_msg(state_open(&conf, &shop.app.state, &err) == 0, "%s", err.text);
	scratches = scratches_new(&shop.time.clock);
	ck_assert_ptr_nonnull(scratches);
	name = (struct scratch_name){ &shop.app, cache_find_dir(shop.app.cache, "recipes"), "b" };
}

static void tear_down(void)
{
	scratches_free(scratches);
	state_close(shop.app.state);
	pretended_app_release(&shop);
	folder_remove();
}

static struct scratch *create(void)
{
	static const struct tree_creation creation = { 0644, TREE_TAKEN_REFUSED, TREE_KEPT };
	struct scratch *scratch = NULL;

	ck_assert_int_eq(scratch_create(scratches, &name, &creation, &scratch, &err), 0);
	return scratch;
}

/* The name ends after so long; the item that is shown again then. */
static void check_item(uint64_t after_ms, const char *expected)
{
	uint64_t until_ms = clock_now_ms(&shop.time.clock) + ASIDE_MS;
	char id[NAME_MAX_LEN + 1];

	scratch_close(create());
	ck_assert_int_eq(scratch_note_item(scratches, &name, "x", until_ms, &err), 0);
	pretended_clock_advance(&shop.time, after_ms);
	ck_assert_int_eq(scratch_remove(scratches, &name, SCRATCH_REMOVED, id, &err), 0);
	ck_assert_str_eq(id, expected);
}

START_TEST(scratch_end_shows_the_item_that_was_hidden_for_it)
{
	check_item(ASIDE_MS - 1, "x");
}
END_TEST

START_TEST(scratch_end_shows_no_item_that_was_shown_in_time)
{
	check_item(ASIDE_MS, "");
}
END_TEST

START_TEST(scratch_item_is_forgotten_once)
{
	uint64_t until_ms = clock_now_ms(&shop.time.clock) + ASIDE_MS;

	scratch_close(create());
	ck_assert_int_eq(scratch_note_item(scratches, &name, "x", until_ms, &err), 0);
	ck_assert(!scratch_forget_item(scratches, name.dir, "y"));
	ck_assert(scratch_forget_item(scratches, name.dir, "x"));
	ck_assert(!scratch_forget_item(scratches, name.dir, "x"));
}
END_TEST

START_TEST(scratch_bytes_count_until_nobody_has_the_file)
{
	static const char text[1000];
	struct scratch *scratch = create();
	char id[NAME_MAX_LEN + 1];

	ck_assert_int_eq(scratch_write(scratch, 0, text, sizeof(text), &err), 0);
	ck_assert_int_eq(scratch_write(scratch, 500, text, 500, &err), 0);
	ck_assert_uint_eq(state_bytes(shop.app.state), 1000);
	ck_assert_int_eq(scratch_remove(scratches, &name, SCRATCH_REMOVED, id, &err), 0);
	ck_assert_uint_eq(state_bytes(shop.app.state), 1000);
	ck_assert_int_eq(scratch_resize(scratch, 700, &err), 0);
	ck_assert_uint_eq(state_bytes(shop.app.state), 700);
	scratch_close(scratch);
	ck_assert_uint_eq(state_bytes(shop.app.state), 0);
}
END_TEST

START_TEST(scratch_does_not_grow_beyond_the_state)
{
	static const char text[1500];
	struct scratch *scratch = create();

	ck_assert_int_eq(scratch_write(scratch, 0, text, sizeof(text), &err), 0);
	ck_assert_int_eq(scratch_write(scratch, 1000, text, sizeof(text), &err), -ENOSPC);
	ck_assert_int_eq(scratch_resize(scratch, 2001, &err), -ENOSPC);
	ck_assert_uint_eq(state_bytes(shop.app.state), 1500);
	scratch_close(scratch);
}
END_TEST

START_TEST(scratch_that_is_replaced_counts_until_nobody_has_it)
{
	static const char text[1600];
	struct scratch *scratch = create();
	char id[NAME_MAX_LEN + 1];

	ck_assert_int_eq(scratch_write(scratch, 0, text, 600, &err), 0);
	ck_assert_int_eq(scratch_replace(scratches, &name, text, 500, id, &err), 0);
	ck_assert_uint_eq(state_bytes(shop.app.state), 1100);
	scratch_close(scratch);
	ck_assert_uint_eq(state_bytes(shop.app.state), 500);
	ck_assert_int_eq(scratch_replace(scratches, &name, text, sizeof(text), id, &err), -ENOSPC);
	ck_assert_uint_eq(state_bytes(shop.app.state), 500);
	ck_assert_int_eq(scratch_replace(scratches, &name, text, 400, id, &err), 0);
	ck_assert_uint_eq(state_bytes(shop.app.state), 400);
}
END_TEST

START_TEST(scratch_that_was_saved_is_not_written)
{
	struct scratch *scratch = create();
	char id[NAME_MAX_LEN + 1];

	ck_assert_int_eq(scratch_remove(scratches, &name, SCRATCH_SAVED, id, &err), 0);
	ck_assert_int_eq(scratch_write(scratch, 0, "x", 1, &err), -ESTALE);
	scratch_close(scratch);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("scratch");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, scratch_end_shows_the_item_that_was_hidden_for_it);
	tcase_add_test(tcase, scratch_end_shows_no_item_that_was_shown_in_time);
	tcase_add_test(tcase, scratch_item_is_forgotten_once);
	tcase_add_test(tcase, scratch_bytes_count_until_nobody_has_the_file);
	tcase_add_test(tcase, scratch_does_not_grow_beyond_the_state);
	tcase_add_test(tcase, scratch_that_is_replaced_counts_until_nobody_has_it);
	tcase_add_test(tcase, scratch_that_was_saved_is_not_written);
	return suite_run(tcase, "scratch");
}
