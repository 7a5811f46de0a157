#include "net/auth.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "net/token.h"
#include "net/transport.h"
#include "support/pretended.h"
#include "support/scripted.h"
#include "support/suite.h"

/* Gives the tokens T1, T2, ...; or fails. */
struct issuer {
	int ret;
	unsigned issued;
};

static int issue(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err)
{
	struct issuer *issuer = payload;

	(void)call;
	if (issuer->ret < 0)
		return error_set(err, -issuer->ret, "no token for 'app:client'");
	issuer->issued++;
	*ret_lifetime_ms = 3600000;
	return buf_addf(ret_text, "T%u", issuer->issued);
}

#define REQUEST(method, token) method " https://cms/x\nAuthorization: Bearer " token "\n\nbody"

static const struct {
	const char *what;
	enum http_method method;
	struct scripted_answer answers[3];
	size_t n_answers;
	int fetch_ret;
	int ret;
	int status;
	unsigned issued;
	const char *requests[3];
} rows[] = {
	{ "the token goes along", HTTP_GET, { { .status = 200 } }, 1, 0, 0, 200, 1,
		{ REQUEST("GET", "T1") } },
	{ "one repeat with a new one after 401", HTTP_GET, { { .status = 401 }, { .status = 200 } },
		2, 0, 0, 200, 2, { REQUEST("GET", "T1"), REQUEST("GET", "T2") } },
	{ "a write is repeated too", HTTP_POST, { { .status = 401 }, { .status = 201 } }, 2, 0, 0,
		201, 2, { REQUEST("POST", "T1"), REQUEST("POST", "T2") } },
	{ "a second 401 is the answer", HTTP_GET, { { .status = 401 } }, 1, 0, 0, 401, 2,
		{ REQUEST("GET", "T1"), REQUEST("GET", "T2") } },
	{ "403 is the answer", HTTP_GET, { { .status = 403 } }, 1, 0, 0, 403, 1,
		{ REQUEST("GET", "T1") } },
	{ "503 is the answer", HTTP_GET, { { .status = 503 } }, 1, 0, 0, 503, 1,
		{ REQUEST("GET", "T1") } },
	{ "a failure is passed on", HTTP_GET, { { .ret = -EIO } }, 1, 0, -EIO, 0, 1,
		{ REQUEST("GET", "T1") } },
	{ "and after a 401 too", HTTP_GET, { { .status = 401 }, { .ret = -EIO } }, 2, 0, -EIO, 0, 2,
		{ REQUEST("GET", "T1"), REQUEST("GET", "T2") } },
	{ "without a token nothing is sent", HTTP_GET, { { .status = 200 } }, 1, -EACCES, -EACCES,
		0, 0, { NULL } },
};

START_TEST(auth_adds_the_token)
{
	struct issuer issuer = { .ret = rows[_i].fetch_ret };
	struct pretended_clock time;
	struct token_manager *mgr;
	struct transport *inner = scripted_new(rows[_i].answers, rows[_i].n_answers);
	struct transport *auth;
	struct call call;
	struct http_request req = { .method = rows[_i].method,
		.url = "https://cms/x",
		.body = "body",
		.body_len = 4,
		.max_body = 10 };
	struct http_response res;
	struct error err = { 0 };
	int ret;

	pretended_clock_init(&time);
	mgr = token_manager_new(issue, &issuer, &time.clock);
	auth = auth_new(inner, mgr);
	call = call_begin(&time.clock, 10000);
	http_response_init(&res);
	ret = transport_perform(auth, &call, &req, &res, &err);
	ck_assert_msg(ret == rows[_i].ret, "%s: %d", rows[_i].what, ret);
	ck_assert_msg(res.status == rows[_i].status, "%s: %d", rows[_i].what, res.status);
	ck_assert_msg(
		issuer.issued == rows[_i].issued, "%s: %u tokens", rows[_i].what, issuer.issued);
	for (size_t i = 0; i < 3; i++) {
		const char *sent = scripted_request(inner, i);

		ck_assert_msg(!sent == !rows[_i].requests[i], "%s", rows[_i].what);
		if (sent)
			ck_assert_str_eq(sent, rows[_i].requests[i]);
	}
	http_response_release(&res);
	transport_free(auth);
	transport_free(inner);
	token_manager_free(mgr);
}
END_TEST

static int perform_once(struct transport *auth, const struct clock *clock, int *ret_status)
{
	struct call call = call_begin(clock, 10000);
	struct http_request req = { .url = "https://cms/x", .max_body = 10 };
	struct http_response res;
	int ret;

	http_response_init(&res);
	ret = transport_perform(auth, &call, &req, &res, NULL);
	*ret_status = res.status;
	http_response_release(&res);
	return ret;
}

START_TEST(auth_that_is_always_refused_makes_no_storm)
{
	static const struct scripted_answer answers[] = { { .status = 401 } };
	struct issuer issuer = { 0 };
	struct pretended_clock time;
	struct token_manager *mgr;
	struct transport *inner = scripted_new(answers, 1);
	struct transport *auth;
	int status;

	pretended_clock_init(&time);
	mgr = token_manager_new(issue, &issuer, &time.clock);
	auth = auth_new(inner, mgr);
	ck_assert_int_eq(perform_once(auth, &time.clock, &status), 0);
	ck_assert_int_eq(status, 401);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(perform_once(auth, &time.clock, &status), -EACCES);
	ck_assert_uint_eq(issuer.issued, 2);
	ck_assert_uint_eq(scripted_count(inner), 2);
	transport_free(auth);
	transport_free(inner);
	token_manager_free(mgr);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("auth");

	tcase_add_loop_test(tc, auth_adds_the_token, 0, N_ROWS(rows));
	tcase_add_test(tc, auth_that_is_always_refused_makes_no_storm);
	return suite_run(tc, "auth");
}
