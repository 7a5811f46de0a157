/* The rows that were read of late: what is at hand, and that it is what the database says. */
#include "cache/rows.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "api/content.h"
#include "cache/store_private.h"
#include "support/folder.h"
#include "support/store_rig.h"
#include "support/suite.h"

#define N_ITEMS 300 /* more than one batch */

static struct store_conf conf;

static const char *name(int i)
{
	static char names[2][32];
	static int n;

	n = !n;
	snprintf(names[n], sizeof(names[n]), "item-%03d", i);
	return names[n];
}

static void open_disk(void)
{
	folder_make();
	conf = store_rig_conf;
	conf.directory = folder_path();
	store = store_rig_open(&conf);
	recipes = store_rig_dir(store, "recipes", 1);
}

static void close_disk(void)
{
	store_rig_release();
	folder_remove();
}

static bool is_at_hand(uint64_t row)
{
	struct store_item item;
	bool is;

	store_item_init(&item);
	is = rows_get(store->rows, row, &item);
	store_item_release(&item);
	return is;
}

static void assert_same(const struct store_item *a, const struct store_item *b)
{
	ck_assert_uint_eq(a->row, b->row);
	ck_assert_uint_eq(a->ino, b->ino);
	ck_assert_uint_eq(a->dir, b->dir);
	ck_assert_str_eq(a->id, b->id);
	ck_assert_int_eq(a->version, b->version);
	ck_assert_int_eq(a->modified_s, b->modified_s);
	ck_assert_uint_eq(a->size, b->size);
	ck_assert_uint_eq(a->digest, b->digest);
	ck_assert_uint_eq(a->generation, b->generation);
	ck_assert_uint_eq(a->checked_ms, b->checked_ms);
	ck_assert_int_eq(a->is_writable, b->is_writable);
	ck_assert_int_eq(a->has_text, b->has_text);
}

/* What a brief look says is what SQLite says. */
static void assert_true(uint64_t row)
{
	struct store_item brief, whole;

	store_item_init(&brief);
	store_item_init(&whole);
	ck_assert_int_eq(
		store_get_brief(store, row, &brief, NULL), store_get(store, row, &whole, NULL));
	assert_same(&brief, &whole);
	store_item_release(&brief);
	store_item_release(&whole);
}

static size_t list_all(uint64_t dir)
{
	struct store_batch *batch = malloc(sizeof(*batch));
	struct store_item next;
	uint64_t row = 0;
	size_t n = 0;

	ck_assert_ptr_nonnull(batch);
	store_batch_init(batch);
	store_item_init(&next);
	do {
		ck_assert_int_eq(store_list(store, dir, row, batch, NULL), 0);
		for (size_t i = 0; i < batch->n_items; i++, n++) {
			ck_assert_int_eq(store_next(store, dir, row, &next, NULL), 0);
			assert_same(&batch->items[i], &next);
			row = next.row;
		}
	} while (batch->n_items == STORE_BATCH_MAX);
	ck_assert_int_eq(store_next(store, dir, row, &next, NULL), -ENOENT);
	store_item_release(&next);
	store_batch_release(batch);
	free(batch);
	return n;
}

/* How many are listed without SQLite; -1: not to the end. */
static int list_at_hand(uint64_t dir)
{
	struct store_batch *batch = malloc(sizeof(*batch));
	uint64_t row = 0;
	int n = 0;
	size_t n_items;

	ck_assert_ptr_nonnull(batch);
	store_batch_init(batch);
	do {
		if (!rows_list(store->rows, dir, row, batch)) {
			ck_assert_uint_eq(batch->n_items, 0);
			n = -1;
			break;
		}
		n_items = batch->n_items;
		n += (int)n_items;
		if (n_items > 0)
			row = batch->items[n_items - 1].row;
	} while (n_items == STORE_BATCH_MAX);
	store_batch_release(batch);
	free(batch);
	return n;
}

