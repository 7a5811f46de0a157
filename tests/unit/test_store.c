#include "cache/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/content.h"
#include "base/buf.h"
#include "base/error.h"
#include "support/store_rig.h"
#include "support/suite.h"

START_TEST(store_gives_back_what_was_put)
{
	struct store_item item;
	struct buf text;

	put_tagged(0, 5, "a", 3, "{\n}\n", "W/\"7\"");
	buf_init(&text, STORE_RIG_TEXT_MAX);
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

	buf_init(&text, STORE_RIG_TEXT_MAX);
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
	buf_init(&text, STORE_RIG_TEXT_MAX);
	store_item_init(&item);
	ck_assert_int_eq(store_read(store, find_row("a"), &text, &item, NULL), 0);
	ck_assert_uint_eq(text.len, 0);
	store_item_release(&item);
	buf_release(&text);
}
END_TEST

START_TEST(store_reads_a_text_by_its_digest)
{
	struct store_item item;
	struct buf text;

	put_tagged(0, 1, "a", 1, "{}\n", "");
	ck_assert_int_eq(find("a", &item), 0);
	buf_init(&text, STORE_RIG_TEXT_MAX);
	ck_assert_int_eq(store_read_text(store, &item, &text, NULL), 0);
	ck_assert_str_eq(buf_str(&text), "{}\n");
	put_tagged(0, 2, "a", 2, "{ }\n", "");
	ck_assert_int_eq(store_read_text(store, &item, &text, NULL), -ENODATA);
	item.row = 77;
	ck_assert_int_eq(store_read_text(store, &item, &text, NULL), -ENODATA);
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
	struct content items[2] = { store_rig_item("a", 1, "{}\n"),
		store_rig_item("b", 1, "{}\n") };
	struct error err = { 0 };

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
	uint64_t other = store_rig_dir(store, "authors", 1);
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

static const struct {
	const char *after_id, *last_id;
	size_t n_skip, n_max;
	const char *ids;
} id_lists[] = {
	{ NULL, NULL, 0, 9, "B a b c \xc3\xa4 " },
	{ NULL, NULL, 1, 2, "a b " },
	{ "a", "c", 0, 9, "b c " },
	{ "a1", NULL, 0, 2, "b c " },
	{ NULL, "a", 1, 9, "a " },
	{ "c", "b", 0, 9, "" },
	{ "\xc3\xa4", NULL, 0, 9, "" },
	{ NULL, NULL, 5, 1, "" },
};

START_TEST(store_lists_ids_in_the_order_of_bytes)
{
	static const char *const ids[] = { "c", "\xc3\xa4", "a", "B", "b" };
	char *found[9], text[64] = "";
	size_t n_found;

	for (size_t i = 0; i < N_ROWS(ids); i++)
		put(0, 1, ids[i], 1);
	ck_assert_int_eq(store_list_ids(store, recipes, id_lists[_i].after_id, id_lists[_i].last_id,
				 id_lists[_i].n_skip, id_lists[_i].n_max, found, &n_found, NULL),
		0);
	for (size_t i = 0; i < n_found; i++) {
		strcat(strcat(text, found[i]), " ");
		free(found[i]);
	}
	ck_assert_str_eq(text, id_lists[_i].ids);
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

int main(void)
{
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, store_rig_init, store_rig_release);
	tcase_add_test(tc, store_gives_back_what_was_put);
	tcase_add_test(tc, store_says_what_is_not_there);
	tcase_add_test(tc, store_keeps_an_empty_text);
	tcase_add_test(tc, store_reads_a_text_by_its_digest);
	tcase_add_test(tc, store_keeps_a_row_and_never_gives_it_again);
	tcase_add_test(tc, store_puts_all_or_none);
	tcase_add_test(tc, store_keeps_an_etag_for_its_version);
	tcase_add_test(tc, store_lists_in_the_order_of_rows);
	tcase_add_loop_test(tc, store_lists_ids_in_the_order_of_bytes, 0, N_ROWS(id_lists));
	tcase_add_loop_test(tc, store_finds_long_ids_by_inode_number, 0, 3);
	tcase_add_test(tc, store_drops_texts_of_another_rendering);
	tcase_add_test(tc, store_ino_leaves_small_numbers_alone);
	return suite_run(tc, "store");
}
