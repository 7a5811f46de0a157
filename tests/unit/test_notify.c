#include "fs/notify.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "support/suite.h"

static struct notifier *notifier;
static struct error err;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int n_run;

static void set_up(void)
{
	atomic_store(&n_run, 0);
	ck_assert_int_eq(notifier_new(&notifier, &err), 0);
}

/* Jobs say which they are. */
static void run_in_order(void *payload)
{
	const int *number = payload;

	ck_assert_int_eq(atomic_fetch_add(&n_run, 1), *number);
}

static void wait_at_gate(void *payload)
{
	(void)payload;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	atomic_fetch_add(&n_run, 1);
}

START_TEST(notify_runs_what_is_posted_in_order)
{
	static int numbers[40];

	for (int i = 0; i < 40; i++) {
		numbers[i] = i;
		ck_assert_int_eq(notifier_post(notifier, run_in_order, &numbers[i]), 0);
	}
	notifier_free(notifier);
	ck_assert_int_eq(atomic_load(&n_run), 40);
}
END_TEST

START_TEST(notify_takes_no_more_than_it_can_keep)
{
	int n_posted = 0;

	pthread_mutex_lock(&gate);
	while (n_posted < 1000 && notifier_post(notifier, wait_at_gate, NULL) == 0)
		n_posted++;
	ck_assert_int_eq(notifier_post(notifier, wait_at_gate, NULL), -EBUSY);
	pthread_mutex_unlock(&gate);
	notifier_free(notifier);
	ck_assert_int_ge(n_posted, 64);
	ck_assert_int_lt(n_posted, 1000);
	ck_assert_int_ge(atomic_load(&n_run), n_posted);
}
END_TEST

START_TEST(notify_ends_with_nothing_to_do)
{
	notifier_free(notifier);
	notifier_free(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("notify");

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, notify_runs_what_is_posted_in_order);
	tcase_add_test(tc, notify_takes_no_more_than_it_can_keep);
	tcase_add_test(tc, notify_ends_with_nothing_to_do);
	return suite_run(tc, "notify");
}
