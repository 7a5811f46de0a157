#include "net/stack.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "net/breaker.h"
#include "net/transport.h"
#include "support/scripted.h"
#include "support/suite.h"

#define ASK "POST https://cms/token\n\n"
#define GET(token) "GET https://cms/x\nAuthorization: Bearer " token "\n\n"

#define N_REQUESTS 5

static struct stack *stack;

/* Asks for a token through the stack's own transport for that. */
static int fetch(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err)
{
	struct http_request req = { .method = HTTP_POST,
		.url = "https://cms/token",
		.max_body = 100,
		.is_repeatable = true };
	struct http_response res;
	int ret;

	(void)payload;
	http_response_init(&res);
	ret = transport_perform(stack_token_transport(stack), call, &req, &res, err);
	if (ret < 0)
		return ret;
	if (res.status != 200)
		ret = error_set(err, EACCES, "secret refused");
	else
		ret = buf_add_str(ret_text, buf_str(&res.body));
	*ret_lifetime_ms = 3600000;
	http_response_release(&res);
	return ret;
}

static const struct {
	const char *what;
	struct scripted_answer answers[5];
	size_t n_answers;
	int ret;
	int status;
	const char *requests[N_REQUESTS];
} rows[] = {
	{ "a token, then the request", { { .status = 200, .body = "T1" }, { .status = 200 } }, 2, 0,
		200, { ASK, GET("T1") } },
	{ "a new token after 401",
		{ { .status = 200, .body = "T1" }, { .status = 401 },
			{ .status = 200, .body = "T2" }, { .status = 200 } },
		4, 0, 200, { ASK, GET("T1"), ASK, GET("T2") } },
	{ "both are tried again",
		{ { .ret = -EHOSTUNREACH }, { .status = 200, .body = "T1" }, { .status = 503 },
			{ .status = 200 } },
		4, 0, 200, { ASK, ASK, GET("T1"), GET("T1") } },
	{ "a token that cannot be had is tried for by its own layer alone",
		{ { .ret = -EHOSTUNREACH } }, 1, -EHOSTUNREACH, 0, { ASK, ASK, ASK, ASK, ASK } },
	{ "a refused secret ends it", { { .status = 401 } }, 1, -EACCES, 0, { ASK } },
};

START_TEST(stack_works_together)
{
	struct transport *bottom = scripted_new(rows[_i].answers, rows[_i].n_answers);
	struct call call = call_begin(clock_system(), 30000);
	struct http_request req = {
		.url = "https://cms/x", .max_body = 100, .is_repeatable = true
	};
	struct token_status token_status;
	struct breaker_status breaker_status;
	struct http_response res;
	struct error err = { 0 };
	int ret;

	ck_assert_int_eq(stack_new(bottom, clock_system(), fetch, NULL, &stack, &err), 0);
	http_response_init(&res);
	ret = transport_perform(stack_transport(stack), &call, &req, &res, &err);
	ck_assert_msg(ret == rows[_i].ret, "%s: %d %s", rows[_i].what, ret, err.text);
	ck_assert_int_eq(res.status, rows[_i].status);
	for (size_t i = 0; i < N_REQUESTS; i++) {
		const char *sent = scripted_request(bottom, i);

		ck_assert_msg(!sent == !rows[_i].requests[i], "%s", rows[_i].what);
		if (sent)
			ck_assert_str_eq(sent, rows[_i].requests[i]);
	}
	ck_assert_ptr_null(scripted_request(bottom, N_REQUESTS));
	ck_assert_ptr_null(strstr(err.text, "tried 5 times: tried"));
	stack_get_token_status(stack, &token_status);
	ck_assert_int_eq(token_status.has_token, ret == 0);
	ck_assert_int_eq(token_status.blocked_for_ms > 0, ret == -EACCES);
	stack_get_breaker_status(stack, &breaker_status);
	ck_assert(!breaker_status.is_away);
	http_response_release(&res);
	stack_free(stack);
	transport_free(bottom);
}
END_TEST

START_TEST(stack_free_takes_null)
{
	stack_free(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stack");

	tcase_add_loop_test(tc, stack_works_together, 0, N_ROWS(rows));
	tcase_add_test(tc, stack_free_takes_null);
	return suite_run(tc, "stack");
}
