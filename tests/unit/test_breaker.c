#include "net/breaker.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/pretended.h"
#include "support/scripted.h"
#include "support/suite.h"

#define TIMEOUT_MS 10000

static struct pretended_clock now;
static struct transport *inner, *probes, *breaker;

/* Probes have answers of their own. */
static void set_up(const struct scripted_answer *answers, size_t n_answers,
	const struct scripted_answer *probe_answers, size_t n_probe_answers)
{
	pretended_clock_init(&now);
	inner = scripted_new(answers, n_answers);
	probes = scripted_new(probe_answers, n_probe_answers);
	breaker = breaker_new(inner, probes, &now.clock);
	ck_assert_ptr_nonnull(breaker);
}

static void tear_down(void)
{
	transport_free(breaker);
	transport_free(probes);
	transport_free(inner);
}

static int perform_request(struct http_request *req, struct error *err)
{
	struct call call = call_begin(&now.clock, TIMEOUT_MS);
	struct http_response res;
	int ret;

	http_response_init(&res);
	ret = transport_perform(breaker, &call, req, &res, err);
	http_response_release(&res);
	return ret;
}

static int perform(struct error *err)
{
	struct http_request req = {
		.url = "https://cms/x",
		.headers = { { "X-Name", "value" } },
		.n_headers = 1,
		.max_body = 10,
		.is_repeatable = true,
	};

	return perform_request(&req, err);
}

static int perform_once(struct error *err)
{
	struct http_request req = { .method = HTTP_PUT, .url = "https://cms/x", .max_body = 10 };

	return perform_request(&req, err);
}

static struct breaker_status get_status(void)
{
	struct breaker_status status;

	breaker_get_status(breaker, &status);
	return status;
}

/* With a script that only fails. */
static void make_away(void)
{
	for (int i = 0; i < BREAKER_FAILURES; i++)
		perform(NULL);
	ck_assert(get_status().is_away);
}

