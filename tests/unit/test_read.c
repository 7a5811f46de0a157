/* Reading items whose texts the store keeps, or has dropped. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/texts.h"
#include "support/cache_rig.h"
#include "support/folder.h"
#include "support/suite.h"

#define N_ITEMS 50
#define N_READERS 6

static struct cache_rig rig;
static uint64_t text_len; /* of one item; all are equally long */

/* A directory that is listed, and a store that keeps n_texts of its texts. */
static void open_for(unsigned n_texts)
{
	struct store_item item;

	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', N_ITEMS);
	cms_advance(rig.cms, 3600);
	store_item_init(&item);
	ck_assert_int_eq(
		cache_lookup(rig.cache, &rig.call, rig.recipes, "a000000", &item, NULL, &rig.err),
		0);
	text_len = item.size;
	store_item_release(&item);
	rig.max_text_bytes = n_texts * text_len;
	cache_rig_reopen(&rig, NULL, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
}

static void set_up(void)
{
	open_for(10);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static size_t count_items(void)
{
	return cms_count(rig.cms, CMS_ITEM);
}

/* The text is the item's; returns how many requests for items it took. */
static size_t read_item(const char *id)
{
	size_t before = count_items();
	uint64_t row = cache_rig_row(&rig, id);
	struct text *text = NULL;
	struct store_item item;
	size_t len;
	int ret;

	store_item_init(&item);
	ret = cache_read(rig.cache, &rig.call, row, &text, &item, &rig.err);
	ck_assert_msg(ret == 0, "%s", rig.err.text);
	ck_assert_ptr_nonnull(strstr(text_data(text, &len), id));
	ck_assert_uint_eq(len, item.size);
	ck_assert_str_eq(item.id, id);
	text_unref(text);
	store_item_release(&item);
	return count_items() - before;
}

static struct cache_stats get_stats(void)
{
	struct cache_stats stats;

	ck_assert_int_eq(cache_get_stats(rig.cache, &stats, NULL), 0);
	return stats;
}

START_TEST(a_dropped_text_is_fetched_alone_and_kept)
{
	uint64_t fresh_ms = 0;

	ck_assert_uint_eq(get_stats().store.text_bytes, 10 * text_len);
	/* Its name, size and times are there. */
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000030", &fresh_ms), 0);
	ck_assert_uint_gt(fresh_ms, 0);
	ck_assert_uint_eq(count_items(), 1);
	ck_assert_uint_eq(read_item("a000030"), 1);
	ck_assert_uint_eq(read_item("a000030"), 0);
	ck_assert_uint_eq(get_stats().store.evicted, 1);
	ck_assert_uint_eq(get_stats().store.text_bytes, 10 * text_len);
	ck_assert_uint_eq(cms_count_unchanged(rig.cms), 0);
}
END_TEST

START_TEST(reading_from_the_beginning_after_a_listing_finds_what_was_kept)
{
	size_t n = 0;
	char id[16];

	for (int i = 0; i < N_ITEMS; i++) {
		snprintf(id, sizeof(id), "a%06d", i);
		n += read_item(id);
	}
	ck_assert_uint_eq(n, N_ITEMS - 10);
}
END_TEST

START_TEST(an_expired_item_without_its_text_costs_one_request)
{
	ck_assert_uint_eq(read_item("a000030"), 1);
	/* The next ten push it out; it has an ETag, but a 304 would be no text. */
	for (int i = 0; i < 10; i++) {
		char id[16];

		snprintf(id, sizeof(id), "a%06d", 40 + i);
		ck_assert_uint_eq(read_item(id), 1);
	}
	cache_rig_wait(&rig, RIG_TTL_MS + 1);
	ck_assert_uint_eq(read_item("a000030"), 1);
	ck_assert_uint_eq(cms_count_unchanged(rig.cms), 0);
	cache_rig_wait(&rig, RIG_TTL_MS + 1);
	ck_assert_uint_eq(read_item("a000030"), 1);
	ck_assert_uint_eq(cms_count_unchanged(rig.cms), 1);
}
END_TEST

START_TEST(a_dropped_text_that_has_changed_is_the_new_one)
{
	struct text *text = NULL;
	struct store_item item;
	uint64_t row = cache_rig_row(&rig, "a000030");
	size_t len;

	cms_change(rig.cms, "recipes", "a000030");
	store_item_init(&item);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, row, &text, &item, &rig.err), 0);
	ck_assert_int_eq(item.version, 2);
	ck_assert_ptr_nonnull(strstr(text_data(text, &len), "\"version\": 2"));
	ck_assert_uint_eq(item.size, len);
	text_unref(text);
	store_item_release(&item);
}
END_TEST

