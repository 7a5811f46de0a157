#include "support/issuer.h"

#include <check.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"

struct issuer issuer;

int issuer_issue(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err)
{
	struct issuer *from = payload;
	unsigned n = atomic_fetch_add(&from->issued, 1) + 1;

	from->left_ms = call_left_ms(call);
	pretended_clock_advance(&from->now, from->takes_ms);
	if (from->wait_for && n == 1)
		sem_wait(from->wait_for);
	if (from->ret < 0 && (n == 1 || !from->fails_once))
		return error_set(err, -from->ret, "no token for 'app:client'");
	*ret_lifetime_ms = from->lifetime_ms;
	return buf_addf(ret_text, "T%u", n);
}

void issuer_set_up(void)
{
	memset(&issuer, 0, sizeof(issuer));
	issuer.lifetime_ms = HOUR_MS;
	pretended_clock_init(&issuer.now);
	issuer.mgr = token_manager_new(issuer_issue, &issuer, &issuer.now.clock);
	ck_assert_ptr_nonnull(issuer.mgr);
}

void issuer_tear_down(void)
{
	token_manager_free(issuer.mgr);
}

int issuer_acquire(struct token **ret_token, struct error *err)
{
	struct call call = call_begin(&issuer.now.clock, 10000);

	return token_acquire(issuer.mgr, &call, ret_token, err);
}
