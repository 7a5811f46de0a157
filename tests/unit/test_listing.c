/* Listings of a directory: pages, readers that come and go, failures, many threads. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache/cache.h"
#include "support/suite.h"
#include "support/thousand.h"

static void wait_ms(uint64_t ms)
{
	cache_rig_wait(&thousand, ms);
}

static size_t count_pages(void)
{
	return cms_count(thousand.cms, CMS_PAGE);
}

static size_t count_checks(void)
{
	return cms_count(thousand.cms, CMS_NEWEST);
}

START_TEST(listing_takes_a_request_per_page)
{
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "a000999", NULL), 0);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "b000000", NULL), -ENOENT);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_ITEM), 0);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_APP), 0);
}
END_TEST

START_TEST(listing_of_nothing_is_a_listing)
{
	cms_remove(thousand.cms, "recipes", 'a', 0, 1000);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 0);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 0);
	ck_assert_uint_eq(count_pages(), 1);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "a000000", NULL), -ENOENT);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_ITEM), 0);
}
END_TEST

START_TEST(listing_delivers_while_it_runs)
{
	uint64_t row = 0, fresh_ms = 0;
	size_t n_items = 0;

	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, &fresh_ms), 1);
	ck_assert_uint_eq(n_items, 200);
	ck_assert_uint_eq(fresh_ms, RIG_TTL_MS);
	ck_assert_uint_eq(count_pages(), 1);
	/* What a page brought is fresh. */
	ck_assert_int_eq(cache_rig_lookup(&thousand, "a000199", NULL), 0);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_ITEM), 0);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "a000200", NULL), 0);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_ITEM), 1);
}
END_TEST

START_TEST(listing_expires)
{
	uint64_t row = 0, fresh_ms = 1;
	size_t n_items = 0;

	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, NULL), 1);
	wait_ms(RIG_TTL_MS);
	/* A reader that began goes on with what it began. */
	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, &fresh_ms), 1);
	ck_assert_uint_eq(fresh_ms, 0);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_uint_eq(count_checks(), 1);
}
END_TEST

START_TEST(listing_left_midway_is_taken_up)
{
	uint64_t row = 0;
	size_t n_items = 0;

	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, NULL), 1);
	wait_ms(RIG_TTL_MS - 1);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 5);
	/* It lay idle for all but a millisecond of its time. */
	wait_ms(1);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_uint_eq(count_checks(), 1);
}
END_TEST

START_TEST(listing_left_for_long_is_begun_anew)
{
	uint64_t row = 0, slow_row = 0;
	size_t n_items = 0, n_slow = 0;
	int ret = 1;

	ck_assert_int_eq(cache_rig_list(&thousand, &slow_row, &n_slow, NULL), 1);
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, NULL), 1);
	ck_assert_uint_eq(count_pages(), 2);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 6);
	/* The slow one misses nothing. */
	while (ret == 1)
		ret = cache_rig_list(&thousand, &slow_row, &n_slow, NULL);
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(n_slow, 1000);
	ck_assert_uint_eq(count_pages(), 6);
}
END_TEST

START_TEST(listing_of_a_slow_reader_ends_and_is_not_fresh)
{
	uint64_t row = 0;
	size_t n_items = 0;
	int ret;

	do {
		ret = cache_rig_list(&thousand, &row, &n_items, NULL);
		wait_ms(RIG_TTL_MS);
	} while (ret == 1);
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(n_items, 1000);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_uint_eq(count_checks(), 1);
}
END_TEST

START_TEST(listing_that_fails_never_ends_short)
{
	uint64_t row = 0;
	size_t n_items = 0;

	cms_fail(thousand.cms, CMS_PAGE, 2, 2, -EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, NULL), 1);
	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, NULL), 1);
	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, NULL), -EHOSTUNREACH);
	ck_assert_int_eq(cache_rig_list_all(&thousand), -EHOSTUNREACH);
	/* The server is back: only what is missing is asked for. */
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 7);
}
END_TEST

START_TEST(listing_that_failed_long_ago_is_begun_anew)
{
	cms_fail(thousand.cms, CMS_PAGE, 4, 1, 503);
	ck_assert_int_lt(cache_rig_list_all(&thousand), 0);
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 10);
}
END_TEST

START_TEST(listing_drops_what_is_gone)
{
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	cms_remove(thousand.cms, "recipes", 'a', 0, 400);
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 600);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "a000000", NULL), -ENOENT);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_APP), 0);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_ITEM), 0);
}
END_TEST

START_TEST(listing_that_lost_most_is_believed_the_second_time)
{
	static const int left[] = { 0, 499 };

	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	cms_remove(thousand.cms, "recipes", 'a', left[_i], 1000 - left[_i]);
	wait_ms(RIG_TTL_MS);
	cms_fail(thousand.cms, CMS_APP, 0, 1, 403);
	ck_assert_int_eq(cache_rig_list_all(&thousand), -EACCES);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_APP), 1);
	ck_assert_int_eq(cache_rig_list_all(&thousand), left[_i]);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_APP), 2);
	ck_assert_int_eq(cache_rig_list_all(&thousand), left[_i]);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_APP), 2);
}
END_TEST

