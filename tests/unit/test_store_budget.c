/* Which texts the store keeps within its limit. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "support/folder.h"
#include "support/store_rig.h"
#include "support/suite.h"

#define TEXT_LEN 1000
#define ROOM 10 /* texts of that size within the limit */

static struct store_conf conf;
static unsigned n_changes;

static void open_limited(void)
{
	store = store_rig_open(&conf);
	recipes = store_rig_dir(store, "recipes", 1);
}

static void set_up(void)
{
	folder_make();
	conf = store_rig_conf;
	conf.directory = folder_path();
	conf.max_text_bytes = (uint64_t)ROOM * TEXT_LEN;
	open_limited();
}

static void tear_down(void)
{
	store_rig_release();
	folder_remove();
}

/* As another mount, with another limit. */
static void reopen(uint64_t max_text_bytes)
{
	store_close(store);
	conf.max_text_bytes = max_text_bytes;
	open_limited();
	ck_assert(store_rig_stats(store).is_on_disk);
}

static void put_sized(
	uint64_t dir, uint64_t generation, const char *id, int64_t version, size_t len)
{
	char *text = calloc(1, len + 1);
	struct content item;

	ck_assert_ptr_nonnull(text);
	memset(text, 'a' + (int)(version % 26), len);
	item = store_rig_item(id, version, text);
	ck_assert_int_eq(store_put(store, dir, generation, 1, &item, 1, NULL), 0);
	content_release(&item);
	free(text);
}

static const char *name(int i)
{
	static char id[16];

	snprintf(id, sizeof(id), "%04d", i);
	return id;
}

/* Items first to last, of one text each. */
static void put_range(uint64_t dir, uint64_t generation, int first, int last)
{
	for (int i = first; i <= last; i++)
		put_sized(dir, generation, name(i), 1, TEXT_LEN);
}

static bool is_kept(uint64_t dir, const char *id)
{
	struct store_item item;
	struct buf text;
	uint64_t row;
	int ret;

	store_item_init(&item);
	buf_init(&text, STORE_RIG_TEXT_MAX);
	ck_assert_int_eq(store_find(store, dir, id, &item, NULL), 0);
	row = item.row;
	ret = store_read(store, row, &text, &item, NULL);
	ck_assert(ret == 0 || ret == -ENODATA);
	if (ret == 0)
		ck_assert_uint_eq(item.size, text.len);
	store_item_release(&item);
	buf_release(&text);
	return ret == 0;
}

static void use(const char *id)
{
	store_use(store, find_row(id));
}

/* As "0003 0004": which of the items first to last keep their texts. */
static const char *kept(uint64_t dir, int first, int last)
{
	static char names[512];

	names[0] = '\0';
	for (int i = first; i <= last; i++) {
		if (!is_kept(dir, name(i)))
			continue;
		if (names[0])
			strcat(names, " ");
		strcat(names, name(i));
	}
	return names;
}

START_TEST(store_keeps_texts_within_the_limit_and_all_rows)
{
	struct store_item item;

	put_range(recipes, 0, 1, 13);
	ck_assert_str_eq(kept(recipes, 1, 13), "0004 0005 0006 0007 0008 0009 0010 0011 0012 0013");
	ck_assert_uint_eq(store_rig_stats(store).text_bytes, conf.max_text_bytes);
	ck_assert_uint_eq(store_rig_stats(store).evicted, 3);
	ck_assert_uint_eq(store_rig_stats(store).items, 13);
	find("0001", &item);
	ck_assert_uint_eq(item.size, TEXT_LEN);
	store_item_release(&item);
}
END_TEST

START_TEST(store_drops_the_least_recently_used_text)
{
	put_range(recipes, 0, 1, 10);
	for (int i = 10; i > 0; i--)
		use(name(i));
	use("0009");
	put_range(recipes, 0, 11, 12);
	ck_assert_str_eq(kept(recipes, 1, 12), "0001 0002 0003 0004 0005 0006 0007 0009 0011 0012");
	use("0007");
	put_range(recipes, 0, 13, 13);
	ck_assert_str_eq(kept(recipes, 1, 13), "0001 0002 0003 0004 0005 0007 0009 0011 0012 0013");
}
END_TEST

