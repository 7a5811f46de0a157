#include "net/token.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"

/* Servers refuse request headers beyond 32 KiB (Kestrel), most proxies beyond 16 or 8. */
#define TEXT_MAX ((size_t)16 * 1024)

/* A year: what a server says beyond that is not believed. */
#define LIFETIME_MAX_MS (UINT64_C(365) * 24 * 3600 * 1000)

/* The last part of a token's life, in which its successor is fetched. */
#define EARLY_FRACTION 10
#define EARLY_MAX_MS 60000

/* The pause after a fetch that failed for a reason that may pass. */
#define FAILURE_PAUSE_MS 1000

/* The pause after a refusal, doubled with each. */
#define REFUSAL_FIRST_MS 1000
#define REFUSAL_LAST_MS 300000

struct token {
	atomic_uint refs;
	struct buf text;
	uint64_t sent_ms; /* when its request was sent */
	uint64_t renew_ms;
	uint64_t expires_ms;
	bool is_approved; /* guarded by the manager's lock */
};

/*
 * At most one thread fetches (is_fetching); the others, if no valid token is left, wait
 * for landings to move. What may be fetched when:
 *
 *	now < resume_ms		nothing; acquire answers with failure
 *	otherwise		without a valid token, or in the last part of its life
 */
struct token_manager {
	token_fetch_fn fetch;
	void *payload;
	const struct clock *clock;
	pthread_mutex_t lock;
	pthread_cond_t landed;
	/* all below guarded by lock */
	struct token *current; /* NULL: none; valid or expired */
	bool is_fetching;
	unsigned landings;
	uint64_t fetched;
	uint64_t resume_ms;   /* no fetch before */
	struct error failure; /* of the last fetch, while now < resume_ms */
	unsigned refusals;    /* since a token was approved */
	bool is_substitute;   /* the current token replaces a rejected one */
};

struct token_manager *token_manager_new(
	token_fetch_fn fetch, void *payload, const struct clock *clock)
{
	struct token_manager *mgr = calloc(1, sizeof(*mgr));

	if (!mgr)
		return NULL;
	if (call_cond_init(&mgr->landed) < 0) {
		free(mgr);
		return NULL;
	}
	pthread_mutex_init(&mgr->lock, NULL);
	mgr->fetch = fetch;
	mgr->payload = payload;
	mgr->clock = clock;
	return mgr;
}

void token_manager_free(struct token_manager *mgr)
{
	if (!mgr)
		return;
	token_unref(mgr->current);
	pthread_cond_destroy(&mgr->landed);
	pthread_mutex_destroy(&mgr->lock);
	free(mgr);
}

static struct token *token_ref(struct token *token)
{
	atomic_fetch_add(&token->refs, 1);
	return token;
}

void token_unref(struct token *token)
{
	if (!token || atomic_fetch_sub(&token->refs, 1) > 1)
		return;
	buf_wipe(&token->text);
	free(token);
}

const char *token_text(const struct token *token)
{
	return buf_str(&token->text);
}

static struct token *token_new(uint64_t sent_ms)
{
	struct token *token = calloc(1, sizeof(*token));

	if (!token)
		return NULL;
	atomic_init(&token->refs, 1);
	buf_init(&token->text, TEXT_MAX);
	token->sent_ms = sent_ms;
	return token;
}

static void set_lifetime(struct token *token, uint64_t lifetime_ms)
{
	uint64_t early_ms;

	if (lifetime_ms > LIFETIME_MAX_MS)
		lifetime_ms = LIFETIME_MAX_MS;
	early_ms = lifetime_ms / EARLY_FRACTION;
	if (early_ms > EARLY_MAX_MS)
		early_ms = EARLY_MAX_MS;
	token->expires_ms = token->sent_ms + lifetime_ms;
	token->renew_ms = token->expires_ms - early_ms;
}

static int fetch_token(struct token_manager *mgr, const struct call *call, struct token **ret_token,
	struct error *err)
{
	struct token *token = token_new(clock_now_ms(mgr->clock));
	uint64_t lifetime_ms = 0;
	int ret;

	if (!token)
		return error_set(err, ENOMEM, "out of memory");
	ret = mgr->fetch(mgr->payload, call, &token->text, &lifetime_ms, err);
	if (ret < 0) {
		token_unref(token);
		return ret;
	}
	set_lifetime(token, lifetime_ms);
	*ret_token = token;
	return 0;
}

static uint64_t refusal_pause_ms(unsigned refusals)
{
	uint64_t pause_ms = REFUSAL_FIRST_MS;

	for (unsigned i = 1; i < refusals && pause_ms < REFUSAL_LAST_MS; i++)
		pause_ms *= 2;
	return pause_ms < REFUSAL_LAST_MS ? pause_ms : REFUSAL_LAST_MS;
}

static void note_refusal_locked(struct token_manager *mgr, const struct error *refusal)
{
	mgr->failure = *refusal;
	mgr->refusals++;
	mgr->resume_ms = clock_now_ms(mgr->clock) + refusal_pause_ms(mgr->refusals);
}

/* A caller that was interrupted, or out of time, says nothing about the server. */
static bool is_own_failure(const struct call *call, int ret)
{
	return ret == -EINTR || ret == -ENOMEM || (ret == -ETIMEDOUT && call_left_ms(call) == 0);
}

