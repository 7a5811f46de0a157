#include "cache/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/suite.h"

#define TEXT_MAX ((size_t)1 << 20)

static const struct store_conf conf = { NULL, "https://cms.test", "shop", "shop:default",
	"document" };

static struct store *store;
static uint64_t recipes;

static uint64_t open_dir(const char *name, uint64_t fingerprint)
{
	int64_t modified_s;
	uint64_t dir = 0;

	ck_assert_int_eq(store_open_dir(store, name, fingerprint, &dir, &modified_s, NULL), 0);
	return dir;
}

static void set_up(void)
{
	struct error err = { 0 };

	ck_assert_msg(store_open(&conf, &store, &err) == 0, "%s", err.text);
	recipes = open_dir("recipes", 1);
}

static void tear_down(void)
{
	store_close(store);
}

static struct content make_item(const char *id, int64_t version, const char *text)
{
	struct content item;

	content_init(&item);
	item.id = strdup(id);
	item.status = strdup("Draft");
	item.new_status = strdup("");
	item.created_by = strdup("client:shop:default");
	item.modified_by = strdup("subject:1");
	item.version = version;
	item.created_s = 1000;
	item.modified_s = 2000 + version;
	item.is_writable = true;
	buf_init(&item.text, TEXT_MAX);
	ck_assert_int_eq(buf_add_str(&item.text, text), 0);
	return item;
}

static void put_tagged(uint64_t generation, uint64_t asked_ms, const char *id, int64_t version,
	const char *text, const char *etag)
{
	struct content item = make_item(id, version, text);
	struct error err = { 0 };
	int ret;

	strcpy(item.etag, etag);
	ret = store_put(store, recipes, generation, asked_ms, &item, 1, &err);
	ck_assert_msg(ret == 0, "%s", err.text);
	content_release(&item);
}

static void put(uint64_t generation, uint64_t asked_ms, const char *id, int64_t version)
{
	put_tagged(generation, asked_ms, id, version, "{}\n", "");
}

static int find(const char *id, struct store_item *item)
{
	struct error err = { 0 };
	int ret;

	store_item_init(item);
	ret = store_find(store, recipes, id, item, &err);
	ck_assert_msg(ret == 0 || ret == -ENOENT, "%s", err.text);
	return ret;
}

/* 0: there is none. */
static uint64_t find_row(const char *id)
{
	struct store_item item;
	uint64_t row;

	find(id, &item);
	row = item.row;
	store_item_release(&item);
	return row;
}

static uint64_t begin_listing(void)
{
	uint64_t generation = 0, n_items;

	ck_assert_int_eq(store_begin_listing(store, recipes, &generation, &n_items, NULL), 0);
	return generation;
}

static void end_listing(uint64_t generation)
{
	ck_assert_int_eq(store_end_listing(store, recipes, generation, NULL), 0);
}

START_TEST(store_gives_back_what_was_put)
{
	struct store_item item;
	struct buf text;

	put_tagged(0, 5, "a", 3, "{\n}\n", "W/\"7\"");
	buf_init(&text, TEXT_MAX);
	store_item_init(&item);
	ck_assert_int_eq(store_read(store, find_row("a"), &text, &item, NULL), 0);
	ck_assert_str_eq(buf_str(&text), "{\n}\n");
	ck_assert_str_eq(item.id, "a");
	ck_assert_str_eq(item.status, "Draft");
	ck_assert_str_eq(item.new_status, "");
	ck_assert_str_eq(item.created_by, "client:shop:default");
	ck_assert_str_eq(item.modified_by, "subject:1");
	ck_assert_str_eq(item.etag, "W/\"7\"");
	ck_assert_int_eq(item.version, 3);
	ck_assert_int_eq(item.created_s, 1000);
	ck_assert_int_eq(item.modified_s, 2003);
	ck_assert_uint_eq(item.size, 4);
	ck_assert_uint_eq(item.checked_ms, 5);
	ck_assert_uint_eq(item.dir, recipes);
	ck_assert_uint_eq(item.ino, store_ino("shop", "recipes", "a"));
	ck_assert(item.is_writable);
	store_item_release(&item);
	buf_release(&text);
}
END_TEST