START_TEST(store_notes_more_uses_than_it_holds)
{
	put_range(recipes, 0, 1, 10);
	for (int round = 0; round < 300; round++) {
		for (int i = 6; i <= 10; i++)
			use(name(i));
	}
	for (int i = 1; i <= 5; i++)
		use(name(i));
	put_range(recipes, 0, 11, 15);
	ck_assert_str_eq(kept(recipes, 1, 15), "0001 0002 0003 0004 0005 0011 0012 0013 0014 0015");
}
END_TEST

START_TEST(store_keeps_the_first_texts_of_a_listing)
{
	uint64_t generation;

	put_range(recipes, 0, 50, 59);
	generation = begin_listing();
	put_range(recipes, generation, 1, 40);
	ck_assert_str_eq(kept(recipes, 1, 40), "0001 0002 0003 0004 0005 0006 0007 0008 0009 0010");
	ck_assert_str_eq(kept(recipes, 50, 59), "");
	/* What is asked for alone is kept all the same. */
	put_range(recipes, 0, 30, 30);
	ck_assert(is_kept(recipes, "0030"));
	ck_assert(!is_kept(recipes, "0001"));
}
END_TEST

START_TEST(store_spares_in_a_listing_what_was_read_since_it_began)
{
	uint64_t authors = store_rig_dir(store, "authors", 1);
	uint64_t generation = 0, n_items;

	put_range(recipes, 0, 1, 10);
	use("0002");
	ck_assert_int_eq(store_begin_listing(store, authors, &generation, &n_items, NULL), 0);
	use("0004");
	put_range(authors, generation, 1, 20);
	ck_assert_str_eq(kept(recipes, 1, 10), "0004");
	ck_assert_str_eq(kept(authors, 1, 20), "0001 0002 0003 0004 0005 0006 0007 0008 0009");
}
END_TEST

START_TEST(store_listed_again_keeps_the_texts_that_it_has)
{
	uint64_t generation;

	put_range(recipes, begin_listing(), 1, 20);
	generation = begin_listing();
	put_range(recipes, generation, 1, 20);
	end_listing(generation);
	ck_assert_str_eq(kept(recipes, 1, 20), "0001 0002 0003 0004 0005 0006 0007 0008 0009 0010");
	ck_assert_uint_eq(store_rig_stats(store).evicted, 0);
}
END_TEST

START_TEST(store_keeps_no_text_that_is_larger_than_the_limit)
{
	put_range(recipes, 0, 1, 10);
	put_sized(recipes, 0, "large", 1, ROOM * TEXT_LEN + 1);
	ck_assert(!is_kept(recipes, "large"));
	ck_assert_uint_eq(store_rig_stats(store).evicted, 0);
	/* One that grows over it goes, too. */
	put_sized(recipes, 0, "0003", 2, ROOM * TEXT_LEN + 1);
	ck_assert(!is_kept(recipes, "0003"));
	ck_assert_uint_eq(store_rig_stats(store).text_bytes, 9 * TEXT_LEN);
	put_sized(recipes, 0, "0003", 3, ROOM * TEXT_LEN);
	ck_assert_str_eq(kept(recipes, 1, 10), "0003");
	ck_assert_uint_eq(store_rig_stats(store).text_bytes, conf.max_text_bytes);
}
END_TEST

static void count_change(void *payload, const struct store_change *change)
{
	(void)payload;
	(void)change;
	n_changes++;
}

START_TEST(store_does_not_call_it_a_change_when_a_text_comes_back)
{
	put_range(recipes, 0, 1, 12);
	n_changes = 0;
	store_set_observer(store, count_change, NULL);
	ck_assert(!is_kept(recipes, "0001"));
	put_range(recipes, 0, 1, 1);
	ck_assert(is_kept(recipes, "0001"));
	ck_assert_uint_eq(n_changes, 0);
	/* It has gone again, and comes as another one. */
	put_range(recipes, 0, 20, 29);
	ck_assert(!is_kept(recipes, "0001"));
	put_sized(recipes, 0, "0001", 1, TEXT_LEN + 1);
	ck_assert_uint_eq(n_changes, 1);
}
END_TEST

/* What is counted is what is there, whatever was done. */
static void check_sum(void)
{
	uint64_t row = 0, bytes = 0;
	struct store_item item;
	struct buf text;

	store_item_init(&item);
	buf_init(&text, STORE_RIG_TEXT_MAX);
	while (store_next(store, recipes, row, &item, NULL) == 0) {
		row = item.row;
		if (store_read(store, row, &text, &item, NULL) == 0)
			bytes += text.len;
	}
	ck_assert_uint_eq(store_rig_stats(store).text_bytes, bytes);
	ck_assert_uint_le(bytes, conf.max_text_bytes);
	buf_release(&text);
	store_item_release(&item);
}

