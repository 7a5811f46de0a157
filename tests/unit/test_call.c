#include "base/call.h"

#include <errno.h>

#include "support/pretended.h"
#include "support/suite.h"

static bool is_interrupted(void *payload)
{
	return *(bool *)payload;
}

static const struct {
	const char *what;
	uint64_t timeout_ms;
	uint64_t after_ms;
	bool has_signal;
	uint64_t left_ms;
	bool is_cancelled;
	int wait_ret;
} rows[] = {
	{ "a fresh call has all its time", 5000, 0, false, 5000, false, 0 },
	{ "time is used up", 5000, 2000, false, 3000, false, 0 },
	{ "a call ends at its deadline", 5000, 5000, false, 0, false, -ETIMEDOUT },
	{ "and stays over", 5000, 9000, false, 0, false, -ETIMEDOUT },
	{ "an early signal does not count", 5000, 999, true, 4001, false, 0 },
	{ "a signal counts after a second", 5000, 1000, true, 4000, true, -EINTR },
	{ "time-out wins over a signal", 5000, 5000, true, 0, true, -ETIMEDOUT },
	{ "a call without time is over at once", 0, 0, false, 0, false, -ETIMEDOUT },
};

START_TEST(call_ends_by_deadline_or_interrupt)
{
	struct pretended_clock time;
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond;
	bool has_signal = rows[_i].has_signal;
	struct call call;
	int ret;

	pretended_clock_init(&time);
	call = call_begin(&time.clock, rows[_i].timeout_ms);
	call.is_interrupted = is_interrupted;
	call.payload = &has_signal;
	pretended_clock_advance(&time, rows[_i].after_ms);
	ck_assert_msg(call_left_ms(&call) == rows[_i].left_ms, "%s", rows[_i].what);
	ck_assert_msg(call_is_cancelled(&call) == rows[_i].is_cancelled, "%s", rows[_i].what);
	ck_assert_int_eq(call_cond_init(&cond), 0);
	pthread_mutex_lock(&mutex);
	ret = call_wait(&call, &cond, &mutex);
	pthread_mutex_unlock(&mutex);
	pthread_cond_destroy(&cond);
	ck_assert_msg(ret == rows[_i].wait_ret, "%s: %d", rows[_i].what, ret);
}
END_TEST

START_TEST(call_without_a_question_is_never_cancelled)
{
	struct pretended_clock time;
	struct call call;

	pretended_clock_init(&time);
	call = call_begin(&time.clock, 5000);
	pretended_clock_advance(&time, 60000);
	ck_assert(!call_is_cancelled(&call));
}
END_TEST

struct meeting {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool is_done;
};

static void *signal_done(void *payload)
{
	struct meeting *meeting = payload;

	pthread_mutex_lock(&meeting->mutex);
	meeting->is_done = true;
	pthread_cond_signal(&meeting->cond);
	pthread_mutex_unlock(&meeting->mutex);
	return NULL;
}

START_TEST(call_wait_wakes_up_when_signalled)
{
	struct call call = call_begin(clock_system(), 30000);
	struct meeting meeting = { .mutex = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread;
	int ret = 0;

	ck_assert_int_eq(call_cond_init(&meeting.cond), 0);
	pthread_mutex_lock(&meeting.mutex);
	ck_assert_int_eq(pthread_create(&thread, NULL, signal_done, &meeting), 0);
	while (!meeting.is_done && ret == 0)
		ret = call_wait(&call, &meeting.cond, &meeting.mutex);
	pthread_mutex_unlock(&meeting.mutex);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&meeting.cond);
	ck_assert_int_eq(ret, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("call");

	tcase_add_loop_test(tc, call_ends_by_deadline_or_interrupt, 0, N_ROWS(rows));
	tcase_add_test(tc, call_without_a_question_is_never_cancelled);
	tcase_add_test(tc, call_wait_wakes_up_when_signalled);
	return suite_run(tc, "call");
}