static void put_many(uint64_t generation)
{
	for (int i = 0; i < N_ITEMS; i++)
		put(generation, 1, name(i), 1);
}

START_TEST(rows_has_what_was_looked_at)
{
	uint64_t row;

	put(0, 5, "a", 1);
	row = find_row("a");
	ck_assert(!is_at_hand(row));
	assert_true(row);
	ck_assert(is_at_hand(row));
	assert_true(row);
	ck_assert(!is_at_hand(row + 1));
	ck_assert(!is_at_hand(row + ROWS_PLACES));
	ck_assert(!is_at_hand(0));
}
END_TEST

START_TEST(rows_has_no_item_with_a_long_id)
{
	char id[ROWS_ID_MAX + 1];
	uint64_t row;

	memset(id, 'x', sizeof(id));
	id[ROWS_ID_MAX] = '\0';
	put(0, 1, id, 1);
	row = find_row(id);
	assert_true(row);
	ck_assert(!is_at_hand(row));
	ck_assert_uint_eq(list_all(recipes), 1);
	ck_assert_int_eq(list_at_hand(recipes), -1);
	id[ROWS_ID_MAX - 1] = '\0';
	put(0, 1, id, 1);
	row = find_row(id);
	assert_true(row);
	ck_assert(is_at_hand(row));
	assert_true(row);
}
END_TEST

/* Rows of one place: what lies in it is told by its number. */
START_TEST(rows_of_one_place_forget_each_other)
{
	struct rows *rows = rows_new();
	struct store_item item, found;

	store_item_init(&item);
	store_item_init(&found);
	item.id = "a";
	item.row = 7;
	rows_put(rows, &item);
	item.row = 7 + ROWS_PLACES;
	rows_put(rows, &item);
	ck_assert(!rows_get(rows, 7, &found));
	rows_drop(rows, 7, false);
	ck_assert(rows_get(rows, 7 + ROWS_PLACES, &found));
	ck_assert_uint_eq(found.row, 7 + ROWS_PLACES);
	store_item_release(&found);
	rows_free(rows);
}
END_TEST

static void change_item(uint64_t row)
{
	(void)row;
	put(0, 10, "a", 2);
}

static void confirm_item(uint64_t row)
{
	ck_assert_int_eq(store_touch(store, row, 20, NULL), 0);
}

static void list_item(uint64_t row)
{
	(void)row;
	put(begin_listing(), 30, "a", 1);
}

static void remove_item(uint64_t row)
{
	(void)row;
	ck_assert_int_eq(store_remove(store, recipes, "a", NULL), 0);
}

static void find_it_gone(uint64_t row)
{
	const char *const ids[] = { "a" };

	(void)row;
	ck_assert_int_eq(store_remove_gone(store, recipes, 40, ids, 1, NULL), 0);
}

static void list_without_it(uint64_t row)
{
	(void)row;
	end_listing(begin_listing());
}

static void render_otherwise(uint64_t row)
{
	(void)row;
	ck_assert_uint_eq(store_rig_dir(store, "recipes", 2), recipes);
}

static void make_it_again(uint64_t row)
{
	remove_item(row);
	put(0, 10, "a", 1);
}

static const struct {
	const char *what;
	void (*act)(uint64_t row);
} changes[] = {
	{ "another version", change_item },
	{ "the server says: as it was", confirm_item },
	{ "a listing sees it", list_item },
	{ "it is removed", remove_item },
	{ "the server has no such item", find_it_gone },
	{ "a listing does not see it", list_without_it },
	{ "the schema has changed", render_otherwise },
	{ "gone, and there again with another row", make_it_again },
};