START_TEST(store_counts_what_it_keeps)
{
	uint64_t generation = 0;

	srandom(7);
	for (int i = 0; i < 3000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%04ld", random() % 40);
		if (random() % 200 == 0)
			generation = begin_listing();
		else if (random() % 200 == 0)
			end_listing(generation);
		else if (random() % 10 == 0)
			ck_assert_int_eq(store_remove(store, recipes, id, NULL), 0);
		else if (random() % 3 == 0)
			use(id);
		else
			put_sized(recipes, random() % 2 ? generation : 0, id, random() % 3,
				(size_t)(random() % (3 * TEXT_LEN)));
		if (i % 10 == 0)
			check_sum();
	}
	ck_assert_uint_gt(store_rig_stats(store).evicted, 0);
}
END_TEST

START_TEST(store_remembers_the_order_of_use)
{
	put_range(recipes, 0, 1, 10);
	use("0001");
	use("0002");
	reopen(conf.max_text_bytes);
	put_range(recipes, 0, 11, 12);
	ck_assert_str_eq(kept(recipes, 1, 12), "0001 0002 0005 0006 0007 0008 0009 0010 0011 0012");
}
END_TEST

START_TEST(store_shrinks_to_a_smaller_limit)
{
	uint64_t bytes;

	reopen(0);
	for (int i = 1; i <= 1000; i++)
		put_sized(recipes, 0, name(i), 1, 10 * TEXT_LEN);
	bytes = store_rig_stats(store).bytes;
	ck_assert_uint_gt(bytes, 10000 * TEXT_LEN);
	reopen((uint64_t)1000 * TEXT_LEN);
	ck_assert_uint_eq(store_rig_stats(store).text_bytes, conf.max_text_bytes);
	ck_assert_uint_lt(store_rig_stats(store).bytes, bytes / 3);
	ck_assert(is_kept(recipes, "0901"));
	ck_assert(!is_kept(recipes, "0900"));
	check_sum();
}
END_TEST

START_TEST(store_fits_where_the_disk_takes_no_more)
{
	struct rlimit limit = { 16 * 16384, RLIM_INFINITY };

	reopen(0);
	for (int i = 1; i <= 200; i++)
		put_sized(recipes, 0, name(i), 1, 10 * TEXT_LEN);
	store_close(store);
	/* The first pages can be written, so that it opens; those of the texts cannot. */
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	conf.max_text_bytes = (uint64_t)100 * TEXT_LEN;
	open_limited();
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(!store_rig_stats(store).is_on_disk);
	ck_assert_uint_eq(store_rig_stats(store).items, 200);
	check_sum();
}
END_TEST

START_TEST(store_does_not_grow_by_replacing)
{
	uint64_t bytes;

	reopen((uint64_t)1000 * TEXT_LEN);
	for (int i = 0; i < 200; i++)
		put_sized(recipes, 0, name(i), 1, 10 * TEXT_LEN);
	bytes = store_rig_stats(store).bytes;
	for (int i = 200; i < 2000; i++)
		put_sized(recipes, 0, name(i), 1, 10 * TEXT_LEN);
	/* 1,800 rows of some hundred bytes have come. */
	ck_assert_uint_lt(store_rig_stats(store).bytes, bytes + 1000000);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("store_budget");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, store_keeps_texts_within_the_limit_and_all_rows);
	tcase_add_test(tc, store_drops_the_least_recently_used_text);
	tcase_add_test(tc, store_notes_more_uses_than_it_holds);
	tcase_add_test(tc, store_keeps_the_first_texts_of_a_listing);
	tcase_add_test(tc, store_spares_in_a_listing_what_was_read_since_it_began);
	tcase_add_test(tc, store_listed_again_keeps_the_texts_that_it_has);
	tcase_add_test(tc, store_keeps_no_text_that_is_larger_than_the_limit);
	tcase_add_test(tc, store_does_not_call_it_a_change_when_a_text_comes_back);
	tcase_add_test(tc, store_counts_what_it_keeps);
	tcase_add_test(tc, store_remembers_the_order_of_use);
	tcase_add_test(tc, store_shrinks_to_a_smaller_limit);
	tcase_add_test(tc, store_fits_where_the_disk_takes_no_more);
	tcase_add_test(tc, store_does_not_grow_by_replacing);
	return suite_run(tc, "store_budget");
}
