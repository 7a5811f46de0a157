#include "base/flight.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/call.h"
#include "base/error.h"
#include "support/pretended.h"
#include "support/suite.h"

#define N_THREADS 8

static bool always(void *payload)
{
	(void)payload;
	return true;
}

START_TEST(flight_first_leads_and_next_leads_after_landing)
{
	struct flight *f = flight_new();
	struct call call = call_begin(clock_system(), 10000);
	bool is_leader;

	for (int i = 0; i < 3; i++) {
		is_leader = false;
		ck_assert_int_eq(flight_join(f, &call, "a", &is_leader, NULL), 0);
		ck_assert(is_leader);
		flight_land(f, "a");
	}
	flight_free(f);
}
END_TEST

START_TEST(flight_keys_do_not_wait_for_each_other)
{
	struct flight *f = flight_new();
	struct call call = call_begin(clock_system(), 10000);
	bool is_leader = false;

	ck_assert_int_eq(flight_join(f, &call, "a", &is_leader, NULL), 0);
	ck_assert_int_eq(flight_join(f, &call, "b", &is_leader, NULL), 0);
	ck_assert(is_leader);
	flight_land(f, "a");
	flight_land(f, "b");
	flight_free(f);
}
END_TEST

START_TEST(flight_try_leads_or_does_not_wait)
{
	struct flight *f = flight_new();
	bool is_leader = false;

	ck_assert_int_eq(flight_try(f, "a", &is_leader, NULL), 0);
	ck_assert(is_leader);
	ck_assert_int_eq(flight_try(f, "a", &is_leader, NULL), 0);
	ck_assert(!is_leader);
	flight_land(f, "a");
	ck_assert_int_eq(flight_try(f, "a", &is_leader, NULL), 0);
	ck_assert(is_leader);
	flight_land(f, "a");
	flight_free(f);
}
END_TEST

static const struct {
	const char *what;
	uint64_t after_ms;
	bool is_interrupted;
	int ret;
} waits[] = {
	{ "a follower does not outwait its deadline", 5000, false, -ETIMEDOUT },
	{ "a follower can be interrupted", 1000, true, -EINTR },
};

START_TEST(flight_follower_gives_up)
{
	struct flight *f = flight_new();
	struct pretended_clock time;
	struct call call;
	struct error err = { 0 };
	bool is_leader;
	int ret;

	pretended_clock_init(&time);
	call = call_begin(&time.clock, 5000);
	ck_assert_int_eq(flight_join(f, &call, "a", &is_leader, NULL), 0);
	call.is_interrupted = waits[_i].is_interrupted ? always : NULL;
	pretended_clock_advance(&time, waits[_i].after_ms);
	ret = flight_join(f, &call, "a", &is_leader, &err);
	ck_assert_msg(ret == waits[_i].ret, "%s", waits[_i].what);
	ck_assert_int_eq(err.errnum, -waits[_i].ret);
	ck_assert_str_ne(err.text, "");
	flight_land(f, "a");
	flight_free(f);
}
END_TEST

/* A store that is filled once: what a flight is for. */
struct kitchen {
	struct flight *flight;
	pthread_barrier_t ready;
	atomic_int cooked;
	atomic_bool is_served;
};

static void *eat(void *payload)
{
	struct kitchen *kitchen = payload;
	struct call call = call_begin(clock_system(), 30000);
	bool is_leader;

	pthread_barrier_wait(&kitchen->ready);
	while (!atomic_load(&kitchen->is_served)) {
		if (flight_join(kitchen->flight, &call, "dish", &is_leader, NULL) < 0)
			return NULL;
		if (!is_leader)
			continue;
		if (!atomic_load(&kitchen->is_served)) {
			atomic_fetch_add(&kitchen->cooked, 1);
			atomic_store(&kitchen->is_served, true);
		}
		flight_land(kitchen->flight, "dish");
	}
	return kitchen;
}

START_TEST(flight_of_many_threads_fetches_once)
{
	struct kitchen kitchen = { .flight = flight_new() };
	pthread_t threads[N_THREADS];

	pthread_barrier_init(&kitchen.ready, NULL, N_THREADS);
	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, eat, &kitchen), 0);
	for (int i = 0; i < N_THREADS; i++) {
		void *result;

		pthread_join(threads[i], &result);
		ck_assert_ptr_eq(result, &kitchen);
	}
	ck_assert_int_eq(atomic_load(&kitchen.cooked), 1);
	pthread_barrier_destroy(&kitchen.ready);
	flight_free(kitchen.flight);
}
END_TEST

START_TEST(flight_free_takes_null)
{
	flight_free(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("flight");

	tcase_add_test(tc, flight_first_leads_and_next_leads_after_landing);
	tcase_add_test(tc, flight_keys_do_not_wait_for_each_other);
	tcase_add_test(tc, flight_try_leads_or_does_not_wait);
	tcase_add_loop_test(tc, flight_follower_gives_up, 0, N_ROWS(waits));
	tcase_add_test(tc, flight_of_many_threads_fetches_once);
	tcase_add_test(tc, flight_free_takes_null);
	return suite_run(tc, "flight");
}