/* A second later somebody asks, is refused, and what he left has been answered. */
static void probe(void)
{
	pretended_clock_advance(&now, 1000);
	ck_assert_int_lt(perform(NULL), 0);
	while (get_status().is_probing)
		sched_yield();
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

	set_up(&outcomes[_i].answer, 1, &outcomes[_i].answer, 1);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		perform(&err);
	ck_assert(!err.is_told);
	perform(&err);
	status = get_status();
	ck_assert_msg(status.is_away == is_away, "%s", outcomes[_i].what);
	ck_assert_uint_eq(scripted_count(inner), BREAKER_FAILURES + (is_away ? 0 : 1));
	ck_assert(err.is_told == is_away);
	if (is_away) {
		ck_assert_int_eq(err.errnum, -outcomes[_i].away_ret);
		ck_assert_int_eq(err.http_status, outcomes[_i].http_status);
		ck_assert_ptr_nonnull(strstr(err.text, "the server is away since 20"));
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

	set_up(answers, 6, answers, 1);
	for (int i = 0; i < 5 + BREAKER_FAILURES - 1; i++)
		perform(NULL);
	ck_assert(!get_status().is_away);
	ck_assert_uint_eq(get_status().failures, BREAKER_FAILURES - 1);
	ck_assert_int_eq(get_status().since_s, 0);
	tear_down();
}
END_TEST

static void use_up_time(void *payload, size_t i)
{
	(void)payload;
	(void)i;
	pretended_clock_advance(&now, TIMEOUT_MS);
}

START_TEST(breaker_opens_by_calls_that_waited_in_vain)
{
	static const struct scripted_answer answers[] = {
		{ .ret = -ETIMEDOUT },
		{ .status = 200 },
		{ .ret = -ETIMEDOUT },
	};

	set_up(answers, 3, answers, 1);
	scripted_on_request(inner, use_up_time, NULL);
	for (int i = 0; i < 2 + BREAKER_TIMEOUTS - 1; i++)
		perform(NULL);
	ck_assert(!get_status().is_away);
	perform(NULL);
	ck_assert(get_status().is_away);
	tear_down();
}
END_TEST

/* One second after the other. */
START_TEST(breaker_probes_at_growing_intervals)
{
	static const struct scripted_answer answers[] = { { .ret = -EHOSTUNREACH } };
	static const unsigned probes_at_s[] = { 1, 3, 7, 15, 31, 61, 91 };
	size_t n_probes = 0;

	set_up(answers, 1, answers, 1);
	make_away();
	for (unsigned s = 1; s <= 100; s++) {
		probe();
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(perform(NULL), -EHOSTUNREACH);
		if (scripted_count(probes) == n_probes)
			continue;
		ck_assert_uint_eq(scripted_count(probes), n_probes + 1);
		ck_assert_uint_lt(n_probes, 7);
		ck_assert_uint_eq(s, probes_at_s[n_probes]);
		n_probes++;
	}
	ck_assert_uint_eq(n_probes, 7);
	ck_assert_uint_eq(scripted_count(inner), BREAKER_FAILURES);
	tear_down();
}
END_TEST

START_TEST(breaker_sends_nothing_while_nobody_asks)
{
	static const struct scripted_answer answers[] = { { .ret = -EIO } };

	set_up(answers, 1, answers, 1);
	make_away();
	pretended_clock_advance(&now, 1000000);
	ck_assert(!get_status().is_probing);
	ck_assert_uint_eq(scripted_count(probes), 0);
	tear_down();
}
END_TEST

static const struct {
	const char *what;
	struct scripted_answer answer;
	bool is_back;
} probed[] = {
	{ "an answer", { .status = 200 }, true },
	{ "not found, which is one", { .status = 404 }, true },
	{ "a token refused, which the server did", { .ret = -EACCES }, true },
	{ "a proxy's answer", { .status = 502 }, false },
	{ "a time-out", { .ret = -ETIMEDOUT }, false },
	{ "no memory", { .ret = -ENOMEM }, false },
};

START_TEST(breaker_closes_when_a_probe_is_answered)
{
	static const struct scripted_answer answers[] = { { .ret = -EIO } };

	set_up(answers, 1, &probed[_i].answer, 1);
	make_away();
	probe();
	ck_assert_msg(get_status().is_away == !probed[_i].is_back, "%s", probed[_i].what);
	ck_assert_str_eq(scripted_request(probes, 0), "GET https://cms/x\nX-Name: value\n\n");
	perform(NULL);
	ck_assert_uint_eq(scripted_count(inner), BREAKER_FAILURES + probed[_i].is_back);
	if (probed[_i].is_back)
		ck_assert_uint_eq(get_status().failures, 1);
	tear_down();
}
END_TEST

START_TEST(breaker_probe_that_says_nothing_leaves_it_to_the_next)
{
	static const struct scripted_answer answers[] = { { .ret = -EIO } };
	static const struct scripted_answer probe_answers[] = {
		{ .ret = -ENOMEM },
		{ .status = 200 },
	};

	set_up(answers, 1, probe_answers, 2);
	make_away();
	probe();
	perform(NULL);
	while (get_status().is_probing)
		sched_yield();
	ck_assert(!get_status().is_away);
	ck_assert_str_eq(get_status().reason, "");
	tear_down();
}
END_TEST

/* While a probe is out, the others ask; then the mount ends. */
static void ask_beside_probe(void *payload, size_t i)
{
	(void)i;
	for (int n = 0; n < 3; n++)
		((int *)payload)[n] = perform(NULL);
}

START_TEST(breaker_lets_one_probe_through_at_a_time)
{
	static const struct scripted_answer answers[] = { { .ret = -EIO } };
	int beside[3] = { 0 };

	set_up(answers, 1, answers, 1);
	make_away();
	scripted_on_request(probes, ask_beside_probe, beside);
	probe();
	for (int n = 0; n < 3; n++)
		ck_assert_int_eq(beside[n], -EIO);
	ck_assert_uint_eq(scripted_count(probes), 1);
	ck_assert_uint_eq(scripted_count(inner), BREAKER_FAILURES);
	tear_down();
}
END_TEST

START_TEST(breaker_lets_a_write_be_the_probe_itself)
{
	static const struct scripted_answer answers[] = {
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .ret = -EIO },
		{ .status = 200 },
	};

	set_up(answers, 6, answers, 1);
	make_away();
	ck_assert_int_eq(perform_once(NULL), -EIO);
	ck_assert_uint_eq(scripted_count(inner), BREAKER_FAILURES);
	pretended_clock_advance(&now, 1000);
	ck_assert_int_eq(perform_once(NULL), 0);
	ck_assert(!get_status().is_away);
	ck_assert_uint_eq(scripted_count(probes), 0);
	tear_down();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("breaker");

	tcase_add_loop_test(tc, breaker_opens_by_failures, 0, N_ROWS(outcomes));
	tcase_add_test(tc, breaker_counts_failures_in_a_row);
	tcase_add_test(tc, breaker_opens_by_calls_that_waited_in_vain);
	tcase_add_test(tc, breaker_probes_at_growing_intervals);
	tcase_add_test(tc, breaker_sends_nothing_while_nobody_asks);
	tcase_add_loop_test(tc, breaker_closes_when_a_probe_is_answered, 0, N_ROWS(probed));
	tcase_add_test(tc, breaker_probe_that_says_nothing_leaves_it_to_the_next);
	tcase_add_test(tc, breaker_lets_one_probe_through_at_a_time);
	tcase_add_test(tc, breaker_lets_a_write_be_the_probe_itself);
	return suite_run(tc, "breaker");
}
