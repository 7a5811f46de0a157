#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/call.h"
#include "base/error.h"
#include "cache/cache.h"
#include "save/turns.h"
#include "support/pretended_app.h"
#include "support/suite.h"

#define N_THREADS 8
#define N_ROUNDS 200

static const char *const ids[] = { "x", "y" };

static struct pretended_app shop;
static struct cache_dir *dir;
static struct turns *turns;
static struct call call;
static struct error err;

static void set_up(void)
{
	pretended_app_init(&shop, ids, 2);
	dir = cache_find_dir(shop.app.cache, "recipes");
	turns = turns_new();
	ck_assert_ptr_nonnull(turns);
	call = call_begin(clock_system(), 60000);
}

static void tear_down(void)
{
	turns_free(turns);
	pretended_app_release(&shop);
}

static int take(struct turn *turn, const char *id, uint64_t timeout_ms)
{
	const struct call short_call = call_begin(call.clock, timeout_ms);

	*turn = (struct turn){ .dir = dir, .id = id };
	return turns_take(turns, &short_call, turn, &err);
}

START_TEST(turns_are_of_one_item)
{
	struct turn x, y, other;

	ck_assert_int_eq(take(&x, "x", 0), 0);
	ck_assert_int_eq(take(&y, "y", 0), 0);
	ck_assert_int_eq(take(&other, "x", 0), -ETIMEDOUT);
	ck_assert_str_eq(err.text, "recipes/x: waited in vain for another save of it");
	turns_give(turns, &x);
	ck_assert_int_eq(take(&other, "x", 0), 0);
	turns_give(turns, &y);
	turns_give(turns, &other);
	ck_assert_int_eq(take(&x, "x", 0), 0);
	turns_give(turns, &x);
}
END_TEST

/* How many have the turn, and how often two had. */
static _Atomic int n_inside, n_together;

static void *go_in_and_out(void *payload)
{
	for (int i = 0; i < N_ROUNDS; i++) {
		struct turn turn = { .dir = dir, .id = payload };

		if (turns_take(turns, &call, &turn, NULL) < 0)
			return payload;
		if (atomic_fetch_add(&n_inside, 1) > 0)
			atomic_fetch_add(&n_together, 1);
		atomic_fetch_sub(&n_inside, 1);
		turns_give(turns, &turn);
	}
	return NULL;
}

START_TEST(turns_come_to_all_who_wait)
{
	pthread_t threads[N_THREADS];
	static char id[] = "x";
	void *failed;

	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, go_in_and_out, id), 0);
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	ck_assert_int_eq(n_together, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("turns");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, turns_are_of_one_item);
	tcase_add_test(tcase, turns_come_to_all_who_wait);
	return suite_run(tcase, "turns");
}
