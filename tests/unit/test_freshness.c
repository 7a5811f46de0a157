/* A directory that was listed, and what is asked to know that it still stands. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cache/cache.h"
#include "cache/texts.h"
#include "support/cache_rig.h"
#include "support/suite.h"

static struct cache_rig rig;

static void set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', 1000);
	cms_advance(rig.cms, 3600);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static size_t count(enum cms_kind kind)
{
	return cms_count(rig.cms, kind);
}

static void list(int n_items)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), n_items);
}

/* Lists again after the time to live; the requests that it takes. */
static size_t list_later(int n_items)
{
	size_t before;

	cache_rig_wait(&rig, RIG_TTL_MS);
	before = cms_count_all(rig.cms);
	list(n_items);
	return cms_count_all(rig.cms) - before;
}

START_TEST(nothing_new_costs_a_request)
{
	list(1000);
	ck_assert_uint_eq(list_later(1000), 1);
	ck_assert_uint_eq(list_later(1000), 1);
	ck_assert_uint_eq(count(CMS_NEWEST), 2);
	list(1000);
	ck_assert_int_eq(cache_rig_lookup(&rig, "nothing", NULL), -ENOENT);
	ck_assert_uint_eq(cms_count_all(rig.cms), 5 + 2);
}
END_TEST

START_TEST(an_empty_directory_costs_a_request)
{
	cms_remove(rig.cms, "recipes", 'a', 0, 1000);
	list(0);
	ck_assert_uint_eq(list_later(0), 1);
	cms_add(rig.cms, "recipes", 'b', 2);
	ck_assert_uint_eq(list_later(2), 1);
	cms_remove(rig.cms, "recipes", 'b', 0, 2);
	ck_assert_uint_eq(list_later(0), 2);
}
END_TEST

START_TEST(ten_changes_cost_a_request)
{
	uint64_t row;

	list(1000);
	row = cache_rig_row(&rig, "a000105");
	cache_rig_wait(&rig, 10000);
	cache_rig_change(&rig, 'a', 100, 10);
	ck_assert_uint_eq(list_later(1000), 1);
	ck_assert_int_eq(cache_rig_version(&rig, "a000099"), 1);
	ck_assert_int_eq(cache_rig_version(&rig, "a000100"), 2);
	ck_assert_int_eq(cache_rig_version(&rig, "a000109"), 2);
	ck_assert_int_eq(cache_rig_version(&rig, "a000110"), 1);
	ck_assert_uint_eq(cache_rig_row(&rig, "a000105"), row);
}
END_TEST

START_TEST(a_changed_text_is_the_new_one)
{
	struct store_item item;
	struct text *text = NULL;
	size_t len;

	list(1000);
	cache_rig_change(&rig, 'a', 7, 1);
	list_later(1000);
	store_item_init(&item);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, cache_rig_row(&rig, "a000007"), &text,
				 &item, NULL),
		0);
	ck_assert_ptr_nonnull(strstr(text_data(text, &len), "\"iv\": 2"));
	ck_assert_uint_eq(item.size, len);
	text_unref(text);
	store_item_release(&item);
	ck_assert_uint_eq(count(CMS_ITEM), 0);
}
END_TEST

START_TEST(new_items_appear)
{
	list(1000);
	cms_add(rig.cms, "recipes", 'b', 15);
	ck_assert_uint_eq(list_later(1015), 1);
	ck_assert_int_eq(cache_rig_version(&rig, "b000014"), 1);
	ck_assert_uint_gt(cache_rig_row(&rig, "b000000"), cache_rig_row(&rig, "a000999"));
}
END_TEST

/* Five hundred in the second in which it is checked, and then one more in the same second. */
START_TEST(a_second_is_not_closed)
{
	list(1000);
	cache_rig_wait(&rig, RIG_TTL_MS);
	cache_rig_change(&rig, 'a', 0, 500);
	list(1000);
	ck_assert_int_eq(cache_rig_version(&rig, "a000499"), 2);
	cache_rig_change(&rig, 'a', 777, 1);
	ck_assert_uint_le(list_later(1000), 5);
	ck_assert_int_eq(cache_rig_version(&rig, "a000777"), 2);
	ck_assert_int_eq(cache_rig_version(&rig, "a000778"), 1);
	/* By now they are old. */
	ck_assert_uint_eq(list_later(1000), 1);
}
END_TEST

/* Committed late: its time is that of before the check. */
START_TEST(a_late_commit_shows)
{
	list(1000);
	cache_rig_wait(&rig, RIG_TTL_MS);
	list(1000);
	cms_advance(rig.cms, -4);
	cache_rig_change(&rig, 'a', 900, 1);
	cms_advance(rig.cms, 4);
	ck_assert_uint_eq(list_later(1000), 1);
	ck_assert_int_eq(cache_rig_version(&rig, "a000900"), 2);
}
END_TEST

