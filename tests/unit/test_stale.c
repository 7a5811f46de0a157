#include "cache/stale.h"

#include <errno.h>
#include <string.h>

#include "cache/texts.h"
#include "support/cache_rig.h"
#include "support/folder.h"
#include "support/suite.h"

#define FOR_EVER 1000000

static struct cache_rig rig;

/* Fifty items, listed and expired. */
static void set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', 50);
	rig.stale = CACHE_STALE_SERVE;
	cache_rig_reopen(&rig, NULL, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	cache_rig_wait(&rig, RIG_TTL_MS);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static uint64_t count_stale(void)
{
	struct cache_stats stats;

	ck_assert_int_eq(cache_get_stats(rig.cache, &stats, NULL), 0);
	return stats.stale;
}

static size_t count_asked(void)
{
	size_t n = 0;

	for (enum cms_kind kind = 0; kind < CMS_KINDS; kind++)
		n += cms_count(rig.cms, kind);
	return n;
}

static void fail_all(int ret_or_status)
{
	cms_fail(rig.cms, CMS_KINDS, 0, FOR_EVER, ret_or_status);
}

static void answer_again(void)
{
	cms_fail(rig.cms, CMS_KINDS, 0, 0, 0);
}

/* Its time is over, and so is that in which a server that did not answer is not asked. */
static void expire(void)
{
	cache_rig_wait(&rig, RIG_TTL_MS + STALE_MS);
}

static const struct {
	const char *what;
	int failure; /* negative errno or status */
	int ret;     /* of an operation; 0: what is at hand is shown */
} failures[] = {
	{ "no connection", -EHOSTUNREACH, 0 },
	{ "no answer in time", -ETIMEDOUT, 0 },
	{ "a connection lost", -EIO, 0 },
	{ "a certificate that is refused", -EPROTO, 0 },
	{ "a server that failed", 500, 0 },
	{ "a proxy without a server", 502, 0 },
	{ "a server that is not available", 503, 0 },
	{ "a server that ran out of time", 408, 0 },
	{ "an interrupt", -EINTR, -EINTR },
	{ "no token", -EACCES, -EACCES },
	{ "a token refused", 401, -EACCES },
	{ "a role that is not allowed", 403, -EACCES },
	{ "a request refused", 400, -EINVAL },
	{ "the quota used up", 429, -EBUSY },
	{ "an answer too large", -EFBIG, -EFBIG },
};

START_TEST(stale_items_are_read_where_no_answer_comes)
{
	uint64_t fresh_ms = 0;

	fail_all(failures[_i].failure);
	ck_assert_msg(cache_rig_lookup(&rig, "a000001", &fresh_ms) == failures[_i].ret, "%s",
		failures[_i].what);
	ck_assert_uint_eq(count_stale(), failures[_i].ret == 0);
	ck_assert_uint_eq(fresh_ms, failures[_i].ret == 0 ? STALE_MS : 0);
}
END_TEST

START_TEST(stale_directories_list_where_no_answer_comes)
{
	uint64_t row = 0, fresh_ms = 0;
	size_t n_items = 0;

	fail_all(failures[_i].failure);
	ck_assert_msg(cache_rig_list(&rig, &row, &n_items, &fresh_ms) == failures[_i].ret, "%s",
		failures[_i].what);
	ck_assert_uint_eq(count_stale(), failures[_i].ret == 0);
	ck_assert_uint_eq(fresh_ms, failures[_i].ret == 0 ? STALE_MS : 0);
	if (failures[_i].ret == 0)
		ck_assert_uint_eq(n_items, 50);
}
END_TEST

START_TEST(stale_error_shows_the_failure)
{
	rig.stale = CACHE_STALE_ERROR;
	cache_rig_reopen(&rig, NULL, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	expire();
	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_list_all(&rig), -EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), -EHOSTUNREACH);
	ck_assert_uint_eq(count_stale(), 0);
}
END_TEST