START_TEST(store_says_what_is_not_there)
{
	struct store_item item;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	ck_assert_int_eq(find("a", &item), -ENOENT);
	ck_assert_int_eq(store_get(store, 77, &item, NULL), -ENOENT);
	ck_assert_int_eq(store_read(store, 77, &text, &item, NULL), -ENOENT);
	ck_assert_int_eq(store_find_ino(store, recipes, 77, &item, NULL), -ENOENT);
}
END_TEST

START_TEST(store_keeps_an_empty_text)
{
	struct store_item item;
	struct buf text;

	put_tagged(0, 1, "a", 1, "", "");
	buf_init(&text, TEXT_MAX);
	store_item_init(&item);
	ck_assert_int_eq(store_read(store, find_row("a"), &text, &item, NULL), 0);
	ck_assert_uint_eq(text.len, 0);
	store_item_release(&item);
	buf_release(&text);
}
END_TEST

START_TEST(store_keeps_a_row_and_never_gives_it_again)
{
	uint64_t row, last;

	put(0, 1, "a", 1);
	put(0, 1, "b", 1);
	row = find_row("a");
	last = find_row("b");
	put_tagged(0, 2, "a", 2, "{ \"longer\": 1 }\n", "");
	ck_assert_uint_eq(find_row("a"), row);
	ck_assert_int_eq(store_remove(store, recipes, "b", NULL), 0);
	put(0, 3, "b", 1);
	ck_assert_uint_gt(find_row("b"), last);
}
END_TEST

START_TEST(store_puts_all_or_none)
{
	struct content items[2] = { make_item("a", 1, "{}\n"), make_item("b", 1, "{}\n") };
	struct error err = { 0 };

	free(items[1].status);
	items[1].status = NULL;
	ck_assert_int_lt(store_put(store, recipes, 0, 1, items, 2, &err), 0);
	ck_assert_str_ne(err.text, "");
	ck_assert_uint_eq(find_row("a"), 0);
	put(0, 1, "a", 1);
	ck_assert_uint_gt(find_row("a"), 0);
	content_release(&items[0]);
	content_release(&items[1]);
}
END_TEST

START_TEST(store_drops_what_a_listing_did_not_see)
{
	uint64_t row, generation, n_items = 0;

	put(0, 1, "a", 1);
	put(0, 1, "b", 1);
	row = find_row("b");
	ck_assert_int_eq(store_begin_listing(store, recipes, &generation, &n_items, NULL), 0);
	ck_assert_uint_eq(n_items, 2);
	put(generation, 2, "b", 1);
	put(generation, 2, "c", 1);
	end_listing(generation);
	ck_assert_uint_eq(find_row("a"), 0);
	ck_assert_uint_eq(find_row("b"), row);
	ck_assert_uint_gt(find_row("c"), row);
}
END_TEST

START_TEST(store_drops_over_many_windows)
{
	enum { N = 5000, PAGE = 500 };
	struct content *items = calloc(PAGE, sizeof(*items));
	struct store_stats stats;
	uint64_t generation;
	char id[16];

	for (int first = 0; first < N; first += PAGE) {
		for (int i = 0; i < PAGE; i++) {
			snprintf(id, sizeof(id), "%06d", first + i);
			items[i] = make_item(id, 1, "{}\n");
		}
		ck_assert_int_eq(store_put(store, recipes, 0, 1, items, PAGE, NULL), 0);
		for (int i = 0; i < PAGE; i++)
			content_release(&items[i]);
	}
	free(items);
	generation = begin_listing();
	put(generation, 2, "002345", 1);
	put(generation, 2, "004999", 1);
	end_listing(generation);
	ck_assert_int_eq(store_get_stats(store, &stats, NULL), 0);
	ck_assert_uint_eq(stats.items, 2);
	ck_assert_uint_gt(find_row("002345"), 0);
	ck_assert_uint_gt(find_row("004999"), 0);
}
END_TEST

