#include "net/token.h"

#include <errno.h>
#include <string.h>

#include "base/call.h"
#include "base/error.h"
#include "support/issuer.h"
#include "support/suite.h"

static void assert_acquires(const char *text)
{
	struct error err = { 0 };
	struct token *token;

	ck_assert_msg(issuer_acquire(&token, &err) == 0, "%s", err.text);
	ck_assert_str_eq(token_text(token), text);
	token_unref(token);
}

static void assert_fails(int ret, const char *text)
{
	struct error err = { 0 };
	struct token *token = NULL;

	ck_assert_int_eq(issuer_acquire(&token, &err), ret);
	ck_assert_ptr_null(token);
	ck_assert_int_eq(err.errnum, -ret);
	ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
}

static void use(void (*verdict)(struct token_manager *mgr, struct token *token))
{
	struct token *token;

	ck_assert_int_eq(issuer_acquire(&token, NULL), 0);
	verdict(issuer.mgr, token);
	token_unref(token);
}

static const struct {
	const char *what;
	uint64_t lifetime_ms;
	uint64_t takes_ms;
	uint64_t after_ms;
	unsigned issued;
} lives[] = {
	{ "a token is used again", HOUR_MS, 0, 1000, 1 },
	{ "until a minute before its end", HOUR_MS, 0, HOUR_MS - 60001, 1 },
	{ "when its successor is fetched", HOUR_MS, 0, HOUR_MS - 60000, 2 },
	{ "an expired one is not used", HOUR_MS, 0, HOUR_MS, 2 },
	{ "a short life has a short end", 2000, 0, 1799, 1 },
	{ "which is a tenth of it", 2000, 0, 1800, 2 },
	{ "life begins when the request is sent", 2000, 500, 1299, 1 },
	{ "and not with the answer", 2000, 500, 1300, 2 },
	{ "a life beyond belief does not overflow", UINT64_MAX, 0, HOUR_MS, 1 },
};

START_TEST(token_lives_by_the_clock)
{
	struct token *token;

	issuer.lifetime_ms = lives[_i].lifetime_ms;
	issuer.takes_ms = lives[_i].takes_ms;
	assert_acquires("T1");
	pretended_clock_advance(&issuer.now, lives[_i].after_ms);
	ck_assert_int_eq(issuer_acquire(&token, NULL), 0);
	token_unref(token);
	ck_assert_msg(atomic_load(&issuer.issued) == lives[_i].issued, "%s", lives[_i].what);
}
END_TEST

START_TEST(token_serves_on_when_its_renewal_fails)
{
	assert_acquires("T1");
	pretended_clock_advance(&issuer.now, HOUR_MS - 60000);
	issuer.ret = -EHOSTUNREACH;
	assert_acquires("T1");
	assert_acquires("T1");
	ck_assert_uint_eq(atomic_load(&issuer.issued), 2);
	pretended_clock_advance(&issuer.now, 1000);
	assert_acquires("T1");
	ck_assert_uint_eq(atomic_load(&issuer.issued), 3);
	pretended_clock_advance(&issuer.now, 59000);
	assert_fails(-EHOSTUNREACH, "no token for 'app:client'");
	issuer.ret = 0;
	pretended_clock_advance(&issuer.now, 1000);
	assert_acquires("T5");
}
END_TEST

START_TEST(token_renewal_leaves_time_for_the_request)
{
	assert_acquires("T1");
	ck_assert_uint_eq(issuer.left_ms, 10000);
	pretended_clock_advance(&issuer.now, HOUR_MS - 60000);
	issuer.ret = -ETIMEDOUT;
	issuer.takes_ms = 5000;
	assert_acquires("T1");
	ck_assert_uint_eq(issuer.left_ms, 5000);
	/* A slow identity server does not take half of everybody's time. */
	assert_acquires("T1");
	ck_assert_uint_eq(atomic_load(&issuer.issued), 2);
}
END_TEST

static int acquire_beside(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err)
{
	if (atomic_load(&issuer.issued) == 1)
		assert_acquires("T1");
	return issuer_issue(payload, call, ret_text, ret_lifetime_ms, err);
}

START_TEST(token_serves_others_while_it_is_renewed)
{
	token_manager_free(issuer.mgr);
	issuer.mgr = token_manager_new(acquire_beside, &issuer, &issuer.now.clock);
	assert_acquires("T1");
	pretended_clock_advance(&issuer.now, HOUR_MS - 60000);
	assert_acquires("T2");
	ck_assert_uint_eq(atomic_load(&issuer.issued), 2);
}
END_TEST

START_TEST(token_fetch_that_failed_pauses_for_a_second)
{
	issuer.ret = -EHOSTUNREACH;
	for (int i = 0; i < 10; i++)
		assert_fails(-EHOSTUNREACH, "no token for 'app:client'");
	ck_assert_uint_eq(atomic_load(&issuer.issued), 1);
	pretended_clock_advance(&issuer.now, 1000);
	issuer.ret = 0;
	assert_acquires("T2");
}
END_TEST

