#include "net/http.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "support/pretended.h"
#include "support/server.h"
#include "support/suite.h"

#define OK(headers) "HTTP/1.1 200 OK\r\n" headers "Content-Length: 2\r\n\r\nhi"
#define AFTER(when) "HTTP/1.1 503 No\r\nRetry-After: " when "\r\nContent-Length: 0\r\n\r\n"
#define MUCH "0123456789012345678901234567890123456789012345678901234567890123456789"

/* Longer than the answers' fields. */
#define ETAG_128 "\"" MUCH MUCH "\""

static const struct server_answer answers[] = {
	{ "/ok",
		OK("ETag: W/\"4\"\r\nContent-Type: application/json\r\nX-Costs: 0.5\r\n"
		   "Location: /api/x\r\n"),
		SERVER_KEEPS },
	{ "/bare", OK(""), SERVER_KEEPS },
	{ "/long", OK("ETag: " ETAG_128 "\r\n"), SERVER_KEEPS },
	{ "/costs-nonsense", OK("X-Costs: -1\r\n"), SERVER_KEEPS },
	{ "/none", "HTTP/1.1 204 No Content\r\n\r\n", SERVER_KEEPS },
	{ "/redirect",
		"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n",
		SERVER_KEEPS },
	{ "/continue", "HTTP/1.1 100 Continue\r\nETag: \"0\"\r\n\r\n" OK(""), SERVER_KEEPS },
	{ "/trailer",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
		"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
		SERVER_KEEPS },
	{ "/hang", "", SERVER_HANGS },
	{ "/hang-in-body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", SERVER_HANGS },
	{ "/drip", "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n012345678901234567890123456789",
		SERVER_DRIPS },
	{ "/cut", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", SERVER_CLOSES },
	{ "/cut-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
		SERVER_CLOSES },
	{ "/cut-header", "HTTP/1.1 200 OK\r\nContent-Le", SERVER_CLOSES },
	{ "/nothing", "", SERVER_CLOSES },
	{ "/garbage", "SSH-2.0-OpenSSH_9.2\r\n", SERVER_CLOSES },
	{ "/large", "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n" MUCH, SERVER_KEEPS },
	{ "/large-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n46\r\n" MUCH "\r\n",
		SERVER_HANGS },
	{ "/after-seconds", AFTER("120"), SERVER_KEEPS },
	{ "/after-date", AFTER("Fri, 02 Jan 2026 00:00:00 GMT"), SERVER_KEEPS },
	{ "/after-past", AFTER("Wed, 31 Dec 2025 00:00:00 GMT"), SERVER_KEEPS },
	{ "/after-century", AFTER("3153600000"), SERVER_KEEPS },
	{ "/after-nonsense", AFTER("soon"), SERVER_KEEPS },
};

static struct server *server;
static struct http *http;
static struct pretended_clock pretended;

static const struct http_conf conf = {
	.connect_timeout_ms = 5000,
	.silence_timeout_ms = 10000,
	.max_connections = 4,
};

static void begin(const struct http_conf *with, const struct clock *clock)
{
	struct error err = { 0 };

	ck_assert_msg(http_new(with, clock, &http, &err) == 0, "%s", err.text);
}

static void set_up(void)
{
	pretended_clock_init(&pretended);
	server = server_new(answers, sizeof(answers) / sizeof(answers[0]));
}

static void tear_down(void)
{
	http_free(http);
	server_free(server);
}

/* One request and what came of it. */
struct exchange {
	char url[128];
	struct http_request req;
	struct call call;
	struct http_response res;
	struct error err;
	int ret;
};

static void prepare(struct exchange *x, const char *path)
{
	memset(x, 0, sizeof(*x));
	snprintf(x->url, sizeof(x->url), "%s%s", server_url(server), path);
	x->req = (struct http_request){
		.url = x->url, .max_body = 64, .kind = "test", .is_repeatable = true
	};
	x->call = call_begin(clock_system(), 20000);
	http_response_init(&x->res);
}

static void *perform(void *payload)
{
	struct exchange *x = payload;

	x->ret = transport_perform(http_transport(http), &x->call, &x->req, &x->res, &x->err);
	return NULL;
}

static void get(struct exchange *x, const char *path)
{
	prepare(x, path);
	perform(x);
}

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

	begin(&conf, &pretended.clock);
	get(&x, goods[_i].path);
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
	uint64_t silence_ms;
	uint64_t deadline_ms;
	int ret;
	const char *said;
} bads[] = {
	{ "/hang", 200, 20000, -ETIMEDOUT, "no sign of life from 127.0.0.1:" },
	{ "/hang-in-body", 200, 20000, -ETIMEDOUT, "for 0.2 s" },
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
	struct http_conf quick = conf;
	struct exchange x;

	quick.silence_timeout_ms = bads[_i].silence_ms;
	begin(&quick, clock_system());
	prepare(&x, bads[_i].path);
	x.call.deadline_ms = x.call.started_ms + bads[_i].deadline_ms;
	perform(&x);
	ck_assert_msg(x.ret == bads[_i].ret, "%s: %d %s", bads[_i].path, x.ret, x.err.text);
	ck_assert_msg(
		strstr(x.err.text, bads[_i].said) != NULL, "%s: %s", bads[_i].path, x.err.text);
	ck_assert_int_eq(x.res.status, 0);
	ck_assert_ptr_null(x.res.body.data);
	get(&x, "/ok");
	ck_assert_msg(x.ret == 0, "the next request works: %s", x.err.text);
	http_response_release(&x.res);
}
END_TEST

