#include "cache/cache.h"

#include <errno.h>
#include <string.h>

#include "cache/cache_private.h"
#include "cache/texts.h"
#include "support/cache_rig.h"
#include "support/suite.h"

static struct cache_rig rig;

static void set_up(void)
{
	cache_rig_init(&rig);
	cms_add(rig.cms, "recipes", 'a', 50);
	cms_advance(rig.cms, 3600);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static void wait_ms(uint64_t ms)
{
	pretended_clock_advance(&rig.time, ms);
}

static size_t count(enum cms_kind kind)
{
	return cms_count(rig.cms, kind);
}

static int get(uint64_t row, int64_t *ret_version)
{
	struct store_item item;
	int ret;

	store_item_init(&item);
	ret = cache_get(rig.cache, &rig.call, row, &item, NULL, &rig.err);
	*ret_version = item.version;
	store_item_release(&item);
	return ret;
}

START_TEST(cache_knows_its_directories)
{
	ck_assert_uint_eq(cache_count_dirs(rig.cache), 2);
	for (size_t i = 0; i < 2; i++) {
		struct cache_dir *dir = cache_get_dir(rig.cache, i);

		ck_assert_ptr_eq(cache_find_dir(rig.cache, cache_dir_name(dir)), dir);
	}
	ck_assert_ptr_null(cache_get_dir(rig.cache, 2));
	ck_assert_ptr_null(cache_find_dir(rig.cache, "recipe"));
	ck_assert_int_eq(cache_dir_modified_s(rig.recipes), 0);
}
END_TEST

START_TEST(cache_asks_for_an_item_once)
{
	uint64_t fresh_ms = 0;

	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", &fresh_ms), 0);
	ck_assert_uint_eq(fresh_ms, RIG_TTL_MS);
	wait_ms(RIG_TTL_MS - 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", &fresh_ms), 0);
	ck_assert_uint_eq(fresh_ms, 1);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
	ck_assert_uint_eq(count(CMS_PAGE), 0);
	ck_assert_int_gt(cache_dir_modified_s(rig.recipes), 0);
}
END_TEST

START_TEST(cache_asks_again_by_etag)
{
	uint64_t row = cache_rig_row(&rig, "a000001");
	int64_t version;

	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(get(row, &version), 0);
	ck_assert_int_eq(version, 1);
	ck_assert_uint_eq(cms_count_unchanged(rig.cms), 1);
	ck_assert_int_eq(get(row, &version), 0);
	ck_assert_uint_eq(count(CMS_ITEM), 2);
	cms_change(rig.cms, "recipes", "a000001");
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(get(row, &version), 0);
	ck_assert_int_eq(version, 2);
	ck_assert_uint_eq(cms_count_unchanged(rig.cms), 1);
	ck_assert_uint_eq(cache_rig_row(&rig, "a000001"), row);
}
END_TEST

START_TEST(cache_remembers_what_is_not_there)
{
	ck_assert_int_eq(cache_rig_lookup(&rig, "nothing", NULL), -ENOENT);
	ck_assert_str_ne(rig.err.text, "");
	ck_assert_uint_eq(
		cache_negative_ms(rig.cache, rig.recipes, "nothing"), RIG_NEGATIVE_TTL_MS);
	wait_ms(RIG_NEGATIVE_TTL_MS - 1);
	/* Whoever is told now may believe it for what is left of its time. */
	ck_assert_uint_eq(cache_negative_ms(rig.cache, rig.recipes, "nothing"), 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "nothing", NULL), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
	wait_ms(1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "nothing", NULL), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 2);
}
END_TEST

START_TEST(cache_lists_at_the_third_miss)
{
	ck_assert_int_eq(cache_rig_lookup(&rig, "x1", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig, "x2", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig, "x3", NULL), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 2);
	ck_assert_uint_eq(count(CMS_PAGE), 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "x4", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000049", NULL), 0);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	ck_assert_uint_eq(count(CMS_ITEM) + count(CMS_PAGE), 3);
	ck_assert_uint_eq(cache_negative_ms(rig.cache, rig.recipes, "x4"), RIG_TTL_MS);
	/* Counted anew after it. */
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_lookup(&rig, "x1", NULL), -ENOENT);
	ck_assert_uint_eq(count(CMS_PAGE), 1);
}
END_TEST

START_TEST(cache_lets_go_of_what_was_removed)
{
	uint64_t row = cache_rig_row(&rig, "a000001");
	int64_t version;

	cms_remove(rig.cms, "recipes", 'a', 1, 1);
	ck_assert_int_eq(get(row, &version), 0);
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(get(row, &version), -ENOENT);
	ck_assert_int_eq(get(row, &version), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 2);
	ck_assert_int_eq(get(99999, &version), -ENOENT);
}
END_TEST

START_TEST(cache_passes_failures_on)
{
	static const struct {
		int ret_or_status;
		int ret;
	} rows[] = { { -EHOSTUNREACH, -EHOSTUNREACH }, { -ETIMEDOUT, -ETIMEDOUT }, { 500, -EIO },
		{ 403, -EACCES } };
	uint64_t row = cache_rig_row(&rig, "a000001");
	int64_t version;

	wait_ms(RIG_TTL_MS);
	cms_fail(rig.cms, CMS_ITEM, 1, 2, rows[_i].ret_or_status);
	ck_assert_int_eq(get(row, &version), rows[_i].ret);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000002", NULL), rows[_i].ret);
	ck_assert_str_ne(rig.err.text, "");
	ck_assert_int_eq(get(row, &version), 0);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000002", NULL), 0);
}
END_TEST

START_TEST(cache_reads_text_and_item_of_one_version)
{
	uint64_t row = cache_rig_row(&rig, "a000001");
	struct text *text = NULL, *same = NULL, *changed = NULL;
	struct store_item item;
	size_t len;

	store_item_init(&item);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, row, &text, &item, &rig.err), 0);
	ck_assert_ptr_nonnull(strstr(text_data(text, &len), "\"version\": 1"));
	ck_assert_uint_eq(len, item.size);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, row, &same, &item, &rig.err), 0);
	ck_assert_ptr_eq(same, text);
	cms_change(rig.cms, "recipes", "a000001");
	wait_ms(RIG_TTL_MS);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, row, &changed, &item, &rig.err), 0);
	ck_assert_ptr_nonnull(strstr(text_data(changed, &len), "\"version\": 2"));
	ck_assert_int_eq(item.version, 2);
	ck_assert_ptr_nonnull(strstr(text_data(text, &len), "\"version\": 1"));
	ck_assert_uint_eq(count(CMS_ITEM), 2);
	ck_assert_int_eq(cache_read(rig.cache, &rig.call, 99999, &text, &item, &rig.err), -ENOENT);
	store_item_release(&item);
	text_unref(text);
	text_unref(same);
	text_unref(changed);
}
END_TEST