/* The anonymous user's view: everything is there again once the token is. */
static void give_back_items(void *payload, enum cms_kind kind)
{
	(void)payload;
	if (kind == CMS_APP)
		cms_add(thousand.cms, "recipes", 'a', 1000);
}

START_TEST(listing_without_a_token_is_not_believed)
{
	uint64_t row;

	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	row = cache_rig_row(&thousand, "a000500");
	cms_remove(thousand.cms, "recipes", 'a', 0, 1000);
	cms_on_request(thousand.cms, give_back_items, NULL);
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(cache_rig_row(&thousand, "a000500"), row);
}
END_TEST

START_TEST(listing_after_a_remount_is_checked)
{
	char directory[] = "/tmp/squidexfs-cache-XXXXXX", command[64];
	uint64_t row;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	cache_rig_reopen(&thousand, directory, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	row = cache_rig_row(&thousand, "a000500");
	cache_rig_reopen(&thousand, directory, RIG_TTL_MS);
	ck_assert_int_gt(cache_dir_modified_s(thousand.recipes), 0);
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_uint_eq(count_checks(), 1);
	ck_assert_uint_eq(cache_rig_row(&thousand, "a000500"), row);
	cache_rig_reopen(&thousand, NULL, RIG_TTL_MS);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

enum { N_THREADS = 8 };

static void answer_slowly(void *payload, enum cms_kind kind)
{
	const struct timespec pause = { .tv_nsec = 2000000 };

	(void)payload;
	(void)kind;
	nanosleep(&pause, NULL);
}

static void *list_in_thread(void *payload)
{
	struct store_item item;
	char id[16];

	(void)payload;
	ck_assert_int_eq(cache_rig_list_all(&thousand), 1000);
	for (int i = 0; i < 1000; i += 100) {
		store_item_init(&item);
		snprintf(id, sizeof(id), "a%06d", i);
		ck_assert_int_eq(cache_lookup(thousand.cache, &thousand.call, thousand.recipes, id,
					 &item, NULL, NULL),
			0);
		store_item_release(&item);
	}
	return NULL;
}

static void *look_up_in_thread(void *payload)
{
	struct store_item item;

	(void)payload;
	store_item_init(&item);
	ck_assert_int_eq(cache_lookup(thousand.cache, &thousand.call, thousand.recipes, "a000999",
				 &item, NULL, NULL),
		0);
	store_item_release(&item);
	ck_assert_int_eq(cache_lookup(thousand.cache, &thousand.call, thousand.recipes, "nothing",
				 &item, NULL, NULL),
		-ENOENT);
	return NULL;
}

static void run_threads(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t threads[N_THREADS];

	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, i % 2 ? second : first, NULL), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
}

START_TEST(listing_of_many_readers_is_one)
{
	cms_on_request(thousand.cms, answer_slowly, NULL);
	run_threads(list_in_thread, list_in_thread);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_ITEM), 0);
}
END_TEST

START_TEST(lookups_of_many_threads_are_one)
{
	cms_on_request(thousand.cms, answer_slowly, NULL);
	run_threads(look_up_in_thread, look_up_in_thread);
	ck_assert_uint_eq(cms_count(thousand.cms, CMS_ITEM), 2);
	ck_assert_uint_eq(count_pages(), 0);
}
END_TEST

START_TEST(listing_and_lookups_go_side_by_side)
{
	cms_on_request(thousand.cms, answer_slowly, NULL);
	run_threads(list_in_thread, look_up_in_thread);
	ck_assert_uint_eq(count_pages(), 5);
	ck_assert_uint_le(cms_count(thousand.cms, CMS_ITEM), 2);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("listing");

	tcase_add_checked_fixture(tc, thousand_set_up, thousand_tear_down);
	tcase_add_test(tc, listing_takes_a_request_per_page);
	tcase_add_test(tc, listing_of_nothing_is_a_listing);
	tcase_add_test(tc, listing_delivers_while_it_runs);
	tcase_add_test(tc, listing_expires);
	tcase_add_test(tc, listing_left_midway_is_taken_up);
	tcase_add_test(tc, listing_left_for_long_is_begun_anew);
	tcase_add_test(tc, listing_of_a_slow_reader_ends_and_is_not_fresh);
	tcase_add_test(tc, listing_that_fails_never_ends_short);
	tcase_add_test(tc, listing_that_failed_long_ago_is_begun_anew);
	tcase_add_test(tc, listing_drops_what_is_gone);
	tcase_add_loop_test(tc, listing_that_lost_most_is_believed_the_second_time, 0, 2);
	tcase_add_test(tc, listing_without_a_token_is_not_believed);
	tcase_add_test(tc, listing_after_a_remount_is_checked);
	tcase_add_test(tc, listing_of_many_readers_is_one);
	tcase_add_test(tc, lookups_of_many_threads_are_one);
	tcase_add_test(tc, listing_and_lookups_go_side_by_side);
	return suite_run(tc, "listing");
}
