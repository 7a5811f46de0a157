/* Pages in advance, seen from inside: what must not be on its way when a listing begins anew. */
#include "cache/pages.h"

#include <stdlib.h>

#include "cache/cache_private.h"
#include "support/cache_rig.h"
#include "support/suite.h"

enum { N_THREADS = 7, N_ITEMS = 6000 };

static struct cache_rig rig;

static void set_up(void)
{
	cache_rig_init(&rig);
	cache_rig_use_pool(&rig, N_THREADS);
	cms_add(rig.cms, "recipes", 'a', N_ITEMS);
}

static void tear_down(void)
{
	cache_rig_release(&rig);
}

static bool are_on_their_way(struct cache_dir *dir)
{
	bool are;

	pthread_mutex_lock(&dir->lock);
	are = dir->window.first != NULL;
	pthread_mutex_unlock(&dir->lock);
	return are;
}

/* Who begins anew clears the window: what a reader had planned there would be freed on its way. */
START_TEST(pages_that_are_stopped_are_not_planned)
{
	struct store_batch *nothing = calloc(1, sizeof(*nothing));
	uint64_t row = 0;
	size_t n_items = 0;

	ck_assert_ptr_nonnull(nothing);
	ck_assert_int_eq(cache_rig_list(&rig, &row, &n_items, NULL), 1);
	ck_assert_int_eq(pages_stop(rig.recipes, &rig.call, NULL), 0);
	pthread_mutex_lock(&rig.recipes->lock);
	pages_want_more_locked(rig.recipes);
	pthread_mutex_unlock(&rig.recipes->lock);
	pages_note_read(rig.recipes, nothing);
	ck_assert(!are_on_their_way(rig.recipes));
	pages_resume(rig.recipes);
	ck_assert_int_eq(cache_rig_list_all(&rig), N_ITEMS);
	free(nothing);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pages");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, pages_that_are_stopped_are_not_planned);
	return suite_run(tc, "pages");
}