START_TEST(http_slow_answer_is_not_silent)
{
	struct http_conf quick = conf;
	struct exchange x;

	quick.silence_timeout_ms = 300;
	begin(&quick, clock_system());
	get(&x, "/drip");
	ck_assert_msg(x.ret == 0, "%s", x.err.text);
	ck_assert_uint_eq(x.res.body.len, 30);
	http_response_release(&x.res);
}
END_TEST

START_TEST(http_names_a_refused_connection)
{
	struct exchange x;
	char said[128];

	begin(&conf, clock_system());
	prepare(&x, "/ok");
	snprintf(said, sizeof(said), "cannot connect to 127.0.0.1:%d: connection refused",
		server_port(server));
	server_free(server);
	perform(&x);
	ck_assert_int_eq(x.ret, -EHOSTUNREACH);
	ck_assert_str_eq(x.err.text, said);
	server = server_new(answers, 1);
}
END_TEST

START_TEST(http_names_a_server_without_tls)
{
	struct exchange x;

	begin(&conf, clock_system());
	prepare(&x, "/ok");
	snprintf(x.url, sizeof(x.url), "https://127.0.0.1:%d/ok", server_port(server));
	perform(&x);
	ck_assert_int_eq(x.ret, -EPROTO);
	ck_assert_ptr_nonnull(strstr(x.err.text, "no secure connection to 127.0.0.1:"));
}
END_TEST

