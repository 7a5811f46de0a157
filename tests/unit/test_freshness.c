/* A directory that was listed, and what is asked to know that it still stands. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cache/cache.h"
#include "cache/texts.h"
#include "support/suite.h"
#include "support/thousand.h"

START_TEST(nothing_new_costs_a_request)
{
	thousand_list(1000);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
	ck_assert_uint_eq(thousand_count(CMS_NEWEST), 2);
	thousand_list(1000);
	ck_assert_int_eq(cache_rig_lookup(&thousand, "nothing", NULL), -ENOENT);
	ck_assert_uint_eq(cms_count_all(thousand.cms), 5 + 2);
}
END_TEST

START_TEST(an_empty_directory_costs_a_request)
{
	cms_remove(thousand.cms, "recipes", 'a', 0, 1000);
	thousand_list(0);
	ck_assert_uint_eq(thousand_list_later(0), 1);
	cms_add(thousand.cms, "recipes", 'b', 2);
	ck_assert_uint_eq(thousand_list_later(2), 1);
	cms_remove(thousand.cms, "recipes", 'b', 0, 2);
	ck_assert_uint_eq(thousand_list_later(0), 2);
}
END_TEST

START_TEST(ten_changes_cost_a_request)
{
	uint64_t row;

	thousand_list(1000);
	row = cache_rig_row(&thousand, "a000105");
	cache_rig_wait(&thousand, 10000);
	cache_rig_change(&thousand, 'a', 100, 10);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000099"), 1);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000100"), 2);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000109"), 2);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000110"), 1);
	ck_assert_uint_eq(cache_rig_row(&thousand, "a000105"), row);
}
END_TEST

START_TEST(a_changed_text_is_the_new_one)
{
	struct store_item item;
	struct text *text = NULL;
	size_t len;

	thousand_list(1000);
	cache_rig_change(&thousand, 'a', 7, 1);
	thousand_list_later(1000);
	store_item_init(&item);
	ck_assert_int_eq(cache_read(thousand.cache, &thousand.call,
				 cache_rig_row(&thousand, "a000007"), &text, &item, NULL),
		0);
	ck_assert_ptr_nonnull(strstr(text_data(text, &len), "\"iv\": 2"));
	ck_assert_uint_eq(item.size, len);
	text_unref(text);
	store_item_release(&item);
	ck_assert_uint_eq(thousand_count(CMS_ITEM), 0);
}
END_TEST

START_TEST(new_items_appear)
{
	thousand_list(1000);
	cms_add(thousand.cms, "recipes", 'b', 15);
	ck_assert_uint_eq(thousand_list_later(1015), 1);
	ck_assert_int_eq(cache_rig_version(&thousand, "b000014"), 1);
	ck_assert_uint_gt(cache_rig_row(&thousand, "b000000"), cache_rig_row(&thousand, "a000999"));
}
END_TEST

/* Five hundred in the second in which it is checked, and then one more in the same second. */
START_TEST(a_second_is_not_closed)
{
	thousand_list(1000);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	cache_rig_change(&thousand, 'a', 0, 500);
	thousand_list(1000);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000499"), 2);
	cache_rig_change(&thousand, 'a', 777, 1);
	ck_assert_uint_le(thousand_list_later(1000), 5);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000777"), 2);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000778"), 1);
	/* By now they are old. */
	ck_assert_uint_eq(thousand_list_later(1000), 1);
}
END_TEST

/* Committed late: its time is that of before the check. */
START_TEST(a_late_commit_shows)
{
	thousand_list(1000);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	thousand_list(1000);
	cms_advance(thousand.cms, -4);
	cache_rig_change(&thousand, 'a', 900, 1);
	cms_advance(thousand.cms, 4);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000900"), 2);
}
END_TEST

START_TEST(an_item_made_anew_is_another)
{
	struct store_item item;

	thousand_list(1000);
	cms_remove(thousand.cms, "recipes", 'a', 0, 1);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	/* Twice of the same version. */
	cms_add(thousand.cms, "recipes", 'c', 1);
	thousand_list(1000);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	cms_remove(thousand.cms, "recipes", 'c', 0, 1);
	cms_add(thousand.cms, "recipes", 'c', 1);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
	store_item_init(&item);
	ck_assert_int_eq(cache_lookup(thousand.cache, &thousand.call, thousand.recipes, "c000000",
				 &item, NULL, NULL),
		0);
	ck_assert_int_eq(item.version, 1);
	ck_assert_int_eq(item.created_s, cache_dir_modified_s(thousand.recipes));
	store_item_release(&item);
}
END_TEST

/* Read newest first, something moves before the second page. */
static void move_something(void *payload, enum cms_kind kind)
{
	const int *what = payload;

	if (kind != CMS_NEWEST || thousand_count(CMS_NEWEST) != 1)
		return;
	if (*what == 0)
		cache_rig_change(&thousand, 'a', 900, 1);
	else if (*what == 1)
		cms_remove(thousand.cms, "recipes", 'a', 5, 1);
	else
		cms_add(thousand.cms, "recipes", 'b', 1);
}