START_TEST(rows_loses_what_changes)
{
	uint64_t row, other;

	put(0, 1, "a", 1);
	put(0, 1, "b", 1);
	row = find_row("a");
	other = find_row("b");
	assert_true(row);
	assert_true(other);
	ck_assert_uint_eq(list_all(recipes), 2);
	ck_assert_int_eq(list_at_hand(recipes), 2);
	changes[_i].act(row);
	ck_assert_msg(!is_at_hand(row), "%s", changes[_i].what);
	ck_assert_msg(list_at_hand(recipes) == -1, "%s", changes[_i].what);
	assert_true(row);
	assert_true(other);
	list_all(recipes);
	list_all(recipes);
}
END_TEST

START_TEST(rows_loses_what_has_no_text_any_more)
{
	char text[1001];
	struct store_item item;
	uint64_t row;

	store_close(store);
	conf.max_text_bytes = 1500;
	store = store_rig_open(&conf);
	recipes = store_rig_dir(store, "recipes", 1);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	put_tagged(0, 1, "a", 1, text, "");
	row = find_row("a");
	assert_true(row);
	put_tagged(0, 2, "b", 1, text, "");
	store_item_init(&item);
	ck_assert_int_eq(store_get_brief(store, row, &item, NULL), 0);
	ck_assert(!item.has_text);
	store_item_release(&item);
	assert_true(row);
}
END_TEST

START_TEST(rows_lists_a_directory)
{
	uint64_t other = store_rig_dir(store, "other", 1);
	struct store_batch *batch = malloc(sizeof(*batch));

	put_many(0);
	ck_assert_int_eq(list_at_hand(recipes), -1);
	ck_assert_uint_eq(list_all(recipes), N_ITEMS);
	ck_assert_int_eq(list_at_hand(recipes), N_ITEMS);
	ck_assert_uint_eq(list_all(recipes), N_ITEMS);
	/* Nothing is known of it, nor is there anything. */
	ck_assert_int_eq(list_at_hand(other), -1);
	ck_assert_uint_eq(list_all(other), 0);
	/* Whoever seeks names a row of his own. */
	ck_assert_ptr_nonnull(batch);
	store_batch_init(batch);
	ck_assert(!rows_list(store->rows, other, find_row(name(0)), batch));
	free(batch);
}
END_TEST

START_TEST(rows_notices_the_first_the_last_and_others)
{
	static const int gone[] = { 0, 1, 255, 256, 257, N_ITEMS - 1 };
	size_t n = N_ITEMS;

	put_many(0);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		list_all(recipes);
		ck_assert_int_eq(list_at_hand(recipes), (int)n);
		ck_assert_int_eq(store_remove(store, recipes, name(gone[i]), NULL), 0);
		ck_assert_int_eq(list_at_hand(recipes), -1);
		ck_assert_uint_eq(list_all(recipes), --n);
	}
	put(0, 9, "new", 1);
	ck_assert_int_eq(list_at_hand(recipes), -1);
	ck_assert_uint_eq(list_all(recipes), n + 1);
	ck_assert_int_eq(list_at_hand(recipes), (int)n + 1);
}
END_TEST

/* The end of one directory is not the end of another one with rows in between. */
START_TEST(rows_keeps_directories_apart)
{
	uint64_t other = store_rig_dir(store, "other", 1);
	struct content item;

	for (int i = 0; i < 10; i++) {
		put(0, 1, name(i), 1);
		item = store_rig_item(name(100 + i), 1, "{}\n");
		ck_assert_int_eq(store_put(store, other, 0, 1, &item, 1, NULL), 0);
		content_release(&item);
	}
	ck_assert_uint_eq(list_all(recipes), 10);
	ck_assert_uint_eq(list_all(other), 10);
	ck_assert_int_eq(list_at_hand(recipes), 10);
	ck_assert_int_eq(list_at_hand(other), 10);
	ck_assert_uint_eq(list_all(recipes), 10);
	ck_assert_uint_eq(list_all(other), 10);
}
END_TEST

