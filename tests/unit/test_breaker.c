#include "net/breaker.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/pretended.h"
#include "support/scripted.h"
#include "support/suite.h"

static struct pretended_clock now;
static struct transport *inner, *breaker;

static void set_up(const struct scripted_answer *answers, size_t n_answers)
{
	pretended_clock_init(&now);
	inner = scripted_new(answers, n_answers);
	breaker = breaker_new(inner, &now.clock);
	ck_assert_ptr_nonnull(breaker);
}

static void tear_down(void)
{
	transport_free(breaker);
	transport_free(inner);
}

static int perform(struct error *err)
{
	struct call call = call_begin(&now.clock, 10000);
	struct http_request req = { .url = "https://cms/x", .max_body = 10 };
	struct http_response res;
	int ret;

	http_response_init(&res);
	ret = transport_perform(breaker, &call, &req, &res, err);
	http_response_release(&res);
	return ret;
}

static const struct {
	const char *what;
	struct scripted_answer answer;
	int away_ret; /* once it is away; 0: it never is */
	int http_status;
} outcomes[] = {
	{ "an answer is none", { .status = 200 }, 0, 0 },
	{ "nor is a refusal", { .status = 403 }, 0, 0 },
	{ "nor an error of one request", { .status = 500 }, 0, 0 },
	{ "502 counts", { .status = 502 }, -EIO, 502 },
	{ "503 counts", { .status = 503 }, -EIO, 503 },
	{ "504 counts", { .status = 504 }, -EIO, 504 },
	{ "no connection counts", { .ret = -EHOSTUNREACH }, -EHOSTUNREACH, 0 },
	{ "a time-out counts", { .ret = -ETIMEDOUT }, -ETIMEDOUT, 0 },
	{ "a connection lost counts", { .ret = -EIO }, -EIO, 0 },
	{ "TLS refused counts", { .ret = -EPROTO }, -EPROTO, 0 },
	{ "an interrupt does not", { .ret = -EINTR }, 0, 0 },
	{ "no token does not", { .ret = -EACCES }, 0, 0 },
	{ "too large does not", { .ret = -EFBIG }, 0, 0 },
};

START_TEST(breaker_opens_by_failures)
{
	struct error err = { 0 };
	struct breaker_status status;
	bool is_away = outcomes[_i].away_ret < 0;

	set_up(&outcomes[_i].answer, 1);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		perform(&err);
	perform(&err);
	breaker_get_status(breaker, &status);
	ck_assert_msg(status.is_away == is_away, "%s", outcomes[_i].what);
	ck_assert_uint_eq(scripted_count(inner), BREAKER_FAILURES + (is_away ? 0 : 1));
	if (is_away) {
		ck_assert_int_eq(err.errnum, -outcomes[_i].away_ret);
		ck_assert_int_eq(err.http_status, outcomes[_i].http_status);
		ck_assert_ptr_nonnull(strstr(err.text, "the server is away: "));
		ck_assert_str_ne(status.reason, "");
		ck_assert_int_gt(status.since_s, 0);
	}
	tear_down();
}
END_TEST

START_TEST(breaker_counts_failures_in_a_row)
{
	static const struct scripted_answer answers[] = {
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .status = 404 },
		{ .ret = -EIO },
	};
	struct breaker_status status;

	set_up(answers, 6);
	for (int i = 0; i < 5 + BREAKER_FAILURES - 1; i++)
		perform(NULL);
	breaker_get_status(breaker, &status);
	ck_assert(!status.is_away);
	ck_assert_uint_eq(status.failures, BREAKER_FAILURES - 1);
	ck_assert_int_eq(status.since_s, 0);
	tear_down();
}
END_TEST

/* Requests that get through, one second after the other. */
START_TEST(breaker_probes_at_growing_intervals)
{
	static const struct scripted_answer answers[] = { { .ret = -EHOSTUNREACH } };
	static const unsigned probes_at_s[] = { 1, 3, 7, 15, 31, 61, 91 };
	size_t n_probes = 0;

	set_up(answers, 1);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		perform(NULL);
	for (unsigned s = 1; s <= 100; s++) {
		size_t before = scripted_count(inner);

		pretended_clock_advance(&now, 1000);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(perform(NULL), -EHOSTUNREACH);
		if (scripted_count(inner) == before)
			continue;
		ck_assert_uint_eq(scripted_count(inner), before + 1);
		ck_assert_uint_lt(n_probes, 7);
		ck_assert_uint_eq(s, probes_at_s[n_probes]);
		n_probes++;
	}
	ck_assert_uint_eq(n_probes, 7);
	tear_down();
}
END_TEST

START_TEST(breaker_closes_when_a_probe_is_answered)
{
	static const struct scripted_answer answers[] = {
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .status = 200 },
	};
	struct breaker_status status;

	set_up(answers, 6);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		perform(NULL);
	ck_assert_int_eq(perform(NULL), -EIO);
	pretended_clock_advance(&now, 1000);
	ck_assert_int_eq(perform(NULL), 0);
	ck_assert_int_eq(perform(NULL), 0);
	breaker_get_status(breaker, &status);
	ck_assert(!status.is_away);
	ck_assert_uint_eq(status.failures, 0);
	ck_assert_str_eq(status.reason, "");
	tear_down();
}
END_TEST

START_TEST(breaker_probe_that_is_interrupted_leaves_it_to_the_next)
{
	static const struct scripted_answer answers[] = {
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EINTR },
		{ .status = 200 },
	};

	set_up(answers, 7);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		perform(NULL);
	pretended_clock_advance(&now, 1000);
	ck_assert_int_eq(perform(NULL), -EINTR);
	ck_assert_int_eq(perform(NULL), 0);
	tear_down();
}
END_TEST

/* While a probe is out, another request comes. */
static void perform_beside_probe(void *payload, size_t i)
{
	if (i == BREAKER_FAILURES)
		*(int *)payload = perform(NULL);
}

START_TEST(breaker_lets_one_probe_through_at_a_time)
{
	static const struct scripted_answer answers[] = { { .ret = -EIO } };
	int beside = 0;

	set_up(answers, 1);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		perform(NULL);
	scripted_on_request(inner, perform_beside_probe, &beside);
	pretended_clock_advance(&now, 1000);
	ck_assert_int_eq(perform(NULL), -EIO);
	ck_assert_int_eq(beside, -EIO);
	ck_assert_uint_eq(scripted_count(inner), BREAKER_FAILURES + 1);
	tear_down();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("breaker");

	tcase_add_loop_test(tc, breaker_opens_by_failures, 0, N_ROWS(outcomes));
	tcase_add_test(tc, breaker_counts_failures_in_a_row);
	tcase_add_test(tc, breaker_probes_at_growing_intervals);
	tcase_add_test(tc, breaker_closes_when_a_probe_is_answered);
	tcase_add_test(tc, breaker_probe_that_is_interrupted_leaves_it_to_the_next);
	tcase_add_test(tc, breaker_lets_one_probe_through_at_a_time);
	return suite_run(tc, "breaker");
}
