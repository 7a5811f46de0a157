#include "net/http.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/exchange.h"
#include "support/suite.h"

static const struct {
	const char *path;
	int status;
	const char *body;
	const char *etag;
	const char *content_type;
	const char *location;
	double cost;
	long retry_after_ms;
} goods[] = {
	{ "/ok", 200, "hi", "W/\"4\"", "application/json", "/api/x", 0.5, -1 },
	{ "/bare", 200, "hi", "", "", "", 0, -1 },
	{ "/long", 200, "hi", "", "", "", 0, -1 },
	{ "/costs-nonsense", 200, "hi", "", "", "", 0, -1 },
	{ "/none", 204, "", "", "", "", 0, -1 },
	{ "/redirect", 302, "", "", "", "http://127.0.0.1:1/x", 0, -1 },
	{ "/continue", 200, "hi", "", "", "", 0, -1 },
	{ "/trailer", 200, "hi", "", "", "", 0, -1 },
	{ "/unknown", 404, "", "", "", "", 0, -1 },
	{ "/after-seconds", 503, "", "", "", "", 0, 120000 },
	{ "/after-date", 503, "", "", "", "", 0, 86400000 },
	{ "/after-past", 503, "", "", "", "", 0, 0 },
	{ "/after-century", 503, "", "", "", "", 0, 2678400000 },
	{ "/after-nonsense", 503, "", "", "", "", 0, -1 },
};

START_TEST(http_brings_an_answer_of_any_status)
{
	struct exchange x;

	exchange_begin(&exchange_conf, &pretended.clock);
	exchange_get(&x, goods[_i].path);
	ck_assert_msg(x.ret == 0, "%s: %s", goods[_i].path, x.err.text);
	ck_assert_int_eq(x.res.status, goods[_i].status);
	ck_assert_str_eq(buf_str(&x.res.body), goods[_i].body);
	ck_assert_str_eq(x.res.etag, goods[_i].etag);
	ck_assert_str_eq(x.res.content_type, goods[_i].content_type);
	ck_assert_str_eq(x.res.location, goods[_i].location);
	ck_assert(fabs(x.res.cost - goods[_i].cost) < 1e-9);
	ck_assert_int_eq(x.res.retry_after_ms, goods[_i].retry_after_ms);
	ck_assert_uint_eq(server_count(server), 1);
	http_response_release(&x.res);
}
END_TEST

static const struct {
	const char *path;
	int64_t date_s;
} dates[] = { { "/ok", 1795549142 }, { "/bare", 0 }, { "/date-nonsense", 0 } };

START_TEST(http_brings_the_date)
{
	struct exchange x;

	exchange_begin(&exchange_conf, &pretended.clock);
	exchange_get(&x, dates[_i].path);
	ck_assert_int_eq(x.res.date_s, dates[_i].date_s);
	http_response_release(&x.res);
}
END_TEST

/* Long enough for a busy machine to answer in, and shorter than all of /drip. */
#define SILENCE_MS 1000

static const struct {
	const char *path;
	uint64_t silence_ms;
	uint64_t deadline_ms;
	int ret;
	const char *said;
} bads[] = {
	{ "/hang", SILENCE_MS, 20000, -ETIMEDOUT, "no sign of life from 127.0.0.1:" },
	{ "/hang-in-body", SILENCE_MS, 20000, -ETIMEDOUT, "for 1.0 s" },
	{ "/hang", 20000, 200, -ETIMEDOUT, "no answer from 127.0.0.1:" },
	{ "/hang-in-body", 20000, 200, -ETIMEDOUT, "within 0.2 s" },
	{ "/hang", 20000, 0, -ETIMEDOUT, "no answer from 127.0.0.1:" },
	{ "/cut", 20000, 20000, -EIO, "half an answer from 127.0.0.1:" },
	{ "/cut-chunk", 20000, 20000, -EIO, "from 127.0.0.1:" },
	{ "/nothing", 20000, 20000, -EIO, "no answer from 127.0.0.1:" },
	{ "/cut-header", 20000, 20000, -EIO, "from 127.0.0.1:" },
	{ "/garbage", 20000, 20000, -EIO, "no proper HTTP answer from 127.0.0.1:" },
	{ "/large", 20000, 20000, -EFBIG, "is larger than 64 bytes" },
	{ "/large-chunk", 20000, 20000, -EFBIG, "is larger than 64 bytes" },
};

START_TEST(http_failure_has_errno_and_sentence)
{
	struct http_conf quick = exchange_conf;
	struct exchange x;

	quick.silence_timeout_ms = bads[_i].silence_ms;
	exchange_begin(&quick, clock_system());
	exchange_prepare(&x, bads[_i].path);
	x.call.deadline_ms = x.call.started_ms + bads[_i].deadline_ms;
	exchange_perform(&x);
	ck_assert_msg(x.ret == bads[_i].ret, "%s: %d %s", bads[_i].path, x.ret, x.err.text);
	ck_assert_msg(
		strstr(x.err.text, bads[_i].said) != NULL, "%s: %s", bads[_i].path, x.err.text);
	ck_assert_int_eq(x.res.status, 0);
	ck_assert_ptr_null(x.res.body.data);
	exchange_get(&x, "/ok");
	ck_assert_msg(x.ret == 0, "the next request works: %s", x.err.text);
	http_response_release(&x.res);
}
END_TEST

