#include "base/pool.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/call.h"
#include "base/error.h"
#include "support/suite.h"

enum { N_THREADS = 4, N_JOBS = 40 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static const int first_owner, second_owner;

struct work {
	struct pool_job job; /* first */
	/* guarded by lock */
	bool is_running, is_done;
	int wait_ret; /* how its wait ended; 0: it was told to end */
};

static unsigned n_running, n_most; /* guarded by lock */
static bool may_end;               /* likewise */

static void set_up(void)
{
	ck_assert_int_eq(call_cond_init(&changed), 0);
	n_running = n_most = 0;
	may_end = false;
}

static void tear_down(void)
{
	pthread_cond_destroy(&changed);
}

/* Runs until may_end, or its call ends. */
static void run(struct pool_job *job, const struct call *call)
{
	struct work *work = (struct work *)job;

	pthread_mutex_lock(&lock);
	work->is_running = true;
	n_running++;
	n_most = n_running > n_most ? n_running : n_most;
	pthread_cond_broadcast(&changed);
	while (!may_end && work->wait_ret == 0)
		work->wait_ret = call_wait(call, &changed, &lock);
	work->is_running = false;
	work->is_done = true;
	n_running--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static struct work *new_works(size_t n, const void *owner)
{
	struct work *works = calloc(n, sizeof(*works));

	ck_assert_ptr_nonnull(works);
	for (size_t i = 0; i < n; i++)
		works[i].job = (struct pool_job){ .run = run, .owner = owner };
	return works;
}

static struct pool *new_pool(uint64_t timeout_ms)
{
	struct pool *pool;

	ck_assert_int_eq(pool_new(clock_system(), N_THREADS, timeout_ms, &pool, NULL), 0);
	return pool;
}

static size_t count_locked(const struct work *works, size_t n, bool is_done)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += is_done ? works[i].is_done : works[i].is_running;
	return count;
}

static void wait_for(const struct work *works, size_t n, bool is_done, size_t wanted)
{
	pthread_mutex_lock(&lock);
	while (count_locked(works, n, is_done) < wanted)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void let_end(void)
{
	pthread_mutex_lock(&lock);
	may_end = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void submit(struct pool *pool, struct work *works, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert(pool_submit(pool, &works[i].job));
}

START_TEST(pool_runs_all_with_few_threads)
{
	struct pool *pool = new_pool(30000);
	struct work *works = new_works(N_JOBS, &first_owner);

	submit(pool, works, N_JOBS);
	wait_for(works, N_JOBS, false, N_THREADS);
	let_end();
	wait_for(works, N_JOBS, true, N_JOBS);
	ck_assert_uint_eq(n_most, N_THREADS);
	pool_free(pool);
	free(works);
}
END_TEST

START_TEST(pool_withdraws_what_waits)
{
	struct pool *pool = new_pool(30000);
	struct work *works = new_works(N_JOBS, &first_owner);

	submit(pool, works, N_JOBS);
	wait_for(works, N_JOBS, false, N_THREADS);
	ck_assert(!pool_withdraw(pool, &works[0].job));
	ck_assert(pool_withdraw(pool, &works[N_JOBS - 1].job));
	ck_assert(pool_withdraw(pool, &works[N_JOBS / 2].job));
	ck_assert(!pool_withdraw(pool, &works[N_JOBS / 2].job));
	ck_assert(pool_submit(pool, &works[N_JOBS / 2].job));
	let_end();
	wait_for(works, N_JOBS, true, N_JOBS - 1);
	ck_assert(!works[N_JOBS - 1].is_done);
	pool_free(pool);
	free(works);
}
END_TEST

START_TEST(pool_ends_what_runs)
{
	struct pool *pool = new_pool(30000);
	struct work *works = new_works(N_JOBS, &first_owner);

	submit(pool, works, N_JOBS);
	wait_for(works, N_JOBS, false, N_THREADS);
	pool_free(pool);
	ck_assert_uint_eq(count_locked(works, N_JOBS, true), N_THREADS);
	ck_assert_int_eq(works[0].wait_ret, -EINTR);
	free(works);
}
END_TEST

START_TEST(pool_gives_a_job_its_time)
{
	struct pool *pool = new_pool(20);
	struct work *works = new_works(1, &first_owner);

	submit(pool, works, 1);
	wait_for(works, 1, true, 1);
	ck_assert_int_eq(works[0].wait_ret, -ETIMEDOUT);
	pool_free(pool);
	free(works);
}
END_TEST

/* All threads hang for one owner; another one comes. */
START_TEST(pool_is_shared)
{
	struct pool *pool = new_pool(30000);
	struct work *hung = new_works(N_JOBS, &first_owner);
	struct work *works = new_works(N_JOBS, &second_owner);

	submit(pool, hung, N_JOBS);
	wait_for(hung, N_JOBS, false, N_THREADS);
	submit(pool, works, N_JOBS);
	wait_for(works, N_JOBS, false, N_THREADS / 2);
	/* Half of them stay at what they do. */
	pthread_mutex_lock(&lock);
	ck_assert_uint_eq(count_locked(hung, N_JOBS, true), N_THREADS / 2);
	ck_assert_uint_eq(count_locked(hung, N_JOBS, false), N_THREADS / 2);
	pthread_mutex_unlock(&lock);
	let_end();
	wait_for(works, N_JOBS, true, N_JOBS);
	wait_for(hung, N_JOBS, true, N_JOBS);
	pool_free(pool);
	free(works);
	free(hung);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pool");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, pool_runs_all_with_few_threads);
	tcase_add_test(tc, pool_withdraws_what_waits);
	tcase_add_test(tc, pool_ends_what_runs);
	tcase_add_test(tc, pool_gives_a_job_its_time);
	tcase_add_test(tc, pool_is_shared);
	return suite_run(tc, "pool");
}