START_TEST(store_spares_what_came_alone_during_a_listing)
{
	uint64_t generation;

	put(0, 1, "touched", 1);
	generation = begin_listing();
	put(generation, 2, "z", 1);
	put(0, 3, "a", 1);
	ck_assert_int_eq(store_touch(store, find_row("touched"), 3, NULL), 0);
	end_listing(generation);
	ck_assert_uint_gt(find_row("a"), 0);
	ck_assert_uint_gt(find_row("touched"), 0);
}
END_TEST

START_TEST(store_does_not_go_back_to_an_overtaken_version)
{
	uint64_t generation = begin_listing();
	struct store_item item;

	put(0, 20, "a", 5);
	put(generation, 10, "a", 4);
	find("a", &item);
	ck_assert_int_eq(item.version, 5);
	ck_assert_uint_eq(item.generation, generation);
	store_item_release(&item);
	/* Asked for later, it is what the server now says: the item may have been made anew. */
	put(0, 30, "a", 0);
	find("a", &item);
	ck_assert_int_eq(item.version, 0);
	store_item_release(&item);
}
END_TEST

START_TEST(store_keeps_an_etag_for_its_version)
{
	struct store_item item;

	put_tagged(0, 1, "a", 1, "{}\n", "W/\"x\"");
	put(begin_listing(), 2, "a", 1);
	find("a", &item);
	ck_assert_str_eq(item.etag, "W/\"x\"");
	store_item_release(&item);
	put(begin_listing(), 3, "a", 2);
	find("a", &item);
	ck_assert_str_eq(item.etag, "");
	store_item_release(&item);
}
END_TEST

START_TEST(store_lists_in_the_order_of_rows)
{
	struct store_batch *batch = malloc(sizeof(*batch));
	uint64_t other = open_dir("authors", 1);
	uint64_t last = 0;
	char id[16];
	size_t n = 0;

	/* Against the order of ids, so that the order of rows shows. */
	for (int i = 300; i > 0; i--) {
		snprintf(id, sizeof(id), "%03d", i);
		put(0, 1, id, 1);
	}
	store_batch_init(batch);
	do {
		ck_assert_int_eq(store_list(store, recipes, last, batch, NULL), 0);
		for (size_t i = 0; i < batch->n_items; i++, n++) {
			ck_assert_uint_gt(batch->items[i].row, last);
			last = batch->items[i].row;
			ck_assert_int_eq(atoi(batch->items[i].id), 300 - (int)n);
		}
	} while (batch->n_items == STORE_BATCH_MAX);
	ck_assert_uint_eq(n, 300);
	ck_assert_int_eq(store_list(store, other, 0, batch, NULL), 0);
	ck_assert_uint_eq(batch->n_items, 0);
	store_batch_release(batch);
	free(batch);
}
END_TEST

START_TEST(store_finds_long_ids_by_inode_number)
{
	static const struct {
		size_t len;
		int ret;
	} rows[] = { { STORE_SHORT_ID_MAX, -ENOENT }, { STORE_SHORT_ID_MAX + 1, 0 }, { 1020, 0 } };
	char id[1021] = "";
	struct store_item item;
	uint64_t ino;

	memset(id, 'x', rows[_i].len);
	put(0, 1, id, 1);
	ino = store_ino("shop", "recipes", id);
	store_item_init(&item);
	ck_assert_int_eq(store_find_ino(store, recipes, ino, &item, NULL), rows[_i].ret);
	if (rows[_i].ret == 0)
		ck_assert_str_eq(item.id, id);
	store_item_release(&item);
}
END_TEST