START_TEST(http_slow_answer_is_not_silent)
{
	struct http_conf quick = exchange_conf;
	struct exchange x;

	quick.silence_timeout_ms = SILENCE_MS;
	exchange_begin(&quick, clock_system());
	exchange_get(&x, "/drip");
	ck_assert_msg(x.ret == 0, "%s", x.err.text);
	ck_assert_uint_eq(x.res.body.len, 30);
	http_response_release(&x.res);
}
END_TEST

START_TEST(http_names_a_refused_connection)
{
	struct exchange x;
	char said[128];

	exchange_begin(&exchange_conf, clock_system());
	exchange_prepare(&x, "/ok");
	snprintf(said, sizeof(said), "cannot connect to 127.0.0.1:%d: connection refused",
		server_port(server));
	server_free(server);
	server = NULL;
	exchange_perform(&x);
	ck_assert_int_eq(x.ret, -EHOSTUNREACH);
	ck_assert_str_eq(x.err.text, said);
}
END_TEST

START_TEST(http_names_a_server_without_tls)
{
	struct exchange x;

	exchange_begin(&exchange_conf, clock_system());
	exchange_prepare(&x, "/ok");
	snprintf(x.url, sizeof(x.url), "https://127.0.0.1:%d/ok", server_port(server));
	exchange_perform(&x);
	ck_assert_int_eq(x.ret, -EPROTO);
	ck_assert_ptr_nonnull(strstr(x.err.text, "no secure connection to 127.0.0.1:"));
}
END_TEST

START_TEST(http_sends_nothing_readable_to_others)
{
	struct exchange x;

	exchange_begin(&exchange_conf, clock_system());
	exchange_prepare(&x, "/ok");
	x.req.url = "http://cms.example.com/";
	exchange_perform(&x);
	ck_assert_int_eq(x.ret, -EPROTO);
}
END_TEST

static const struct {
	enum http_method method;
	const char *body;
	const char *begins;
	const char *ends;
	bool has_length;
} methods[] = {
	{ HTTP_GET, NULL, "GET /ok HTTP/1.1\r\n", "\r\n\r\n", false },
	{ HTTP_DELETE, NULL, "DELETE /ok HTTP/1.1\r\n", "\r\n\r\n", false },
	{ HTTP_POST, "{\"a\":1}", "POST /ok HTTP/1.1\r\n", "\r\n\r\n{\"a\":1}", true },
	{ HTTP_PUT, "{}", "PUT /ok HTTP/1.1\r\n", "\r\n\r\n{}", true },
	{ HTTP_PATCH, "{}", "PATCH /ok HTTP/1.1\r\n", "\r\n\r\n{}", true },
	{ HTTP_PUT, NULL, "PUT /ok HTTP/1.1\r\n", "Content-Length: 0\r\n\r\n", true },
	{ HTTP_POST, "", "POST /ok HTTP/1.1\r\n", "\r\n\r\n", true },
};

START_TEST(http_sends_what_was_asked_for)
{
	struct exchange x;
	const char *sent;
	size_t ends_len = strlen(methods[_i].ends);

	exchange_begin(&exchange_conf, clock_system());
	exchange_prepare(&x, "/ok");
	x.req.method = methods[_i].method;
	x.req.body = methods[_i].body;
	x.req.body_len = methods[_i].body ? strlen(methods[_i].body) : 0;
	x.req.content_type = "application/json";
	x.req.bearer = "secret-token";
	http_request_add_header(&x.req, "X-Flatten", "1");
	http_request_add_header(&x.req, "X-Empty", "");
	exchange_perform(&x);
	ck_assert_msg(x.ret == 0, "%s", x.err.text);
	http_response_release(&x.res);
	sent = server_request(server, 0);
	ck_assert_msg(
		strncmp(sent, methods[_i].begins, strlen(methods[_i].begins)) == 0, "%s", sent);
	ck_assert_msg(strcmp(sent + strlen(sent) - ends_len, methods[_i].ends) == 0, "%s", sent);
	ck_assert_ptr_nonnull(strstr(sent, "\r\nAuthorization: Bearer secret-token\r\n"));
	ck_assert_ptr_nonnull(strstr(sent, "\r\nX-Flatten: 1\r\n"));
	ck_assert_ptr_nonnull(strstr(sent, "\r\nX-Empty:\r\n"));
	ck_assert_ptr_nonnull(strstr(sent, "\r\nUser-Agent: squidexfs/"));
	ck_assert_ptr_nonnull(strstr(sent, "\r\nAccept-Encoding: "));
	ck_assert_ptr_null(strstr(sent, "\r\nExpect:"));
	ck_assert(!strstr(sent, "\r\nContent-Length:") == !methods[_i].has_length);
	ck_assert(!strstr(sent, "\r\nContent-Type: application/json\r\n") == !methods[_i].body);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("http");

	tcase_add_checked_fixture(tc, exchange_set_up, exchange_tear_down);
	tcase_add_loop_test(tc, http_brings_an_answer_of_any_status, 0, N_ROWS(goods));
	tcase_add_loop_test(tc, http_brings_the_date, 0, N_ROWS(dates));
	tcase_add_loop_test(tc, http_failure_has_errno_and_sentence, 0, N_ROWS(bads));
	tcase_add_test(tc, http_slow_answer_is_not_silent);
	tcase_add_test(tc, http_names_a_refused_connection);
	tcase_add_test(tc, http_names_a_server_without_tls);
	tcase_add_test(tc, http_sends_nothing_readable_to_others);
	tcase_add_loop_test(tc, http_sends_what_was_asked_for, 0, N_ROWS(methods));
	return suite_run(tc, "http");
}
