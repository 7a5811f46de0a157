#include "net/retry.h"

#include <errno.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/scripted.h"
#include "support/suite.h"

#define FINAL (-1)
#define ONCE false
#define REPEATABLE true
#define HALF (UINT32_MAX / 2 + 1)

static const struct {
	const char *what;
	struct retry_outcome outcome;
	long wait_ms;
} rows[] = {
	/* ret, status, Retry-After, repeatable, tries, left, random */
	{ "a good answer is final", { 0, 200, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "so is a bad request", { 0, 400, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "and a missing item", { 0, 404, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "and an error of the server", { 0, 500, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "408 is tried again", { 0, 408, -1, REPEATABLE, 1, 60000, HALF }, 50 },
	{ "502 is tried again", { 0, 502, -1, REPEATABLE, 1, 60000, HALF }, 50 },
	{ "503 is tried again", { 0, 503, -1, REPEATABLE, 1, 60000, HALF }, 50 },
	{ "504 is tried again", { 0, 504, -1, REPEATABLE, 1, 60000, HALF }, 50 },
	{ "not if it must go once", { 0, 503, -1, ONCE, 1, 60000, HALF }, FINAL },
	{ "not even after Retry-After", { 0, 503, 10, ONCE, 1, 60000, HALF }, FINAL },
	{ "Retry-After replaces the wait", { 0, 503, 7000, REPEATABLE, 1, 60000, HALF }, 7000 },
	{ "Retry-After: 0 is now", { 0, 503, 0, REPEATABLE, 1, 60000, HALF }, 0 },
	{ "a quota is final", { 0, 429, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "429 says when", { 0, 429, 2000, REPEATABLE, 1, 60000, HALF }, 2000 },
	{ "429 was not carried out", { 0, 429, 2000, ONCE, 1, 60000, HALF }, 2000 },
	{ "longer than the deadline", { 0, 429, 60000, ONCE, 1, 60000, HALF }, FINAL },
	{ "no connection", { -EHOSTUNREACH, 0, -1, REPEATABLE, 1, 60000, HALF }, 50 },
	{ "nothing was sent", { -EHOSTUNREACH, 0, -1, ONCE, 1, 60000, HALF }, 50 },
	{ "time-out of an attempt", { -ETIMEDOUT, 0, -1, REPEATABLE, 1, 60000, HALF }, 50 },
	{ "time-out of the call", { -ETIMEDOUT, 0, -1, REPEATABLE, 1, 0, 0 }, FINAL },
	{ "it may have arrived", { -ETIMEDOUT, 0, -1, ONCE, 1, 60000, HALF }, FINAL },
	{ "connection lost", { -EIO, 0, -1, REPEATABLE, 1, 60000, HALF }, 50 },
	{ "lost with a write", { -EIO, 0, -1, ONCE, 1, 60000, HALF }, FINAL },
	{ "interrupted", { -EINTR, 0, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "TLS refused", { -EPROTO, 0, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "no token", { -EACCES, 0, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "too large", { -EFBIG, 0, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "out of memory", { -ENOMEM, 0, -1, REPEATABLE, 1, 60000, HALF }, FINAL },
	{ "waits double", { -EIO, 0, -1, REPEATABLE, 2, 60000, HALF }, 100 },
	{ "and double", { -EIO, 0, -1, REPEATABLE, 3, 60000, HALF }, 200 },
	{ "and double", { -EIO, 0, -1, REPEATABLE, 4, 60000, HALF }, 400 },
	{ "until enough was tried", { -EIO, 0, -1, REPEATABLE, 5, 60000, HALF }, FINAL },
	{ "the jitter can be nothing", { -EIO, 0, -1, REPEATABLE, 4, 60000, 0 }, 0 },
	{ "and everything", { -EIO, 0, -1, REPEATABLE, 4, 60000, UINT32_MAX }, 800 },
	{ "a wait up to the deadline", { -EIO, 0, -1, REPEATABLE, 1, 100, UINT32_MAX }, FINAL },
	{ "a wait before the deadline", { -EIO, 0, -1, REPEATABLE, 1, 101, UINT32_MAX }, 100 },
};

START_TEST(retry_next_decides)
{
	long wait_ms = retry_next(&rows[_i].outcome);

	ck_assert_msg(wait_ms == rows[_i].wait_ms, "%s: %ld, not %ld", rows[_i].what, wait_ms,
		rows[_i].wait_ms);
}
END_TEST

/* A clock by which much time passes: each look at it takes some seconds. */
struct hasty_clock {
	struct clock clock;
	uint64_t ms;
	uint64_t step_ms;
};

static uint64_t hasty_now_ms(const struct clock *clock)
{
	/* Made by the test as a variable; its functions get it as a constant. */
	struct hasty_clock *hasty = (struct hasty_clock *)(uintptr_t)clock;

	hasty->ms += hasty->step_ms;
	return hasty->ms;
}

static const struct {
	const char *what;
	struct scripted_answer answers[6];
	size_t n_answers;
	bool is_repeatable;
	int ret;
	int status;
	size_t requests;
	const char *text; /* of the error */
} scripts[] = {
	{ "an answer is passed on", { { .status = 200, .body = "x" } }, 1, REPEATABLE, 0, 200, 1,
		"" },
	{ "the second try brings it", { { .status = 503 }, { .status = 200, .body = "x" } }, 2,
		REPEATABLE, 0, 200, 2, "" },
	{ "lost, refused, then answered",
		{ { .ret = -EIO }, { .ret = -EHOSTUNREACH }, { .status = 200, .body = "x" } }, 3,
		REPEATABLE, 0, 200, 3, "" },
	{ "the last answer is the result", { { .status = 503 } }, 1, REPEATABLE, 0, 503,
		RETRY_TRIES_MAX, "" },
	{ "the last failure is the result", { { .status = 503 }, { .ret = -EIO } }, 2, REPEATABLE,
		-EIO, 0, RETRY_TRIES_MAX, "tried 5 times: scripted EIO" },
	{ "one failure is told as it is", { { .ret = -EIO } }, 1, ONCE, -EIO, 0, 1,
		"scripted EIO" },
	{ "429 waits as long as it says",
		{ { .status = 429, .retry_after_s = 20 }, { .status = 200, .body = "x" } }, 2, ONCE,
		0, 200, 2, "" },
};

START_TEST(retry_tries_again)
{
	struct hasty_clock hasty = { { .now_ms = hasty_now_ms }, 1000, 1000 };
	struct transport *inner = scripted_new(scripts[_i].answers, scripts[_i].n_answers);
	struct transport *retry = retry_new(inner, &hasty.clock);
	struct call call = call_begin(&hasty.clock, 1000000);
	struct http_request req = {
		.url = "https://cms/x", .max_body = 10, .is_repeatable = scripts[_i].is_repeatable
	};
	struct http_response res;
	struct error err = { 0 };
	int ret;

	http_response_init(&res);
	ret = transport_perform(retry, &call, &req, &res, &err);
	ck_assert_msg(ret == scripts[_i].ret, "%s: %d", scripts[_i].what, ret);
	ck_assert_msg(res.status == scripts[_i].status, "%s: %d", scripts[_i].what, res.status);
	ck_assert_uint_eq(scripted_count(inner), scripts[_i].requests);
	if (ret < 0)
		ck_assert_str_eq(err.text, scripts[_i].text);
	if (res.status == 200)
		ck_assert_str_eq(buf_str(&res.body), "x");
	http_response_release(&res);
	transport_free(retry);
	transport_free(inner);
}
END_TEST

static bool always(void *payload)
{
	(void)payload;
	return true;
}

START_TEST(retry_wait_ends_with_an_interrupt)
{
	static const struct scripted_answer answers[] = {
		{ .status = 429, .retry_after_s = 3600 },
	};
	struct hasty_clock hasty = { { .now_ms = hasty_now_ms }, 1000, 500 };
	struct transport *inner = scripted_new(answers, 1);
	struct transport *retry = retry_new(inner, &hasty.clock);
	struct call call = call_begin(&hasty.clock, 10000000);
	struct http_request req = { .url = "https://cms/x", .max_body = 10 };
	struct http_response res;
	struct error err = { 0 };

	call.is_interrupted = always;
	http_response_init(&res);
	ck_assert_int_eq(transport_perform(retry, &call, &req, &res, &err), -EINTR);
	ck_assert_int_eq(err.errnum, EINTR);
	ck_assert_int_eq(res.status, 0);
	ck_assert_uint_eq(scripted_count(inner), 1);
	transport_free(retry);
	transport_free(inner);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("retry");

	tcase_add_loop_test(tc, retry_next_decides, 0, N_ROWS(rows));
	tcase_add_loop_test(tc, retry_tries_again, 0, N_ROWS(scripts));
	tcase_add_test(tc, retry_wait_ends_with_an_interrupt);
	return suite_run(tc, "retry");
}