/* Their beginnings have one place. */
START_TEST(rows_of_many_directories_are_not_mixed_up)
{
	struct rows *rows = rows_new();
	struct store_batch *batch = calloc(1, sizeof(*batch));

	ck_assert_ptr_nonnull(batch);
	batch->n_items = 1;
	store_item_init(&batch->items[0]);
	batch->items[0].row = 7;
	batch->items[0].dir = 1;
	rows_put_list(rows, 1, 0, batch);
	ck_assert(rows_list(rows, 1, 0, batch));
	ck_assert_uint_eq(batch->n_items, 1);
	for (uint64_t dir = 2; dir < 2000; dir++) {
		ck_assert(!rows_list(rows, dir, 0, batch));
		ck_assert(!rows_list(rows, dir, 7, batch));
	}
	store_batch_release(batch);
	free(batch);
	rows_free(rows);
}
END_TEST

START_TEST(rows_lists_on_behind_a_batch_that_was_read_again)
{
	struct store_batch *batch = malloc(sizeof(*batch));

	ck_assert_ptr_nonnull(batch);
	store_batch_init(batch);
	put_many(0);
	list_all(recipes);
	put(0, 9, name(5), 2);
	ck_assert_int_eq(list_at_hand(recipes), -1);
	ck_assert_int_eq(store_list(store, recipes, 0, batch, NULL), 0);
	ck_assert_int_eq(list_at_hand(recipes), N_ITEMS);
	store_batch_release(batch);
	free(batch);
}
END_TEST

START_TEST(rows_are_lost_on_a_temporary_database_too)
{
	struct rlimit limit = { 1, RLIM_INFINITY };
	uint64_t row;

	put(0, 1, "a", 1);
	row = find_row("a");
	assert_true(row);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	put(0, 2, "a", 2);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(!store_rig_stats(store).is_on_disk);
	assert_true(row);
	assert_true(row);
	put(0, 3, "a", 3);
	ck_assert(!is_at_hand(row));
	assert_true(row);
}
END_TEST

static _Atomic bool is_over;

static void *look_on(void *payload)
{
	const uint64_t *row = payload;
	int64_t version = 0;

	while (!atomic_load(&is_over)) {
		struct store_item item;

		store_item_init(&item);
		if (store_get_brief(store, *row, &item, NULL) < 0 || item.version < version ||
			item.modified_s != 2000 + item.version)
			return payload;
		version = item.version;
		store_item_release(&item);
	}
	return NULL;
}

/* One who writes and two who look on: none sees a version go back, or half of one. */
START_TEST(rows_go_on_in_order_while_they_are_written)
{
	pthread_t threads[2];
	uint64_t row;

	put(0, 1, "a", 1);
	row = find_row("a");
	atomic_store(&is_over, false);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, look_on, &row), 0);
	for (int version = 2; version < 500; version++) {
		put(0, (uint64_t)version, "a", version);
		assert_true(row);
	}
	atomic_store(&is_over, true);
	for (int i = 0; i < 2; i++) {
		void *failed;

		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("rows");

	tcase_add_checked_fixture(tc, open_disk, close_disk);
	tcase_add_test(tc, rows_has_what_was_looked_at);
	tcase_add_test(tc, rows_has_no_item_with_a_long_id);
	tcase_add_test(tc, rows_of_one_place_forget_each_other);
	tcase_add_loop_test(tc, rows_loses_what_changes, 0, N_ROWS(changes));
	tcase_add_test(tc, rows_loses_what_has_no_text_any_more);
	tcase_add_test(tc, rows_lists_a_directory);
	tcase_add_test(tc, rows_notices_the_first_the_last_and_others);
	tcase_add_test(tc, rows_keeps_directories_apart);
	tcase_add_test(tc, rows_of_many_directories_are_not_mixed_up);
	tcase_add_test(tc, rows_lists_on_behind_a_batch_that_was_read_again);
	tcase_add_test(tc, rows_are_lost_on_a_temporary_database_too);
	tcase_add_test(tc, rows_go_on_in_order_while_they_are_written);
	return suite_run(tc, "rows");
}