START_TEST(http_sends_nothing_readable_to_others)
{
	struct exchange x;

	begin(&conf, clock_system());
	prepare(&x, "/ok");
	x.req.url = "http://cms.example.com/";
	perform(&x);
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

	begin(&conf, clock_system());
	prepare(&x, "/ok");
	x.req.method = methods[_i].method;
	x.req.body = methods[_i].body;
	x.req.body_len = methods[_i].body ? strlen(methods[_i].body) : 0;
	x.req.content_type = "application/json";
	x.req.bearer = "secret-token";
	http_request_add_header(&x.req, "X-Flatten", "1");
	http_request_add_header(&x.req, "X-Empty", "");
	perform(&x);
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

START_TEST(http_keeps_connections)
{
	struct exchange x;

	begin(&conf, clock_system());
	for (int i = 0; i < 5; i++) {
		get(&x, "/ok");
		ck_assert_int_eq(x.ret, 0);
		http_response_release(&x.res);
	}
	ck_assert_uint_eq(server_connections(server), 1);
}
END_TEST

/* True once the server has the request. */
static bool has_arrived(void *payload)
{
	(void)payload;
	return server_count(server) > 0;
}

static const struct {
	const char *what;
	bool is_repeatable;
	uint64_t deadline_ms;
	int ret;
	const char *said;
} interrupts[] = {
	{ "an interrupt ends a read", true, 20000, -EINTR, "interrupted while waiting" },
	{ "but not a write that may be applied", false, 300, -ETIMEDOUT,
		"may have carried the request out" },
};

START_TEST(http_interrupt_ends_the_wait)
{
	struct exchange x;

	begin(&conf, clock_system());
	prepare(&x, "/hang");
	x.req.is_repeatable = interrupts[_i].is_repeatable;
	x.call.started_ms -= CALL_PATIENCE_MS;
	x.call.deadline_ms = clock_now_ms(clock_system()) + interrupts[_i].deadline_ms;
	x.call.is_interrupted = has_arrived;
	perform(&x);
	ck_assert_msg(x.ret == interrupts[_i].ret, "%s: %s", interrupts[_i].what, x.err.text);
	ck_assert_ptr_nonnull(strstr(x.err.text, interrupts[_i].said));
	/* The transfer that nobody waits for is dropped. */
	server_wait_closed(server, 1);
}
END_TEST

START_TEST(http_request_that_waits_can_be_taken_back)
{
	struct http_conf narrow = conf;
	struct exchange first, second;
	pthread_t thread;

	narrow.max_connections = 1;
	begin(&narrow, clock_system());
	prepare(&first, "/hang");
	first.call.deadline_ms = first.call.started_ms + 1000;
	ck_assert_int_eq(pthread_create(&thread, NULL, perform, &first), 0);
	while (server_count(server) == 0)
		sched_yield();
	prepare(&second, "/ok");
	second.req.is_repeatable = false;
	second.call.deadline_ms = second.call.started_ms + 100;
	perform(&second);
	ck_assert_int_eq(second.ret, -ETIMEDOUT);
	ck_assert_ptr_null(strstr(second.err.text, "may have"));
	pthread_join(thread, NULL);
	ck_assert_int_eq(first.ret, -ETIMEDOUT);
	get(&second, "/ok");
	ck_assert_int_eq(second.ret, 0);
	http_response_release(&second.res);
	ck_assert_uint_eq(server_count(server), 2);
}
END_TEST

/* On a kept-alive connection that breaks, libcurl sends again by itself. */
static const struct {
	const char *what;
	bool is_repeatable;
	size_t requests;
} repeats[] = {
	{ "a read may be sent again", true, 3 },
	{ "a write may not", false, 2 },
};

START_TEST(http_sends_once_what_must_not_be_repeated)
{
	struct exchange x;

	begin(&conf, clock_system());
	get(&x, "/ok");
	ck_assert_int_eq(x.ret, 0);
	http_response_release(&x.res);
	prepare(&x, "/nothing");
	x.req.method = HTTP_POST;
	x.req.is_repeatable = repeats[_i].is_repeatable;
	perform(&x);
	ck_assert_int_eq(x.ret, -EIO);
	ck_assert_msg(server_count(server) == repeats[_i].requests, "%s: %zu", repeats[_i].what,
		server_count(server));
}
END_TEST

START_TEST(http_many_at_once)
{
	struct exchange x[16];
	pthread_t threads[16];

	begin(&conf, clock_system());
	for (int i = 0; i < 16; i++) {
		prepare(&x[i], "/drip");
		ck_assert_int_eq(pthread_create(&threads[i], NULL, perform, &x[i]), 0);
	}
	for (int i = 0; i < 16; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_msg(x[i].ret == 0, "%s", x[i].err.text);
		ck_assert_uint_eq(x[i].res.body.len, 30);
		http_response_release(&x[i].res);
	}
	ck_assert_uint_le(server_connections(server), conf.max_connections);
}
END_TEST

START_TEST(http_counts_requests_and_credits)
{
	static const char *const kinds[] = { "token", "content", "content" };
	struct http_stats stats;
	struct exchange x;

	begin(&conf, clock_system());
	for (int i = 0; i < 3; i++) {
		prepare(&x, "/ok");
		x.req.kind = kinds[i];
		perform(&x);
		http_response_release(&x.res);
	}
	http_get_stats(http, &stats);
	ck_assert_uint_eq(stats.requests, 3);
	ck_assert_uint_eq(stats.n_kinds, 2);
	ck_assert_str_eq(stats.kinds[1].name, "content");
	ck_assert_uint_eq(stats.kinds[1].requests, 2);
	ck_assert(fabs(stats.credits - 1.5) < 1e-9);
	ck_assert_uint_gt(stats.bytes_received, 100);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("http");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, http_brings_an_answer_of_any_status, 0, N_ROWS(goods));
	tcase_add_loop_test(tc, http_failure_has_errno_and_sentence, 0, N_ROWS(bads));
	tcase_add_test(tc, http_slow_answer_is_not_silent);
	tcase_add_test(tc, http_names_a_refused_connection);
	tcase_add_test(tc, http_names_a_server_without_tls);
	tcase_add_test(tc, http_sends_nothing_readable_to_others);
	tcase_add_loop_test(tc, http_sends_what_was_asked_for, 0, N_ROWS(methods));
	tcase_add_test(tc, http_keeps_connections);
	tcase_add_loop_test(tc, http_interrupt_ends_the_wait, 0, N_ROWS(interrupts));
	tcase_add_test(tc, http_request_that_waits_can_be_taken_back);
	tcase_add_loop_test(tc, http_sends_once_what_must_not_be_repeated, 0, N_ROWS(repeats));
	tcase_add_test(tc, http_many_at_once);
	tcase_add_test(tc, http_counts_requests_and_credits);
	return suite_run(tc, "http");
}