static const int own_failures[] = { -EINTR, -ENOMEM };

START_TEST(token_fetch_that_failed_by_itself_does_not_pause)
{
	issuer.ret = own_failures[_i];
	issuer.fails_once = true;
	assert_fails(own_failures[_i], "");
	assert_acquires("T2");
}
END_TEST

START_TEST(token_refusal_is_waited_out_ever_longer)
{
	static const uint64_t pauses_s[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	struct token_status status;

	issuer.ret = -EACCES;
	for (unsigned i = 0; i < 11; i++) {
		assert_fails(-EACCES, "no token for 'app:client'");
		token_manager_get_status(issuer.mgr, &status);
		ck_assert_uint_eq(status.blocked_for_ms, pauses_s[i] * 1000);
		ck_assert_str_eq(status.refusal, "no token for 'app:client'");
		pretended_clock_advance(&issuer.now, pauses_s[i] * 1000 - 1);
		assert_fails(-EACCES, "not tried again for 1 s");
		ck_assert_uint_eq(atomic_load(&issuer.issued), i + 1);
		pretended_clock_advance(&issuer.now, 1);
	}
	issuer.ret = 0;
	use(token_approve);
	token_manager_get_status(issuer.mgr, &status);
	ck_assert_uint_eq(status.blocked_for_ms, 0);
	ck_assert_str_eq(status.refusal, "");
	pretended_clock_advance(&issuer.now, HOUR_MS);
	issuer.ret = -EACCES;
	assert_fails(-EACCES, "no token for 'app:client'");
	assert_fails(-EACCES, "not tried again for 1 s");
}
END_TEST

START_TEST(token_rejected_is_replaced_once)
{
	struct token *a, *b;

	ck_assert_int_eq(issuer_acquire(&a, NULL), 0);
	ck_assert_int_eq(issuer_acquire(&b, NULL), 0);
	token_reject(issuer.mgr, a);
	assert_acquires("T2");
	token_reject(issuer.mgr, b);
	assert_acquires("T2");
	ck_assert_uint_eq(atomic_load(&issuer.issued), 2);
	ck_assert_str_eq(token_text(a), "T1");
	token_unref(a);
	token_unref(b);
}
END_TEST

START_TEST(token_rejected_in_place_of_a_rejected_one_is_a_refusal)
{
	use(token_approve);
	use(token_reject);
	use(token_reject);
	assert_fails(-EACCES, "refuses the access tokens that it issues");
	pretended_clock_advance(&issuer.now, 1000);
	use(token_reject);
	pretended_clock_advance(&issuer.now, 1999);
	assert_fails(-EACCES, "refuses the access tokens that it issues");
	ck_assert_uint_eq(atomic_load(&issuer.issued), 3);
	pretended_clock_advance(&issuer.now, 1);
	use(token_approve);
	use(token_reject);
	assert_acquires("T5");
}
END_TEST

START_TEST(token_status_tells_age_and_expiry)
{
	struct token_status status;

	token_manager_get_status(issuer.mgr, &status);
	ck_assert(!status.has_token);
	assert_acquires("T1");
	pretended_clock_advance(&issuer.now, 600000);
	token_manager_get_status(issuer.mgr, &status);
	ck_assert(status.has_token);
	ck_assert_uint_eq(status.age_ms, 600000);
	ck_assert_uint_eq(status.expires_in_ms, HOUR_MS - 600000);
	ck_assert_uint_eq(status.fetched, 1);
	pretended_clock_advance(&issuer.now, HOUR_MS);
	token_manager_get_status(issuer.mgr, &status);
	ck_assert_uint_eq(status.expires_in_ms, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("token");

	tcase_add_checked_fixture(tc, issuer_set_up, issuer_tear_down);
	tcase_add_loop_test(tc, token_lives_by_the_clock, 0, N_ROWS(lives));
	tcase_add_test(tc, token_serves_on_when_its_renewal_fails);
	tcase_add_test(tc, token_renewal_leaves_time_for_the_request);
	tcase_add_test(tc, token_serves_others_while_it_is_renewed);
	tcase_add_test(tc, token_fetch_that_failed_pauses_for_a_second);
	tcase_add_loop_test(
		tc, token_fetch_that_failed_by_itself_does_not_pause, 0, N_ROWS(own_failures));
	tcase_add_test(tc, token_refusal_is_waited_out_ever_longer);
	tcase_add_test(tc, token_rejected_is_replaced_once);
	tcase_add_test(tc, token_rejected_in_place_of_a_rejected_one_is_a_refusal);
	tcase_add_test(tc, token_status_tells_age_and_expiry);
	return suite_run(tc, "token");
}