START_TEST(stale_absence_is_the_word_of_a_complete_listing)
{
	uint64_t missing = store_ino("shop", "recipes", "no such item");
	struct store_item item;

	store_item_init(&item);
	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_lookup(&rig, "b000001", NULL), -ENOENT);
	ck_assert_ptr_nonnull(strstr(rig.err.text, "when the server answered last"));
	ck_assert_uint_eq(cache_negative_ms(rig.cache, rig.recipes, "b000001"), 0);
	ck_assert_int_eq(
		cache_lookup_ino(rig.cache, &rig.call, rig.recipes, missing, &item, NULL, &rig.err),
		-ENOENT);
	expire();
	ck_assert_int_eq(
		cache_lookup_ino(rig.cache, &rig.call, rig.recipes, missing, &item, NULL, &rig.err),
		-ENOENT);
	store_item_release(&item);
}
END_TEST

START_TEST(stale_directory_that_was_never_listed_fails)
{
	rig.recipes = cache_find_dir(rig.cache, "authors");
	cms_add(rig.cms, "authors", 'b', 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "b000000", NULL), 0);
	expire();
	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_list_all(&rig), -EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_lookup(&rig, "b000009", NULL), -EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_lookup(&rig, "b000000", NULL), 0);
}
END_TEST

START_TEST(stale_directory_is_asked_for_once_in_a_while)
{
	size_t asked = count_asked();

	fail_all(-ETIMEDOUT);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(cache_rig_list_all(&rig), 50);
		ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
		ck_assert_int_eq(cache_rig_lookup(&rig, "b000001", NULL), -ENOENT);
	}
	ck_assert_uint_eq(count_asked(), asked + 1);
	cache_rig_wait(&rig, STALE_MS);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	ck_assert_uint_eq(count_asked(), asked + 2);
}
END_TEST

START_TEST(stale_ends_with_the_first_answer)
{
	uint64_t fresh_ms;

	fail_all(503);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	answer_again();
	cms_add(rig.cms, "recipes", 'b', 1);
	cms_change(rig.cms, "recipes", "a000001");
	cache_rig_wait(&rig, STALE_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), 51);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", &fresh_ms), 0);
	ck_assert_uint_eq(fresh_ms, RIG_TTL_MS);
}
END_TEST

/* What the server took away is not shown because it goes away. */
START_TEST(stale_nothing_is_shown_after_a_refusal)
{
	int refusal = _i == 0 ? 401 : 403;

	fail_all(refusal);
	ck_assert_int_eq(cache_rig_list_all(&rig), -EACCES);
	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_list_all(&rig), -EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), -EHOSTUNREACH);
	answer_again();
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	expire();
	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
}
END_TEST

START_TEST(stale_refusal_of_a_token_is_for_all_and_of_a_role_for_one_directory)
{
	int refusal = _i == 0 ? 401 : 403;
	struct cache_dir *recipes = rig.recipes;

	rig.recipes = cache_find_dir(rig.cache, "authors");
	cms_add(rig.cms, "authors", 'b', 3);
	ck_assert_int_eq(cache_rig_list_all(&rig), 3);
	expire();
	fail_all(refusal);
	ck_assert_int_eq(cache_rig_list_all(&rig), -EACCES);
	fail_all(-EHOSTUNREACH);
	rig.recipes = recipes;
	ck_assert_int_eq(cache_rig_list_all(&rig), refusal == 403 ? 50 : -EHOSTUNREACH);
}
END_TEST

START_TEST(stale_gone_is_gone)
{
	fail_all(404);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), -ENOENT);
	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), -ENOENT);
	expire();
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), -ENOENT);
}
END_TEST

START_TEST(stale_text_is_whole)
{
	uint64_t row = cache_rig_row(&rig, "a000001");
	struct text *text = NULL;
	struct store_item item;
	size_t len;

	store_item_init(&item);
	expire();
	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, row, &text, &item, &rig.err), 0);
	ck_assert_ptr_nonnull(strstr(text_data(text, &len), "\"a000001\""));
	ck_assert_uint_eq(len, item.size);
	text_unref(text);
	store_item_release(&item);
}
END_TEST