START_TEST(a_change_during_the_check_shows)
{
	static const int n_items[] = { 1000, 999, 1001 };

	thousand_list(1000);
	cache_rig_change(&thousand, 'a', 0, 300);
	cms_on_request(thousand.cms, move_something, &_i);
	thousand_list_later(n_items[_i]);
	ck_assert_uint_gt(thousand_count(CMS_NEWEST), 2);
	/* Nothing of the three hundred was missed, and what came too late comes next. */
	for (int i = 0; i < 300; i++) {
		char id[16];

		snprintf(id, sizeof(id), "a%06d", i);
		if (_i != 1 || i != 5)
			ck_assert_int_eq(cache_rig_version(&thousand, id), 2);
	}
	thousand_list_later(n_items[_i]);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000900"), _i == 0 ? 2 : 1);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5);
}
END_TEST

START_TEST(many_changes_are_a_listing)
{
	cms_add(thousand.cms, "recipes", 'b', 3000);
	cms_advance(thousand.cms, 3600);
	thousand_list(4000);
	cache_rig_change(&thousand, 'b', 0, 3000);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	thousand_list(4000);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 20 + 20);
	ck_assert_uint_lt(thousand_count(CMS_NEWEST), 13);
	ck_assert_int_eq(cache_rig_version(&thousand, "b002999"), 2);
}
END_TEST

START_TEST(a_failed_check_is_made_again)
{
	thousand_list(1000);
	cache_rig_change(&thousand, 'a', 0, 30);
	cms_fail(thousand.cms, CMS_NEWEST, 1, 1, -EHOSTUNREACH);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&thousand), -EHOSTUNREACH);
	thousand_list(1000);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000029"), 2);
}
END_TEST

START_TEST(without_a_date_all_is_found)
{
	cms_send_no_date(thousand.cms);
	thousand_list(1000);
	cache_rig_change(&thousand, 'a', 0, 10);
	thousand_list_later(1000);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000009"), 2);
	cache_rig_change(&thousand, 'a', 3, 1);
	thousand_list_later(1000);
	ck_assert_int_eq(cache_rig_version(&thousand, "a000003"), 3);
	ck_assert_uint_eq(thousand_list_later(1000), 1);
}
END_TEST

START_TEST(without_ttl_each_reader_checks)
{
	cache_rig_reopen(&thousand, NULL, 0);
	thousand_list(1000);
	thousand_list(1000);
	cache_rig_change(&thousand, 'a', 1, 1);
	thousand_list(1000);
	cms_remove(thousand.cms, "recipes", 'a', 0, 1);
	thousand_list(999);
	ck_assert_uint_eq(thousand_count(CMS_NEWEST), 3);
	ck_assert_uint_eq(thousand_count(CMS_KNOWN), 1);
	ck_assert_uint_eq(thousand_count(CMS_PAGE), 5);
}
END_TEST

START_TEST(a_reader_in_the_middle_goes_on)
{
	uint64_t row = 0;
	size_t n_items = 0;
	int ret = 1;

	thousand_list(1000);
	ck_assert_int_eq(cache_rig_list(&thousand, &row, &n_items, NULL), 1);
	cache_rig_change(&thousand, 'a', 0, 10);
	cache_rig_change(&thousand, 'a', 990, 10);
	thousand_list_later(1000);
	while (ret == 1)
		ret = cache_rig_list(&thousand, &row, &n_items, NULL);
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(n_items, 1000);
}
END_TEST

enum { N_THREADS = 8 };

static void answer_slowly(void *payload, enum cms_kind kind)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	(void)payload;
	(void)kind;
	nanosleep(&pause, NULL);
}

static void *list_in_thread(void *payload)
{
	(void)payload;
	thousand_list(1000);
	return NULL;
}

START_TEST(many_readers_cause_one_check)
{
	pthread_t threads[N_THREADS];

	thousand_list(1000);
	cache_rig_wait(&thousand, RIG_TTL_MS);
	cms_on_request(thousand.cms, answer_slowly, NULL);
	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, list_in_thread, NULL), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(thousand_count(CMS_NEWEST), 1);
	ck_assert_uint_eq(cms_count_all(thousand.cms), 5 + 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("freshness");

	tcase_add_checked_fixture(tc, thousand_set_up, thousand_tear_down);
	tcase_add_test(tc, nothing_new_costs_a_request);
	tcase_add_test(tc, an_empty_directory_costs_a_request);
	tcase_add_test(tc, ten_changes_cost_a_request);
	tcase_add_test(tc, a_changed_text_is_the_new_one);
	tcase_add_test(tc, new_items_appear);
	tcase_add_test(tc, a_second_is_not_closed);
	tcase_add_test(tc, a_late_commit_shows);
	tcase_add_test(tc, an_item_made_anew_is_another);
	tcase_add_loop_test(tc, a_change_during_the_check_shows, 0, 3);
	tcase_add_test(tc, many_changes_are_a_listing);
	tcase_add_test(tc, a_failed_check_is_made_again);
	tcase_add_test(tc, without_a_date_all_is_found);
	tcase_add_test(tc, without_ttl_each_reader_checks);
	tcase_add_test(tc, a_reader_in_the_middle_goes_on);
	tcase_add_test(tc, many_readers_cause_one_check);
	return suite_run(tc, "freshness");
}
