#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "base/call.h"
#include "support/issuer.h"
#include "support/suite.h"

#define N_THREADS 8

static pthread_barrier_t all_ready;

/* What each request does that meets an expired or revoked token. */
static void *reject_and_acquire(void *payload)
{
	struct token *old = payload, *token = NULL;

	pthread_barrier_wait(&all_ready);
	if (old)
		token_reject(issuer.mgr, old);
	if (issuer_acquire(&token, NULL) < 0)
		return NULL;
	token_approve(issuer.mgr, token);
	return token;
}

static void storm(struct token *old, const char *text)
{
	pthread_t threads[N_THREADS];

	pthread_barrier_init(&all_ready, NULL, N_THREADS);
	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, reject_and_acquire, old), 0);
	for (int i = 0; i < N_THREADS; i++) {
		void *token;

		pthread_join(threads[i], &token);
		ck_assert_ptr_nonnull(token);
		ck_assert_str_eq(token_text(token), text);
		token_unref(token);
	}
	pthread_barrier_destroy(&all_ready);
}

START_TEST(token_storm_costs_one_fetch)
{
	struct token *old;

	storm(NULL, "T1");
	pretended_clock_advance(&issuer.now, HOUR_MS);
	storm(NULL, "T2");
	ck_assert_int_eq(issuer_acquire(&old, NULL), 0);
	storm(old, "T3");
	token_unref(old);
	ck_assert_uint_eq(atomic_load(&issuer.issued), 3);
}
END_TEST

/* A thread that fetches, until another one waits for it. */
static sem_t follower_waits;

static bool tell_that_it_waits(void *payload)
{
	sem_post(&follower_waits);
	return *(bool *)payload;
}

static void *acquire_in_thread(void *payload)
{
	return (void *)(intptr_t)issuer_acquire(payload, NULL);
}

static const struct {
	const char *what;
	int leader_ret;
	bool is_interrupted;
	int follower_ret;
	unsigned issued;
} pairs[] = {
	{ "what the leader gets serves the follower", 0, false, 0, 1 },
	{ "an interrupted leader is followed by the next", -EINTR, false, 0, 2 },
	{ "a failure serves the follower too", -EHOSTUNREACH, false, -EHOSTUNREACH, 1 },
	{ "and so does a refusal", -EACCES, false, -EACCES, 1 },
	{ "an interrupted follower does not wait", 0, true, -EINTR, 1 },
};

START_TEST(token_follower_waits_for_its_leader)
{
	struct call call = call_begin(&issuer.now.clock, 10000);
	bool is_interrupted = pairs[_i].is_interrupted;
	struct token *token = NULL, *of_leader = NULL;
	pthread_t leader;
	void *leader_ret;
	int ret;

	sem_init(&follower_waits, 0, 0);
	issuer.wait_for = &follower_waits;
	issuer.ret = pairs[_i].leader_ret;
	issuer.fails_once = true;
	call.started_ms -= CALL_PATIENCE_MS;
	call.is_interrupted = tell_that_it_waits;
	call.payload = &is_interrupted;
	ck_assert_int_eq(pthread_create(&leader, NULL, acquire_in_thread, &of_leader), 0);
	while (atomic_load(&issuer.issued) == 0)
		sched_yield();
	ret = token_acquire(issuer.mgr, &call, &token, NULL);
	ck_assert_msg(ret == pairs[_i].follower_ret, "%s: %d", pairs[_i].what, ret);
	pthread_join(leader, &leader_ret);
	ck_assert_int_eq((int)(intptr_t)leader_ret, pairs[_i].leader_ret);
	ck_assert_uint_eq(atomic_load(&issuer.issued), pairs[_i].issued);
	token_unref(token);
	token_unref(of_leader);
	sem_destroy(&follower_waits);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("token_threads");

	tcase_add_checked_fixture(tc, issuer_set_up, issuer_tear_down);
	tcase_add_test(tc, token_storm_costs_one_fetch);
	tcase_add_loop_test(tc, token_follower_waits_for_its_leader, 0, N_ROWS(pairs));
	return suite_run(tc, "token_threads");
}
