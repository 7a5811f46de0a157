#include <check.h>
#include <errno.h>
#include <string.h>

#include "api/client_change.h"
#include "base/call.h"
#include "base/error.h"
#include "save/sending.h"
#include "support/pretended.h"
#include "support/suite.h"

#define TIMEOUT_MS 8000

#define STEPS_MAX 4

/* What a sending brings. */
struct outcome {
	int ret;
	bool is_doubtful;
};

enum seen { NOTHING, IS_DONE, HAS_NOT_ARRIVED, IS_SOMEBODY_ELSES };

static const struct course {
	const char *what;
	struct outcome sendings[STEPS_MAX];
	enum seen looks[STEPS_MAX];
	unsigned n_sendings, n_looks;
	int ret;
	const char *words; /* of the sentence */
} courses[] = {
	{ "done", { { 0, false } }, { NOTHING }, 1, 0, 0, NULL },
	{ "refused", { { -EINVAL, false } }, { NOTHING }, 1, 0, -EINVAL, "sending 1" },
	{ "a conflict", { { -ESTALE, false } }, { NOTHING }, 1, 0, -ESTALE, "sending 1" },
	{ "lost, and done", { { -EIO, true } }, { IS_DONE }, 1, 1, 0, NULL },
	{ "lost, and another's", { { -EIO, true } }, { IS_SOMEBODY_ELSES }, 1, 1, -ESTALE, "look" },
	{ "lost, sent again", { { -EIO, true }, { 0, false } }, { HAS_NOT_ARRIVED }, 2, 1, 0,
		NULL },
	{ "lost, then refused", { { -EIO, true }, { -EINVAL, false } }, { HAS_NOT_ARRIVED }, 2, 1,
		-EINVAL, "sending 2" },
	{ "lost, arrived late", { { -EIO, true }, { -ESTALE, false } },
		{ HAS_NOT_ARRIVED, IS_DONE }, 2, 2, 0, NULL },
	{ "created late", { { -EIO, true }, { -EEXIST, false } }, { HAS_NOT_ARRIVED, IS_DONE }, 2,
		2, 0, NULL },
	{ "busy with the first", { { -EIO, true }, { -EBUSY, false } },
		{ HAS_NOT_ARRIVED, IS_DONE }, 2, 2, 0, NULL },
	{ "lost twice, and done", { { -EIO, true }, { -ETIMEDOUT, true } },
		{ HAS_NOT_ARRIVED, IS_DONE }, 2, 2, 0, NULL },
	{ "lost twice, and not there", { { -EIO, true }, { -ETIMEDOUT, true } },
		{ HAS_NOT_ARRIVED, HAS_NOT_ARRIVED }, 2, 2, -ETIMEDOUT, "it is not known whether" },
};

static struct pretended_clock now;
static struct call whole;
static const struct course *course;
static unsigned n_sendings, n_looks;
static uint64_t sending_ms; /* that each takes */

static int send_it(void *payload, const struct call *call, struct change_result *ret_result)
{
	const struct outcome *outcome = &course->sendings[n_sendings++];

	ck_assert_ptr_eq(payload, &n_sendings);
	ck_assert_uint_lt(call->deadline_ms, whole.deadline_ms);
	pretended_clock_advance(&now, sending_ms);
	change_result_release(ret_result);
	ret_result->ret = outcome->ret;
	ret_result->is_doubtful = outcome->is_doubtful;
	if (outcome->ret < 0)
		error_set(&ret_result->err, -outcome->ret, "sending %u", n_sendings);
	return outcome->ret;
}

static int look_at_it(
	void *payload, const struct change_result *result, bool *ret_may_resend, struct error *err)
{
	enum seen seen = course->looks[n_looks++];

	ck_assert_ptr_eq(payload, &n_sendings);
	ck_assert_int_eq(result->ret, course->sendings[n_sendings - 1].ret);
	ck_assert_int_ne(seen, NOTHING);
	*ret_may_resend = seen == HAS_NOT_ARRIVED;
	return seen == IS_SOMEBODY_ELSES ? error_set(err, ESTALE, "look") : 0;
}

static int run(const struct course *which, uint64_t ms, struct error *err)
{
	const struct sending sending = { &whole, send_it, look_at_it, &n_sendings };

	course = which;
	n_sendings = n_looks = 0;
	sending_ms = ms;
	pretended_clock_init(&now);
	whole = call_begin(&now.clock, TIMEOUT_MS);
	return sending_run(&sending, err);
}

START_TEST(sending_ends_in_what_is_true)
{
	const struct course *expected = &courses[_i];
	struct error err = { 0 };
	int ret = run(expected, 0, &err);

	ck_assert_msg(ret == expected->ret, "%s: %d", expected->what, ret);
	ck_assert_msg(n_sendings == expected->n_sendings, "%s", expected->what);
	ck_assert_msg(n_looks == expected->n_looks, "%s", expected->what);
	ck_assert_int_eq(err.errnum, -expected->ret);
	if (expected->words)
		ck_assert_msg(strstr(err.text, expected->words) != NULL, "%s: %s", expected->what,
			err.text);
}
END_TEST

/* A quarter of the time is left for the look, and where that has passed too, nothing is sent again. */
START_TEST(sending_leaves_time_for_a_look)
{
	static const struct course lost = { "lost", { { -ETIMEDOUT, true } }, { HAS_NOT_ARRIVED },
		1, 1, -ETIMEDOUT, NULL };
	struct error err = { 0 };

	ck_assert_int_eq(run(&lost, TIMEOUT_MS, &err), -ETIMEDOUT);
	ck_assert_uint_eq(n_sendings, 1);
	ck_assert_uint_eq(n_looks, 1);
	ck_assert_msg(strstr(err.text, "it is not known whether") != NULL, "%s", err.text);
}
END_TEST

START_TEST(sending_tells_that_a_look_failed)
{
	struct change_result result;
	struct error why = { 0 }, err = { 0 };

	change_result_init(&result);
	error_set(&why, EHOSTUNREACH, "no way");
	result.ret = error_set_http(&result.err, EIO, 502, "trace", "bad gateway");
	ck_assert_int_eq(sending_fail_unseen(&result, &why, &err), -EIO);
	ck_assert_int_eq(err.http_status, 502);
	ck_assert_msg(strstr(err.text, "it is not known whether") != NULL, "%s", err.text);
	ck_assert_msg(
		strstr(err.text, "no way") && strstr(err.text, "bad gateway"), "%s", err.text);
	ck_assert_int_eq(sending_fail_unseen(&result, &why, NULL), -EIO);
	change_result_release(&result);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("sending");

	tcase_add_loop_test(tcase, sending_ends_in_what_is_true, 0, N_ROWS(courses));
	tcase_add_test(tcase, sending_leaves_time_for_a_look);
	tcase_add_test(tcase, sending_tells_that_a_look_failed);
	return suite_run(tcase, "sending");
}