START_TEST(a_dropped_text_of_an_item_that_is_gone_says_so)
{
	struct text *text = NULL;
	struct store_item item;
	uint64_t row = cache_rig_row(&rig, "a000030");

	cms_remove(rig.cms, "recipes", 'a', 30, 1);
	store_item_init(&item);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, row, &text, &item, &rig.err), -ENOENT);
	ck_assert_str_ne(rig.err.text, "");
	ck_assert_ptr_null(text);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000030", NULL), -ENOENT);
}
END_TEST

START_TEST(a_dropped_text_that_cannot_be_had_is_an_error)
{
	struct text *text = NULL;
	struct store_item item;
	uint64_t row = cache_rig_row(&rig, "a000030");

	cms_fail(rig.cms, CMS_ITEM, count_items(), 1, -EHOSTUNREACH);
	store_item_init(&item);
	ck_assert_int_eq(
		cache_read(rig.cache, &rig.call, row, &text, &item, &rig.err), -EHOSTUNREACH);
	ck_assert_uint_eq(read_item("a000030"), 1);
}
END_TEST

START_TEST(a_text_that_the_store_never_keeps_can_be_read)
{
	struct text *text = NULL, *same = NULL;
	uint64_t row = cache_rig_row(&rig, "a000030");
	struct store_item item;
	size_t len;

	tear_down();
	open_for(0);
	rig.max_text_bytes = text_len - 1;
	cache_rig_reopen(&rig, NULL, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	store_item_init(&item);
	row = cache_rig_row(&rig, "a000030");
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, row, &text, &item, &rig.err), 0);
	/* While it is open, others read it with that one. */
	ck_assert_uint_eq(read_item("a000030"), 0);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, row, &same, &item, &rig.err), 0);
	ck_assert_ptr_eq(same, text);
	ck_assert_ptr_nonnull(strstr(text_data(text, &len), "a000030"));
	text_unref(text);
	text_unref(same);
	store_item_release(&item);
	ck_assert_uint_eq(read_item("a000030"), 1);
	ck_assert_uint_eq(get_stats().store.text_bytes, 0);
}
END_TEST

START_TEST(texts_stay_in_memory_beside_a_store_on_disk)
{
	folder_make();
	cache_rig_reopen(&rig, folder_path(), RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	read_item("a000000");
	read_item("a000001");
	ck_assert_uint_gt(get_stats().memory_bytes, 2 * text_len);
	ck_assert_uint_eq(get_stats().max_memory_bytes, rig.max_text_bytes);
	/* But not beside one in memory. */
	cache_rig_reopen(&rig, NULL, RIG_TTL_MS);
	read_item("a000000");
	ck_assert_uint_eq(get_stats().memory_bytes, 0);
	ck_assert_uint_eq(get_stats().store.max_text_bytes, rig.max_text_bytes);
	folder_remove();
}
END_TEST

static atomic_uint n_arrived;

static void *read_in_thread(void *payload)
{
	struct call call = rig.call;
	struct text *text = NULL;
	struct store_item item;
	uint64_t row = *(uint64_t *)payload;

	store_item_init(&item);
	atomic_fetch_add(&n_arrived, 1);
	ck_assert_int_eq(cache_read(rig.cache, &call, row, &text, &item, NULL), 0);
	text_unref(text);
	store_item_release(&item);
	return NULL;
}

/* The answer comes when all have asked for it, or are just about to. */
static void wait_for_all(void *payload, enum cms_kind kind)
{
	(void)payload;
	(void)kind;
	while (atomic_load(&n_arrived) < N_READERS)
		sched_yield();
}

START_TEST(many_readers_of_a_dropped_text_ask_once)
{
	uint64_t row = cache_rig_row(&rig, "a000030");
	pthread_t threads[N_READERS];
	size_t before = count_items();

	cms_on_request(rig.cms, wait_for_all, NULL);
	for (size_t i = 0; i < N_READERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_in_thread, &row), 0);
	for (size_t i = 0; i < N_READERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(count_items() - before, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("read");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_dropped_text_is_fetched_alone_and_kept);
	tcase_add_test(tc, reading_from_the_beginning_after_a_listing_finds_what_was_kept);
	tcase_add_test(tc, an_expired_item_without_its_text_costs_one_request);
	tcase_add_test(tc, a_dropped_text_that_has_changed_is_the_new_one);
	tcase_add_test(tc, a_dropped_text_of_an_item_that_is_gone_says_so);
	tcase_add_test(tc, a_dropped_text_that_cannot_be_had_is_an_error);
	tcase_add_test(tc, a_text_that_the_store_never_keeps_can_be_read);
	tcase_add_test(tc, texts_stay_in_memory_beside_a_store_on_disk);
	tcase_add_test(tc, many_readers_of_a_dropped_text_ask_once);
	return suite_run(tc, "read");
}