static void note_failure_locked(
	struct token_manager *mgr, const struct call *call, int ret, const struct error *failure)
{
	if (ret == -EACCES) {
		note_refusal_locked(mgr, failure);
	} else if (!is_own_failure(call, ret)) {
		mgr->failure = *failure;
		mgr->resume_ms = clock_now_ms(mgr->clock) + FAILURE_PAUSE_MS;
	}
}

/* Fetches, as the only one, for time_ms at most; the lock is released meanwhile. */
static int lead_locked(
	struct token_manager *mgr, const struct call *call, uint64_t time_ms, struct error *err)
{
	struct call fetch_call = *call;
	struct error failure = { 0 };
	struct token *token = NULL;
	int ret;

	mgr->is_fetching = true;
	pthread_mutex_unlock(&mgr->lock);
	fetch_call.deadline_ms = clock_now_ms(call->clock) + time_ms;
	ret = fetch_token(mgr, &fetch_call, &token, &failure);
	pthread_mutex_lock(&mgr->lock);
	mgr->is_fetching = false;
	mgr->landings++;
	pthread_cond_broadcast(&mgr->landed);
	if (ret < 0) {
		note_failure_locked(mgr, call, ret, &failure);
		if (err)
			*err = failure;
		return ret;
	}
	token_unref(mgr->current);
	mgr->current = token;
	mgr->fetched++;
	return 0;
}

static int follow_locked(struct token_manager *mgr, const struct call *call, struct error *err)
{
	unsigned landings = mgr->landings;
	int ret = 0;

	while (mgr->landings == landings && ret == 0)
		ret = call_wait(call, &mgr->landed, &mgr->lock);
	if (mgr->landings != landings)
		return 0;
	return error_set(err, -ret,
		ret == -EINTR ? "interrupted while waiting for an access token"
			      : "no access token in time");
}

static int refuse_locked(const struct token_manager *mgr, uint64_t now, struct error *err)
{
	unsigned long long wait_s = (mgr->resume_ms - now + 999) / 1000;

	return error_set_http(err, mgr->failure.errnum, mgr->failure.http_status,
		mgr->failure.trace_id, "%s (not tried again for %llu s)", mgr->failure.text,
		wait_s);
}

static bool is_valid_locked(const struct token_manager *mgr, uint64_t now)
{
	return mgr->current && now < mgr->current->expires_ms;
}

static bool is_due_locked(const struct token_manager *mgr, uint64_t now)
{
	return now >= mgr->current->renew_ms && !mgr->is_fetching && now >= mgr->resume_ms;
}

/* Until a valid token stands in current, or a token that this call has just fetched. */
static int provide_locked(struct token_manager *mgr, const struct call *call, struct error *err)
{
	int ret = 0;

	while (ret == 0) {
		uint64_t now = clock_now_ms(mgr->clock);

		if (is_valid_locked(mgr, now)) {
			if (!is_due_locked(mgr, now))
				return 0;
			/* The current one still serves if this fails: leave time to use it. */
			lead_locked(mgr, call, call_left_ms(call) / 2, NULL);
			if (is_valid_locked(mgr, clock_now_ms(mgr->clock)))
				return 0;
		} else if (mgr->is_fetching) {
			ret = follow_locked(mgr, call, err);
		} else if (now < mgr->resume_ms) {
			ret = refuse_locked(mgr, now, err);
		} else {
			return lead_locked(mgr, call, call_left_ms(call), err);
		}
	}
	return ret;
}

int token_acquire(struct token_manager *mgr, const struct call *call, struct token **ret_token,
	struct error *err)
{
	int ret;

	pthread_mutex_lock(&mgr->lock);
	ret = provide_locked(mgr, call, err);
	if (ret == 0)
		*ret_token = token_ref(mgr->current);
	pthread_mutex_unlock(&mgr->lock);
	return ret;
}

void token_approve(struct token_manager *mgr, struct token *token)
{
	pthread_mutex_lock(&mgr->lock);
	token->is_approved = true;
	if (token == mgr->current) {
		mgr->is_substitute = false;
		mgr->refusals = 0;
	}
	pthread_mutex_unlock(&mgr->lock);
}

void token_reject(struct token_manager *mgr, struct token *token)
{
	struct error refusal = { 0 };

	pthread_mutex_lock(&mgr->lock);
	if (token == mgr->current) {
		if (mgr->is_substitute && !token->is_approved) {
			error_set_http(&refusal, EACCES, 401, NULL,
				"the server refuses the access tokens that it issues");
			note_refusal_locked(mgr, &refusal);
		}
		mgr->current = NULL;
		mgr->is_substitute = true;
		token_unref(token);
	}
	pthread_mutex_unlock(&mgr->lock);
}

void token_manager_get_status(struct token_manager *mgr, struct token_status *ret_status)
{
	uint64_t now = clock_now_ms(mgr->clock);
	struct token_status status = { 0 };

	pthread_mutex_lock(&mgr->lock);
	status.fetched = mgr->fetched;
	if (mgr->current) {
		status.has_token = true;
		status.age_ms = now - mgr->current->sent_ms;
		if (now < mgr->current->expires_ms)
			status.expires_in_ms = mgr->current->expires_ms - now;
	}
	if (mgr->failure.errnum == EACCES && now < mgr->resume_ms) {
		status.blocked_for_ms = mgr->resume_ms - now;
		snprintf(status.refusal, sizeof(status.refusal), "%.*s",
			(int)sizeof(status.refusal) - 1, mgr->failure.text);
	}
	pthread_mutex_unlock(&mgr->lock);
	*ret_status = status;
}
