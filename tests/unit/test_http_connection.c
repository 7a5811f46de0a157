#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "support/exchange.h"
#include "support/suite.h"

START_TEST(http_keeps_connections)
{
	struct exchange x;

	exchange_begin(&exchange_conf, clock_system());
	for (int i = 0; i < 5; i++) {
		exchange_get(&x, "/ok");
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

	exchange_begin(&exchange_conf, clock_system());
	exchange_prepare(&x, "/hang");
	x.req.is_repeatable = interrupts[_i].is_repeatable;
	x.call.started_ms -= CALL_PATIENCE_MS;
	x.call.deadline_ms = clock_now_ms(clock_system()) + interrupts[_i].deadline_ms;
	x.call.is_interrupted = has_arrived;
	exchange_perform(&x);
	ck_assert_msg(x.ret == interrupts[_i].ret, "%s: %s", interrupts[_i].what, x.err.text);
	ck_assert_ptr_nonnull(strstr(x.err.text, interrupts[_i].said));
	ck_assert(x.res.is_doubtful == !interrupts[_i].is_repeatable);
	/* The transfer that nobody waits for is dropped. */
	server_wait_closed(server, 1);
}
END_TEST

START_TEST(http_request_that_waits_can_be_taken_back)
{
	struct http_conf narrow = exchange_conf;
	struct exchange first, second;
	pthread_t thread;

	narrow.max_connections = 1;
	exchange_begin(&narrow, clock_system());
	exchange_prepare(&first, "/hang");
	first.call.deadline_ms = first.call.started_ms + 1000;
	ck_assert_int_eq(pthread_create(&thread, NULL, exchange_perform, &first), 0);
	while (server_count(server) == 0)
		sched_yield();
	exchange_prepare(&second, "/ok");
	second.req.is_repeatable = false;
	second.call.deadline_ms = second.call.started_ms + 100;
	exchange_perform(&second);
	ck_assert_int_eq(second.ret, -ETIMEDOUT);
	ck_assert_ptr_null(strstr(second.err.text, "may have"));
	ck_assert(!second.res.is_doubtful);
	pthread_join(thread, NULL);
	ck_assert_int_eq(first.ret, -ETIMEDOUT);
	exchange_get(&second, "/ok");
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

	exchange_begin(&exchange_conf, clock_system());
	exchange_get(&x, "/ok");
	ck_assert_int_eq(x.ret, 0);
	http_response_release(&x.res);
	exchange_prepare(&x, "/nothing");
	x.req.method = HTTP_POST;
	x.req.is_repeatable = repeats[_i].is_repeatable;
	exchange_perform(&x);
	ck_assert_int_eq(x.ret, -EIO);
	ck_assert(x.res.is_doubtful == !repeats[_i].is_repeatable);
	ck_assert_msg(server_count(server) == repeats[_i].requests, "%s: %zu", repeats[_i].what,
		server_count(server));
}
END_TEST

START_TEST(http_many_at_once)
{
	struct exchange x[16];
	pthread_t threads[16];

	exchange_begin(&exchange_conf, clock_system());
	for (int i = 0; i < 16; i++) {
		exchange_prepare(&x[i], "/drip");
		ck_assert_int_eq(pthread_create(&threads[i], NULL, exchange_perform, &x[i]), 0);
	}
	for (int i = 0; i < 16; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_msg(x[i].ret == 0, "%s", x[i].err.text);
		ck_assert_uint_eq(x[i].res.body.len, 30);
		http_response_release(&x[i].res);
	}
	ck_assert_uint_le(server_connections(server), exchange_conf.max_connections);
}
END_TEST

START_TEST(http_counts_requests_and_credits)
{
	static const char *const kinds[] = { "token", "content", "content" };
	struct http_stats stats;
	struct exchange x;

	exchange_begin(&exchange_conf, clock_system());
	for (int i = 0; i < 3; i++) {
		exchange_prepare(&x, "/ok");
		x.req.kind = kinds[i];
		exchange_perform(&x);
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
	TCase *tc = tcase_create("http_connection");

	tcase_add_checked_fixture(tc, exchange_set_up, exchange_tear_down);
	tcase_add_test(tc, http_keeps_connections);
	tcase_add_loop_test(tc, http_interrupt_ends_the_wait, 0, N_ROWS(interrupts));
	tcase_add_test(tc, http_request_that_waits_can_be_taken_back);
	tcase_add_loop_test(tc, http_sends_once_what_must_not_be_repeated, 0, N_ROWS(repeats));
	tcase_add_test(tc, http_many_at_once);
	tcase_add_test(tc, http_counts_requests_and_credits);
	return suite_run(tc, "http_connection");
}
