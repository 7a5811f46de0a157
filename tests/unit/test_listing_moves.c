/* Listings whose pages are fetched in advance, while items come and go. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "support/cache_rig.h"
#include "support/suite.h"

enum { N_THREADS = 7, N_ITEMS = 4000, N_PAGES = 21 };

static struct cache_rig rig;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t n_asked; /* for pages; guarded by lock */

static void set_up(void)
{
	cache_rig_init(&rig);
	cache_rig_use_pool(&rig, N_THREADS);
	cms_add(rig.cms, "recipes", 'a', N_ITEMS);
	cms_advance(rig.cms, 3600);
	n_asked = 0;
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

/* The ids, in the order of the store's rows; the caller frees it. */
static char (*list_ids(size_t *ret_n))[16]
{
	char(*ids)[16] = calloc(2 * N_ITEMS, sizeof(*ids));
	struct store_batch *batch = calloc(1, sizeof(*batch));
	bool is_last = false;
	uint64_t row = 0;

	ck_assert(ids && batch);
	store_batch_init(batch);
	*ret_n = 0;
	while (!is_last) {
		ck_assert_int_eq(cache_list(rig.cache, &rig.call, rig.recipes, row, batch, NULL,
					 &is_last, NULL),
			0);
		for (size_t i = 0; i < batch->n_items; i++, (*ret_n)++) {
			snprintf(ids[*ret_n], sizeof(ids[0]), "%s", batch->items[i].id);
			row = batch->items[i].row;
		}
	}
	store_batch_release(batch);
	free(batch);
	return ids;
}

/* Where nothing moves. */
START_TEST(moves_keep_the_order_of_ids)
{
	size_t n;
	char(*ids)[16] = list_ids(&n);

	ck_assert_uint_eq(n, N_ITEMS);
	for (size_t i = 1; i < n; i++)
		ck_assert_str_lt(ids[i - 1], ids[i]);
	free(ids);
}
END_TEST

/* Before that request for a page, an item comes and another one goes. */
static int change_before, come, go;

static void change_items(void *payload, enum cms_kind kind)
{
	bool is_due;

	(void)payload;
	if (kind != CMS_PAGE)
		return;
	pthread_mutex_lock(&lock);
	is_due = (int)n_asked++ == change_before;
	pthread_mutex_unlock(&lock);
	if (!is_due)
		return;
	if (come >= 0)
		cms_add(rig.cms, "recipes", (char)('A' + come), 1);
	if (go >= 0)
		cms_remove(rig.cms, "recipes", 'a', go, 1);
}

static bool has_id(char (*ids)[16], size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(ids[i], id) == 0)
			return true;
	}
	return false;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

START_TEST(moves_hide_nothing)
{
	char(*ids)[16];
	char gone[16];
	size_t n, n_there = 0;

	change_before = 1 + _i % 10;
	come = _i % 3 == 0 ? -1 : 0;
	go = _i % 3 == 1 ? -1 : 150 + 177 * (_i / 3);
	cms_on_request(rig.cms, change_items, NULL);
	ids = list_ids(&n);
	qsort(ids, n, sizeof(ids[0]), compare_ids);
	for (size_t i = 1; i < n; i++)
		ck_assert_str_ne(ids[i - 1], ids[i]);
	for (size_t i = 0; i < n; i++)
		n_there += ids[i][0] == 'a';
	snprintf(gone, sizeof(gone), "a%06d", go);
	ck_assert_uint_eq(n_there + (go >= 0 && !has_id(ids, n, gone)), N_ITEMS);
	free(ids);
	/* The next check at the latest leaves nothing that is gone, and finds what has come. */
	cache_rig_wait(&rig, RIG_TTL_MS);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS + (come >= 0) - (go >= 0));
	/* A page for each time that those on their way were shifted, or not, by turns. */
	ck_assert_uint_le(cms_count(rig.cms, CMS_PAGE), N_PAGES + N_THREADS);
}
END_TEST

/* What goes while it is listed is found before the listing ends; it may have been shown by then. */
START_TEST(moves_end_with_a_check)
{
	int n_items;

	change_before = 4;
	come = -1;
	go = 3900;
	cms_on_request(rig.cms, change_items, NULL);
	n_items = cache_rig_list_all(&rig);
	ck_assert(n_items == N_ITEMS - 1 || n_items == N_ITEMS);
	ck_assert_uint_ge(cms_count(rig.cms, CMS_NEWEST), 1);
	ck_assert_int_eq(cache_rig_lookup(&rig, "a003900", NULL), -ENOENT);
	ck_assert_uint_eq(cms_count(rig.cms, CMS_ITEM), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("listing_moves");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, moves_keep_the_order_of_ids);
	tcase_add_loop_test(tc, moves_hide_nothing, 0, 30);
	tcase_add_test(tc, moves_end_with_a_check);
	return suite_run(tc, "listing_moves");
}
