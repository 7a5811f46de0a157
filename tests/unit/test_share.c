#include "net/share.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/pretended.h"
#include "support/scripted.h"
#include "support/suite.h"

#define N_THREADS 8

static struct pretended_clock now;
static struct transport *inner, *share;
static sem_t follower_waits;

static void set_up_clock(void)
{
	pretended_clock_init(&now);
	sem_init(&follower_waits, 0, 0);
}

static void set_up(const struct scripted_answer *answers, size_t n_answers)
{
	inner = scripted_new(answers, n_answers);
	share = share_new(inner);
	ck_assert_ptr_nonnull(share);
}

static void tear_down(void)
{
	transport_free(share);
	transport_free(inner);
	sem_destroy(&follower_waits);
}

/* One thread's request. */
struct guest {
	pthread_t thread;
	bool has_waited;
	int ret;
	struct http_response res;
	struct error err;
};

/* Asked while it waits for another's answer; says so once. */
static bool tell_that_it_waits(void *payload)
{
	struct guest *guest = payload;

	if (!guest->has_waited)
		sem_post(&follower_waits);
	guest->has_waited = true;
	return false;
}

static void *run_guest(void *payload)
{
	struct guest *guest = payload;
	struct call call = call_begin(&now.clock, 10000);
	struct http_request req = { .url = "https://cms/x", .max_body = 100 };

	call.started_ms -= CALL_PATIENCE_MS;
	call.is_interrupted = tell_that_it_waits;
	call.payload = guest;
	http_response_init(&guest->res);
	guest->ret = transport_perform(share, &call, &req, &guest->res, &guest->err);
	return NULL;
}

/* The first request is answered once all the others wait for it. */
static void wait_for_followers(void *payload, size_t i)
{
	int n = *(int *)payload;

	while (i == 0 && n > 0) {
		sem_wait(&follower_waits);
		n--;
	}
}

static const struct {
	const char *what;
	struct scripted_answer answers[2];
	size_t n_answers;
	size_t requests;
	int n_failed;
	int failure;
} parties[] = {
	{ "one answer serves all", { { .status = 200, .body = "hello", .etag = "\"1\"" } }, 1, 1, 0,
		0 },
	{ "one failure serves all", { { .ret = -EIO } }, 1, 1, N_THREADS, -EIO },
	{ "after an interrupted leader another one leads",
		{ { .ret = -EINTR }, { .status = 200, .body = "hello", .etag = "\"1\"" } }, 2, 2, 1,
		-EINTR },
};

START_TEST(share_sends_once_for_all)
{
	struct guest guests[N_THREADS];
	int n_followers = N_THREADS - 1;
	int n_failed = 0;

	memset(guests, 0, sizeof(guests));
	set_up(parties[_i].answers, parties[_i].n_answers);
	scripted_on_request(inner, wait_for_followers, &n_followers);
	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&guests[i].thread, NULL, run_guest, &guests[i]), 0);
	for (int i = 0; i < N_THREADS; i++) {
		struct guest *guest = &guests[i];

		pthread_join(guest->thread, NULL);
		if (guest->ret == 0) {
			ck_assert_int_eq(guest->res.status, 200);
			ck_assert_str_eq(buf_str(&guest->res.body), "hello");
			ck_assert_str_eq(guest->res.etag, "\"1\"");
		} else {
			ck_assert_int_eq(guest->ret, parties[_i].failure);
			ck_assert_str_ne(guest->err.text, "");
			n_failed++;
		}
		http_response_release(&guest->res);
	}
	ck_assert_msg(n_failed == parties[_i].n_failed, "%s", parties[_i].what);
	/* Those who wait for an interrupted leader lead one after the other, or join again. */
	ck_assert_uint_ge(scripted_count(inner), parties[_i].requests);
	if (parties[_i].requests == 1)
		ck_assert_uint_eq(scripted_count(inner), 1);
	tear_down();
}
END_TEST

/* Sends requests while the first one is in flight; one that is shared would wait for ever. */
struct beside {
	const struct http_request *reqs;
	size_t n_reqs;
};

static void perform_beside(void *payload, size_t i)
{
	const struct beside *beside = payload;

	for (size_t r = 0; i == 0 && r < beside->n_reqs; r++) {
		struct call call = call_begin(&now.clock, 10000);
		struct http_response res;

		http_response_init(&res);
		ck_assert_int_eq(transport_perform(share, &call, &beside->reqs[r], &res, NULL), 0);
		http_response_release(&res);
	}
}

static const struct {
	const char *what;
	struct http_request reqs[2];
	size_t n_reqs;
} others[] = {
	{ "another URL", { { .url = "https://cms/y", .max_body = 100 } }, 1 },
	{ "another limit", { { .url = "https://cms/x", .max_body = 50 } }, 1 },
	{ "another header",
		{ { .url = "https://cms/x",
			.max_body = 100,
			.headers = { { "X-Flatten", "1" } },
			.n_headers = 1 } },
		1 },
	{ "another method", { { .method = HTTP_DELETE, .url = "https://cms/x", .max_body = 100 } },
		1 },
	{ "the same after a write",
		{ { .method = HTTP_PUT, .url = "https://cms/x", .max_body = 100 },
			{ .url = "https://cms/x", .max_body = 100 } },
		2 },
};

START_TEST(share_does_not_share_what_differs)
{
	static const struct scripted_answer answers[] = { { .status = 200 } };
	struct beside beside = { others[_i].reqs, others[_i].n_reqs };
	struct guest guest = { 0 };

	set_up(answers, 1);
	scripted_on_request(inner, perform_beside, &beside);
	run_guest(&guest);
	ck_assert_int_eq(guest.ret, 0);
	http_response_release(&guest.res);
	ck_assert_msg(scripted_count(inner) == 1 + others[_i].n_reqs, "%s", others[_i].what);
	tear_down();
}
END_TEST

START_TEST(share_keeps_nothing)
{
	static const struct scripted_answer answers[] = { { .status = 200 } };

	set_up(answers, 1);
	for (int i = 0; i < 3; i++) {
		struct guest guest = { 0 };

		run_guest(&guest);
		http_response_release(&guest.res);
	}
	ck_assert_uint_eq(scripted_count(inner), 3);
	tear_down();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("share");

	tcase_add_checked_fixture(tc, set_up_clock, NULL);
	tcase_add_loop_test(tc, share_sends_once_for_all, 0, N_ROWS(parties));
	tcase_add_loop_test(tc, share_does_not_share_what_differs, 0, N_ROWS(others));
	tcase_add_test(tc, share_keeps_nothing);
	return suite_run(tc, "share");
}