START_TEST(an_item_made_anew_is_another)
{
	struct store_item item;

	list(1000);
	cms_remove(rig.cms, "recipes", 'a', 0, 1);
	cache_rig_wait(&rig, RIG_TTL_MS);
	/* Twice of the same version. */
	cms_add(rig.cms, "recipes", 'c', 1);
	list(1000);
	cache_rig_wait(&rig, RIG_TTL_MS);
	cms_remove(rig.cms, "recipes", 'c', 0, 1);
	cms_add(rig.cms, "recipes", 'c', 1);
	ck_assert_uint_eq(list_later(1000), 1);
	store_item_init(&item);
	ck_assert_int_eq(
		cache_lookup(rig.cache, &rig.call, rig.recipes, "c000000", &item, NULL, NULL), 0);
	ck_assert_int_eq(item.version, 1);
	ck_assert_int_eq(item.created_s, cache_dir_modified_s(rig.recipes));
	store_item_release(&item);
}
END_TEST

/* Read newest first, something moves before the second page. */
static void move_something(void *payload, enum cms_kind kind)
{
	const int *what = payload;

	if (kind != CMS_NEWEST || count(CMS_NEWEST) != 1)
		return;
	if (*what == 0)
		cache_rig_change(&rig, 'a', 900, 1);
	else if (*what == 1)
		cms_remove(rig.cms, "recipes", 'a', 5, 1);
	else
		cms_add(rig.cms, "recipes", 'b', 1);
}

START_TEST(a_change_during_the_check_shows)
{
	static const int n_items[] = { 1000, 999, 1001 };

	list(1000);
	cache_rig_change(&rig, 'a', 0, 300);
	cms_on_request(rig.cms, move_something, &_i);
	list_later(n_items[_i]);
	ck_assert_uint_gt(count(CMS_NEWEST), 2);
	/* Nothing of the three hundred was missed, and what came too late comes next. */
	for (int i = 0; i < 300; i++) {
		char id[16];

		snprintf(id, sizeof(id), "a%06d", i);
		if (_i != 1 || i != 5)
			ck_assert_int_eq(cache_rig_version(&rig, id), 2);
	}
	list_later(n_items[_i]);
	ck_assert_int_eq(cache_rig_version(&rig, "a000900"), _i == 0 ? 2 : 1);
	ck_assert_uint_eq(count(CMS_PAGE), 5);
}
END_TEST

START_TEST(many_changes_are_a_listing)
{
	cms_add(rig.cms, "recipes", 'b', 3000);
	cms_advance(rig.cms, 3600);
	list(4000);
	cache_rig_change(&rig, 'b', 0, 3000);
	cache_rig_wait(&rig, RIG_TTL_MS);
	list(4000);
	ck_assert_uint_eq(count(CMS_PAGE), 20 + 20);
	ck_assert_uint_lt(count(CMS_NEWEST), 13);
	ck_assert_int_eq(cache_rig_version(&rig, "b002999"), 2);
}
END_TEST

START_TEST(a_failed_check_is_made_again)
{
	list(1000);
	cache_rig_change(&rig, 'a', 0, 30);
	cms_fail(rig.cms, CMS_NEWEST, 1, 1, -EHOSTUNREACH);
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), -EHOSTUNREACH);
	list(1000);
	ck_assert_uint_eq(count(CMS_PAGE), 5);
	ck_assert_int_eq(cache_rig_version(&rig, "a000029"), 2);
}
END_TEST

START_TEST(without_a_date_all_is_found)
{
	cms_send_no_date(rig.cms);
	list(1000);
	cache_rig_change(&rig, 'a', 0, 10);
	list_later(1000);
	ck_assert_int_eq(cache_rig_version(&rig, "a000009"), 2);
	cache_rig_change(&rig, 'a', 3, 1);
	list_later(1000);
	ck_assert_int_eq(cache_rig_version(&rig, "a000003"), 3);
	ck_assert_uint_eq(list_later(1000), 1);
}
END_TEST

START_TEST(without_ttl_each_reader_checks)
{
	cache_rig_reopen(&rig, NULL, 0);
	list(1000);
	list(1000);
	cache_rig_change(&rig, 'a', 1, 1);
	list(1000);
	cms_remove(rig.cms, "recipes", 'a', 0, 1);
	list(999);
	ck_assert_uint_eq(count(CMS_NEWEST), 3);
	ck_assert_uint_eq(count(CMS_KNOWN), 1);
	ck_assert_uint_eq(count(CMS_PAGE), 5);
}
END_TEST

START_TEST(a_reader_in_the_middle_goes_on)
{
	uint64_t row = 0;
	size_t n_items = 0;
	int ret = 1;

	list(1000);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	cache_rig_change(&rig, 'a', 0, 10);
	cache_rig_change(&rig, 'a', 990, 10);
	list_later(1000);
	while (ret == 1)
		ret = cache_rig_list(&rig, &row, &n_items, NULL);
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
	list(1000);
	return NULL;
}

START_TEST(many_readers_cause_one_check)
{
	pthread_t threads[N_THREADS];

	list(1000);
	cache_rig_wait(&rig, RIG_TTL_MS);
	cms_on_request(rig.cms, answer_slowly, NULL);
	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, list_in_thread, NULL), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(count(CMS_NEWEST), 1);
	ck_assert_uint_eq(cms_count_all(rig.cms), 5 + 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("freshness");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
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
