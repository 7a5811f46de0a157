/* Where a text is that the server does not have, and which of two places where there is room for one. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "save/outbox.h"
#include "save/state.h"
#include "save/unsaved.h"
#include "support/save_rig.h"
#include "support/suite.h"

#define TEXT "{ half"

static struct save_rig rig;
static struct save_request request;
static struct save_kept kept;
static struct error why;

static void set_up(void)
{
	save_rig_init(&rig, NULL);
	request = (struct save_request){ rig.cache.recipes, SAVE_RIG_ID, SAVE_RIG_ID ".json", TEXT,
		sizeof(TEXT) - 1, -1 };
	kept = (struct save_kept){ .is_in_outbox = false };
	error_set(&why, EINVAL, "it was refused");
}

static void tear_down(void)
{
	save_rig_release(&rig);
}

static void leave_room(uint64_t bytes)
{
	const uint64_t left = SAVE_RIG_STATE_BYTES - state_bytes(rig.state);

	ck_assert_uint_ge(left, bytes);
	ck_assert_int_eq(state_take_room(rig.state, left - bytes, &rig.err), 0);
}

static int count_left(void *payload, const struct outbox_entry *entry)
{
	size_t *n = payload;

	ck_assert_str_eq(entry->id, SAVE_RIG_ID);
	ck_assert_uint_eq(entry->len, sizeof(TEXT) - 1);
	ck_assert_mem_eq(entry->text, TEXT, entry->len);
	(*n)++;
	return 0;
}

/* Texts that the next mount finds. */
static size_t count_in_outbox(void)
{
	size_t n = 0;

	outbox_close(rig.outbox);
	rig.outbox = NULL;
	ck_assert_int_eq(outbox_open(rig.state, OUTBOX_TEXTS, &rig.outbox, &rig.err), 0);
	ck_assert_int_eq(outbox_visit_left(rig.outbox, count_left, &n, &rig.err), 0);
	return n;
}

START_TEST(keep_puts_it_among_the_unsaved)
{
	ck_assert(!save_is_kept(&kept));
	ck_assert_int_eq(keep_in_outbox(rig.saver, &request, &kept, &rig.err), 0);
	ck_assert(save_is_kept(&kept));
	ck_assert_int_eq(saver_keep(rig.saver, &request, &kept, &why), 0);
	ck_assert(save_is_kept(&kept));
	ck_assert_str_eq(save_rig_unsaved(&rig, ""), TEXT);
	ck_assert_ptr_nonnull(strstr(save_rig_unsaved(&rig, ".reason"), "it was refused"));
	ck_assert_ptr_nonnull(strstr(why.text, "it was refused; the text is in .squidexfs/unsaved/"
					       "shop/recipes/a000000.json"));
	ck_assert_int_eq(why.errnum, EINVAL);
	ck_assert_uint_eq(count_in_outbox(), 0);
}
END_TEST

START_TEST(keep_is_in_the_outbox_once)
{
	ck_assert_int_eq(keep_in_outbox(rig.saver, &request, &kept, &rig.err), 0);
	ck_assert_int_eq(keep_in_outbox(rig.saver, &request, &kept, &rig.err), 0);
	ck_assert_uint_eq(count_in_outbox(), 1);
}
END_TEST

START_TEST(keep_ends)
{
	ck_assert_int_eq(keep_in_outbox(rig.saver, &request, &kept, &rig.err), 0);
	keep_end(rig.saver, &kept);
	ck_assert(!save_is_kept(&kept));
	keep_end(rig.saver, &kept);
	ck_assert_uint_eq(count_in_outbox(), 0);
}
END_TEST

/* Room for one: the one that shows. */
START_TEST(keep_prefers_the_unsaved)
{
	ck_assert_int_eq(keep_in_outbox(rig.saver, &request, &kept, &rig.err), 0);
	leave_room(0);
	ck_assert_int_eq(saver_keep(rig.saver, &request, &kept, &why), 0);
	ck_assert(!kept.is_in_outbox);
	ck_assert_str_eq(save_rig_unsaved(&rig, ""), TEXT);
	ck_assert_uint_eq(count_in_outbox(), 0);
}
END_TEST

START_TEST(keep_has_no_room_at_all)
{
	leave_room(0);
	ck_assert_int_eq(saver_keep(rig.saver, &request, &kept, &why), -ENOSPC);
	ck_assert(!save_is_kept(&kept));
	ck_assert_ptr_nonnull(strstr(why.text, "the text could not be kept"));
	ck_assert_ptr_null(save_rig_unsaved(&rig, ""));
}
END_TEST

/* The server hears of nothing that is not on disk. */
START_TEST(keep_has_no_room_for_what_is_to_be_sent)
{
	leave_room(0);
	ck_assert_int_eq(
		save_rig_save(&rig, SAVE_RIG_ID, -1, "{\"data\":{\"n\":{\"iv\":7}}}"), -ENOSPC);
	ck_assert_uint_eq(save_rig_writes(&rig), 0);
	ck_assert(!save_is_kept(&rig.result.kept));
}
END_TEST

START_TEST(keep_finds_no_place_among_the_unsaved)
{
	char text[16];
	size_t n = 0;

	for (int i = 0; n == 0; i++) {
		const struct unsaved_text other = {
			.schema = "recipes",
			.name = request.name,
			.data = text,
			.len = (size_t)snprintf(text, sizeof(text), "%d", i),
			.reason = "",
		};
		struct unsaved_copy copy;

		n = unsaved_put(rig.state, &other, &copy, &rig.err) < 0;
	}
	/* It may be in the outbox already, or not. */
	if (_i)
		ck_assert_int_eq(keep_in_outbox(rig.saver, &request, &kept, &rig.err), 0);
	ck_assert_int_eq(saver_keep(rig.saver, &request, &kept, &why), -EEXIST);
	ck_assert(save_is_kept(&kept));
	ck_assert_ptr_nonnull(strstr(why.text, "the text waits for the next mount"));
	if (_i) {
		saver_forget(rig.saver, rig.cache.recipes, &kept);
		ck_assert_uint_eq(count_in_outbox(), 0);
	} else {
		ck_assert_uint_eq(count_in_outbox(), 1);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("keep");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, keep_puts_it_among_the_unsaved);
	tcase_add_test(tcase, keep_is_in_the_outbox_once);
	tcase_add_test(tcase, keep_ends);
	tcase_add_test(tcase, keep_prefers_the_unsaved);
	tcase_add_test(tcase, keep_has_no_room_at_all);
	tcase_add_test(tcase, keep_has_no_room_for_what_is_to_be_sent);
	tcase_add_loop_test(tcase, keep_finds_no_place_among_the_unsaved, 0, 2);
	return suite_run(tcase, "keep");
}