/* A listing that is complete, one that runs, and none. */
START_TEST(cache_tells_how_far_a_directory_has_come)
{
	struct cache_progress progress;
	uint64_t row = 0, n;
	size_t n_items = 0;

	cms_add(rig.cms, "recipes", 'b', 250);
	cache_get_progress(rig.recipes, &progress);
	ck_assert(!progress.is_complete);
	ck_assert_int_eq(progress.n_left, -1);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	cache_get_progress(rig.recipes, &progress);
	ck_assert(!progress.is_complete);
	ck_assert_int_eq(progress.n_left, 100);
	ck_assert_int_eq(cache_rig_list_all(&rig), 300);
	cache_get_progress(rig.recipes, &progress);
	ck_assert(progress.is_complete);
	ck_assert_int_eq(progress.n_left, 0);
	ck_assert_int_eq(cache_count_items(rig.recipes, &n, NULL), 0);
	ck_assert_uint_eq(n, 300);
}
END_TEST

START_TEST(cache_peeks_without_asking)
{
	uint64_t row = cache_rig_row(&rig, "a000001");
	struct store_item item;

	wait_ms(10 * RIG_TTL_MS);
	store_item_init(&item);
	ck_assert_int_eq(cache_peek(rig.cache, row, &item, NULL), 0);
	ck_assert_str_eq(item.id, "a000001");
	ck_assert_ptr_eq(cache_dir_of(rig.cache, &item), rig.recipes);
	store_item_release(&item);
	ck_assert_int_eq(cache_peek(rig.cache, 99999, &item, NULL), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
}
END_TEST

START_TEST(cache_finds_by_inode_number)
{
	char id[101] = "";
	struct store_item item;

	memset(id, 'q', 100);
	store_item_init(&item);
	ck_assert_int_eq(cache_lookup_ino(rig.cache, &rig.call, rig.recipes,
				 store_ino("shop", "recipes", id), &item, NULL, &rig.err),
		-ENOENT);
	ck_assert_uint_eq(count(CMS_PAGE), 1);
	/* The listing is fresh and lacks it. */
	ck_assert_int_eq(
		cache_lookup_ino(rig.cache, &rig.call, rig.recipes, 5000000, &item, NULL, &rig.err),
		-ENOENT);
	ck_assert_uint_eq(count(CMS_PAGE), 1);
}
END_TEST

/* An answer that was long on its way says nothing of what was asked for after it. */
START_TEST(cache_keeps_what_was_found_since_it_was_called_absent)
{
	uint64_t asked_ms = dir_asked_ms(rig.recipes), fresh_ms = 0;

	wait_ms(1000);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000007", NULL), 0);
	ck_assert_int_eq(item_note_absent(rig.recipes, "a000007", asked_ms, NULL), 0);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000007", &fresh_ms), 0);
	ck_assert_uint_eq(fresh_ms, RIG_TTL_MS);
	ck_assert_uint_eq(count(CMS_ITEM), 1);

	wait_ms(1000);
	asked_ms = dir_asked_ms(rig.recipes);
	ck_assert_int_eq(item_note_absent(rig.recipes, "a000007", asked_ms, NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000007", NULL), -ENOENT);
	ck_assert_uint_eq(count(CMS_ITEM), 1);
}
END_TEST

/* What was asked for before we removed it may come afterwards, and is not shown. */
START_TEST(cache_does_not_believe_what_was_asked_for_before_a_removal)
{
	struct dir_view view;
	struct store_item before;

	store_item_init(&before);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	ck_assert_int_eq(cache_peek_find(rig.recipes, "a000007", &before, NULL), 0);
	view = dir_get_view(rig.recipes);
	ck_assert_uint_gt(item_fresh_ms(rig.recipes, &view, &before), 0);
	ck_assert_int_eq(cache_end_removal(rig.recipes, "a000007", NULL), 0);
	ck_assert_uint_eq(item_fresh_ms(rig.recipes, &view, &before), 0);
	store_item_release(&before);

	ck_assert_int_eq(cache_rig_lookup(&rig, "a000007", NULL), -ENOENT);
	ck_assert_int_eq(cache_rig_list_all(&rig), 49);
	ck_assert_uint_eq(count(CMS_ITEM) + count(CMS_ITEMS) + count(CMS_NEWEST), 0);
}
END_TEST

START_TEST(cache_counts_hits_and_misses)
{
	struct cache_stats stats;

	cache_rig_lookup(&rig, "a000001", NULL);
	cache_rig_lookup(&rig, "a000001", NULL);
	cache_rig_lookup(&rig, "a000001", NULL);
	ck_assert_int_eq(cache_get_stats(rig.cache, &stats, NULL), 0);
	ck_assert_uint_eq(stats.misses, 1);
	ck_assert_uint_eq(stats.hits, 2);
	ck_assert_uint_eq(stats.store.items, 1);
	ck_assert(!stats.store.is_on_disk);
}
END_TEST

START_TEST(cache_without_ttl_asks_each_time)
{
	cache_rig_reopen(&rig, NULL, 0);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a000001", NULL), 0);
	ck_assert_uint_eq(count(CMS_ITEM), 2);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	ck_assert_int_eq(cache_rig_list_all(&rig), 50);
	ck_assert_uint_eq(count(CMS_PAGE), 1);
	ck_assert_uint_eq(count(CMS_NEWEST), 1);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(cache_rig_lookup(&rig, "nothing", NULL), -ENOENT);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("cache");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, cache_knows_its_directories);
	tcase_add_test(tc, cache_asks_for_an_item_once);
	tcase_add_test(tc, cache_asks_again_by_etag);
	tcase_add_test(tc, cache_remembers_what_is_not_there);
	tcase_add_test(tc, cache_lists_at_the_third_miss);
	tcase_add_test(tc, cache_lets_go_of_what_was_removed);
	tcase_add_loop_test(tc, cache_passes_failures_on, 0, 4);
	tcase_add_test(tc, cache_reads_text_and_item_of_one_version);
	tcase_add_test(tc, cache_tells_how_far_a_directory_has_come);
	tcase_add_test(tc, cache_peeks_without_asking);
	tcase_add_test(tc, cache_finds_by_inode_number);
	tcase_add_test(tc, cache_keeps_what_was_found_since_it_was_called_absent);
	tcase_add_test(tc, cache_does_not_believe_what_was_asked_for_before_a_removal);
	tcase_add_test(tc, cache_counts_hits_and_misses);
	tcase_add_test(tc, cache_without_ttl_asks_each_time);
	return suite_run(tc, "cache");
}