START_TEST(stale_order_to_refresh_is_obeyed)
{
	size_t asked;

	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	asked = count_asked();
	cache_forget_item(rig.recipes, "a000001");
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	ck_assert_uint_eq(count_asked(), asked + 1);
}
END_TEST

/* At its first page, or at its second. */
START_TEST(stale_listing_that_fails_midway_leaves_what_was_known)
{
	uint64_t fresh_ms;

	cms_add(rig.cms, "recipes", 'b', 250);
	ck_assert_int_eq(cache_rig_list_all(&rig), 300);
	cache_forget_dir(rig.recipes);
	cms_fail(rig.cms, CMS_PAGE, cms_count(rig.cms, CMS_PAGE) + (size_t)_i, FOR_EVER, 503);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(cache_rig_list_all(&rig), 300);
		ck_assert_int_eq(cache_rig_lookup(&rig, "b000249", NULL), 0);
		ck_assert_int_eq(cache_rig_lookup(&rig, "c000001", NULL), -ENOENT);
		expire();
	}
	answer_again();
	cms_remove(rig.cms, "recipes", 'a', 0, 10);
	ck_assert_int_eq(cache_rig_list_all(&rig), 290);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000010", &fresh_ms), 0);
	ck_assert_uint_gt(fresh_ms, STALE_MS);
}
END_TEST

START_TEST(stale_first_listing_that_fails_midway_fails)
{
	rig.recipes = cache_find_dir(rig.cache, "authors");
	cms_add(rig.cms, "authors", 'b', 250);
	cms_fail(rig.cms, CMS_PAGE, cms_count(rig.cms, CMS_PAGE) + 1, FOR_EVER, 503);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(cache_rig_list_all(&rig), -EIO);
		ck_assert_int_eq(cache_rig_lookup(&rig, "b000001", NULL), 0);
		cache_rig_wait(&rig, i * RIG_TTL_MS);
	}
}
END_TEST

START_TEST(stale_directory_of_an_earlier_mount_is_shown)
{
	folder_make();
	cache_rig_reopen(&rig, folder_path(), RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	cache_rig_reopen(&rig, folder_path(), RIG_TTL_MS);
	fail_all(-EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	ck_assert_int_eq(cache_rig_lookup(&rig, "b000001", NULL), -ENOENT);
	cache_rig_reopen(&rig, NULL, RIG_TTL_MS);
	folder_remove();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stale");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, stale_items_are_read_where_no_answer_comes, 0, N_ROWS(failures));
	tcase_add_loop_test(tc, stale_directories_list_where_no_answer_comes, 0, N_ROWS(failures));
	tcase_add_test(tc, stale_error_shows_the_failure);
	tcase_add_test(tc, stale_absence_is_the_word_of_a_complete_listing);
	tcase_add_test(tc, stale_directory_that_was_never_listed_fails);
	tcase_add_test(tc, stale_directory_is_asked_for_once_in_a_while);
	tcase_add_test(tc, stale_ends_with_the_first_answer);
	tcase_add_loop_test(tc, stale_nothing_is_shown_after_a_refusal, 0, 2);
	tcase_add_loop_test(
		tc, stale_refusal_of_a_token_is_for_all_and_of_a_role_for_one_directory, 0, 2);
	tcase_add_test(tc, stale_gone_is_gone);
	tcase_add_test(tc, stale_text_is_whole);
	tcase_add_test(tc, stale_order_to_refresh_is_obeyed);
	tcase_add_loop_test(tc, stale_listing_that_fails_midway_leaves_what_was_known, 0, 2);
	tcase_add_test(tc, stale_first_listing_that_fails_midway_fails);
	tcase_add_test(tc, stale_directory_of_an_earlier_mount_is_shown);
	return suite_run(tc, "stale");
}