START_TEST(store_drops_texts_of_another_rendering)
{
	uint64_t dir;
	int64_t modified_s = -1;

	put(0, 1, "a", 7);
	ck_assert_int_eq(store_open_dir(store, "recipes", 1, &dir, &modified_s, NULL), 0);
	ck_assert_uint_eq(dir, recipes);
	ck_assert_int_eq(modified_s, 2007);
	ck_assert_uint_gt(find_row("a"), 0);
	ck_assert_int_eq(store_open_dir(store, "recipes", 2, &dir, &modified_s, NULL), 0);
	ck_assert_uint_eq(dir, recipes);
	ck_assert_int_eq(modified_s, 0);
	ck_assert_uint_eq(find_row("a"), 0);
}
END_TEST

START_TEST(store_ino_leaves_small_numbers_alone)
{
	ck_assert_uint_gt(store_ino("a", "b", "c"), STORE_INO_MIN);
	ck_assert_uint_eq(store_ino("a", "b", "c"), store_ino("a", "b", "c"));
	ck_assert_uint_ne(store_ino("a", "b", "c"), store_ino("a", "bc", ""));
}
END_TEST

START_TEST(store_knows_when_it_was_complete)
{
	uint64_t generation = 9, listed;
	int64_t checked_s = 9;

	ck_assert_int_eq(store_get_checked(store, recipes, &generation, &checked_s, NULL), 0);
	ck_assert_int_eq(checked_s, 0);
	listed = begin_listing();
	end_listing(listed);
	ck_assert_int_eq(store_set_checked(store, recipes, 1234, NULL), 0);
	ck_assert_int_eq(store_get_checked(store, recipes, &generation, &checked_s, NULL), 0);
	ck_assert_int_eq(checked_s, 1234);
	ck_assert_uint_eq(generation, listed);
	/* Another rendering drops the items, and a listing may end midway. */
	open_dir("recipes", 2);
	ck_assert_int_eq(store_get_checked(store, recipes, &generation, &checked_s, NULL), 0);
	ck_assert_int_eq(checked_s, 0);
	ck_assert_int_eq(store_set_checked(store, recipes, 1234, NULL), 0);
	begin_listing();
	ck_assert_int_eq(store_get_checked(store, recipes, &generation, &checked_s, NULL), 0);
	ck_assert_int_eq(checked_s, 0);
}
END_TEST

START_TEST(store_removes_what_is_gone)
{
	char a[] = "a", b[] = "b", missing[] = "missing";
	char *ids[] = { a, missing, b };
	uint64_t n_items;

	put(0, 10, "a", 1);
	put(0, 20, "b", 1);
	put(0, 10, "c", 1);
	/* b was seen after the question. */
	ck_assert_int_eq(store_remove_gone(store, recipes, 15, ids, 3, NULL), 0);
	ck_assert_uint_eq(find_row("a"), 0);
	ck_assert_uint_ne(find_row("b"), 0);
	ck_assert_uint_ne(find_row("c"), 0);
	ck_assert_int_eq(store_count(store, recipes, &n_items, NULL), 0);
	ck_assert_uint_eq(n_items, 2);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, store_gives_back_what_was_put);
	tcase_add_test(tc, store_says_what_is_not_there);
	tcase_add_test(tc, store_keeps_an_empty_text);
	tcase_add_test(tc, store_keeps_a_row_and_never_gives_it_again);
	tcase_add_test(tc, store_puts_all_or_none);
	tcase_add_test(tc, store_drops_what_a_listing_did_not_see);
	tcase_add_test(tc, store_drops_over_many_windows);
	tcase_add_test(tc, store_spares_what_came_alone_during_a_listing);
	tcase_add_test(tc, store_does_not_go_back_to_an_overtaken_version);
	tcase_add_test(tc, store_keeps_an_etag_for_its_version);
	tcase_add_test(tc, store_lists_in_the_order_of_rows);
	tcase_add_loop_test(tc, store_finds_long_ids_by_inode_number, 0, 3);
	tcase_add_test(tc, store_drops_texts_of_another_rendering);
	tcase_add_test(tc, store_ino_leaves_small_numbers_alone);
	tcase_add_test(tc, store_knows_when_it_was_complete);
	tcase_add_test(tc, store_removes_what_is_gone);
	return suite_run(tc, "store");
}
