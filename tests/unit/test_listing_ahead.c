/* Listings whose pages are fetched in advance, by a pool of threads. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/suite.h"

enum { N_THREADS = 7, N_ITEMS = 4000, N_PAGES = 21, N_READERS = 4 };

static struct cache_rig rig;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;

/* The server's gate: requests for pages from number n_open on wait. Guarded by lock. */
static size_t n_open, n_asked, n_at_gate, n_most_at_gate;

static void stop_at_gate(void *payload, enum cms_kind kind)
{
	(void)payload;
	if (kind != CMS_PAGE)
		return;
	pthread_mutex_lock(&lock);
	n_at_gate++;
	n_most_at_gate = n_at_gate > n_most_at_gate ? n_at_gate : n_most_at_gate;
	pthread_cond_broadcast(&changed);
	for (size_t number = n_asked++; number >= n_open;)
		pthread_cond_wait(&changed, &lock);
	n_at_gate--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void open_gate(size_t n)
{
	pthread_mutex_lock(&lock);
	n_open = n;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void wait_at_gate(size_t n)
{
	pthread_mutex_lock(&lock);
	while (n_at_gate != n)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void set_up(void)
{
	ck_assert_int_eq(call_cond_init(&changed), 0);
	cache_rig_init(&rig);
	cache_rig_use_pool(&rig, N_THREADS);
	cms_add(rig.cms, "recipes", 'a', N_ITEMS);
	cms_advance(rig.cms, 3600);
	n_asked = n_at_gate = n_most_at_gate = 0;
	n_open = SIZE_MAX;
}

static void tear_down(void)
{
	open_gate(SIZE_MAX);
	cache_rig_release(&rig);
	pthread_cond_destroy(&changed);
}

static size_t count_pages(void)
{
	return cms_count(rig.cms, CMS_PAGE);
}

START_TEST(ahead_costs_one_item_more_a_page)
{
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(count_pages(), N_PAGES);
	/* Nothing moved: no check. */
	ck_assert_uint_eq(cms_count(rig.cms, CMS_NEWEST), 0);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_eq(count_pages(), N_PAGES);
}
END_TEST

static void *list_in_thread(void *payload)
{
	*(int *)payload = cache_rig_list_all(&rig);
	return NULL;
}

START_TEST(ahead_asks_side_by_side)
{
	pthread_t thread;
	int ret;

	cms_on_request(rig.cms, stop_at_gate, NULL);
	open_gate(1);
	ck_assert_int_eq(pthread_create(&thread, NULL, list_in_thread, &ret), 0);
	/* All of the pool, behind the first page; a request is left to others. */
	wait_at_gate(N_THREADS);
	open_gate(SIZE_MAX);
	pthread_join(thread, NULL);
	ck_assert_int_eq(ret, N_ITEMS);
	ck_assert_uint_eq(n_most_at_gate, N_THREADS);
	ck_assert_uint_eq(count_pages(), N_PAGES);
}
END_TEST

START_TEST(ahead_delivers_the_first_page_at_once)
{
	uint64_t row = 0;
	size_t n_items = 0;

	cms_on_request(rig.cms, stop_at_gate, NULL);
	open_gate(1);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	ck_assert_uint_eq(n_items, 200);
	wait_at_gate(N_THREADS);
	open_gate(SIZE_MAX);
}
END_TEST

/* Four thousand items beyond the 200 that it has, and then no more, however long it takes. */
START_TEST(ahead_stops_with_the_reader)
{
	const size_t n_pages = 22;
	struct call moment;
	uint64_t row = 0;
	size_t n_items = 0;

	cms_add(rig.cms, "recipes", 'b', N_ITEMS);
	cms_on_request(rig.cms, stop_at_gate, NULL);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	pthread_mutex_lock(&lock);
	while (n_asked < n_pages)
		pthread_cond_wait(&changed, &lock);
	moment = call_begin(clock_system(), 300);
	while (n_asked == n_pages && call_wait(&moment, &changed, &lock) == 0)
		continue;
	ck_assert_uint_eq(n_asked, n_pages);
	pthread_mutex_unlock(&lock);
}
END_TEST

START_TEST(ahead_forgives_a_failure_in_the_pool)
{
	cms_fail(rig.cms, CMS_PAGE, (size_t)_i, 1, 500);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	ck_assert_uint_le(count_pages(), N_PAGES + 2);
}
END_TEST

static const int failures[] = { 500, -EHOSTUNREACH, -ETIMEDOUT };

START_TEST(ahead_fails_never_earlier_and_never_short)
{
	uint64_t row = 0;
	size_t n_items = 0;
	int ret = 1;

	cms_fail(rig.cms, CMS_PAGE, 10, 10000, failures[_i]);
	while (ret == 1)
		ret = cache_rig_list(&rig, &row, &n_items, NULL);
	ck_assert_int_lt(ret, 0);
	/* All that stands before the first page that failed. */
	ck_assert_uint_ge(n_items, 200);
	ck_assert_uint_le(n_items, 200 + 9 * 200);
	ck_assert_int_lt(cache_rig_list(&rig, &row, &n_items, NULL), 0);
	/* It is back: what is there is not asked for again. */
	cms_fail(rig.cms, CMS_PAGE, 0, 0, 0);
	ret = 1;
	while (ret == 1)
		ret = cache_rig_list(&rig, &row, &n_items, NULL);
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_eq(n_items, N_ITEMS);
}
END_TEST

START_TEST(ahead_serves_many_readers_with_one_listing)
{
	pthread_t threads[N_READERS];
	int rets[N_READERS];

	for (int i = 0; i < N_READERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, list_in_thread, &rets[i]), 0);
	for (int i = 0; i < N_READERS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(rets[i], N_ITEMS);
	}
	ck_assert_uint_eq(count_pages(), N_PAGES);
}
END_TEST

/* What was forgotten while it was on its way comes into no listing. */
START_TEST(ahead_drops_what_is_on_its_way_of_an_earlier_listing)
{
	pthread_t thread;
	uint64_t row = 0;
	size_t n_items = 0;
	int ret;

	cms_on_request(rig.cms, stop_at_gate, NULL);
	open_gate(1);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	wait_at_gate(N_THREADS);
	cache_forget_dir(rig.recipes);
	cms_remove(rig.cms, "recipes", 'a', 0, 100);
	ck_assert_int_eq(pthread_create(&thread, NULL, list_in_thread, &ret), 0);
	/* The new listing's first page is asked for by its reader. */
	wait_at_gate(N_THREADS + 1);
	open_gate(SIZE_MAX);
	pthread_join(thread, NULL);
	ck_assert_int_eq(ret, N_ITEMS - 100);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000000", NULL), -ENOENT);
}
END_TEST

static bool always(void *payload)
{
	(void)payload;
	return true;
}

struct reader {
	struct call call;
	int ret;
};

static void *read_second_page(void *payload)
{
	struct reader *reader = payload;
	struct store_batch *batch = calloc(1, sizeof(*batch));
	bool is_last = false;
	uint64_t row = 0;

	ck_assert_ptr_nonnull(batch);
	store_batch_init(batch);
	do {
		reader->ret = cache_list(
			rig.cache, &reader->call, rig.recipes, row, batch, NULL, &is_last, NULL);
		if (reader->ret == 0 && batch->n_items > 0)
			row = batch->items[batch->n_items - 1].row;
	} while (reader->ret == 0 && !is_last);
	store_batch_release(batch);
	free(batch);
	return NULL;
}

START_TEST(ahead_lets_one_reader_go_and_serves_the_others)
{
	struct reader impatient = { .call = rig.call }, patient = { .call = rig.call };
	pthread_t first, second;

	impatient.call.is_interrupted = always;
	cms_on_request(rig.cms, stop_at_gate, NULL);
	open_gate(1);
	ck_assert_int_eq(pthread_create(&first, NULL, read_second_page, &impatient), 0);
	wait_at_gate(N_THREADS);
	ck_assert_int_eq(pthread_create(&second, NULL, read_second_page, &patient), 0);
	pretended_clock_advance(&rig.time, CALL_PATIENCE_MS);
	pthread_join(first, NULL);
	ck_assert_int_eq(impatient.ret, -EINTR);
	open_gate(SIZE_MAX);
	pthread_join(second, NULL);
	ck_assert_int_eq(patient.ret, 0);
	ck_assert_uint_eq(count_pages(), N_PAGES);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("listing_ahead");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, ahead_costs_one_item_more_a_page);
	tcase_add_test(tc, ahead_asks_side_by_side);
	tcase_add_test(tc, ahead_delivers_the_first_page_at_once);
	tcase_add_test(tc, ahead_stops_with_the_reader);
	tcase_add_loop_test(tc, ahead_forgives_a_failure_in_the_pool, 1, 5);
	tcase_add_loop_test(tc, ahead_fails_never_earlier_and_never_short, 0, N_ROWS(failures));
	tcase_add_test(tc, ahead_serves_many_readers_with_one_listing);
	tcase_add_test(tc, ahead_drops_what_is_on_its_way_of_an_earlier_listing);
	tcase_add_test(tc, ahead_lets_one_reader_go_and_serves_the_others);
	return suite_run(tc, "listing_ahead");
}
