/*
 * The token manager: one access token per client, taken from memory while it is
 * good, fetched once however many threads want it.
 *
 *	ret = token_acquire(mgr, call, &tok, err);	-- fill
 *	... send a request with token_text(tok) ...
 *	if (answer is 401)
 *		token_reject(mgr, tok);			-- then acquire again, once
 *	else
 *		token_approve(mgr, tok);
 *	token_unref(tok);
 *
 * - A token is valid by the clock (one that counts suspend), from the moment its
 *   request was sent: servers are not relied on to refuse an old one (where an app
 *   allows anonymous access, an expired token gets no 401 but silently less data).
 * - In the last part of its life (a tenth, at most 60 s) one caller fetches the
 *   successor, for half of the time that it has; the others go on with the current one
 *   while it is valid. If that fetch fails, the current token serves while it is valid,
 *   and the next try waits a second.
 * - A fetch that failed for a reason that may pass is not tried again for a second:
 *   the threads that waited for it, and those that come then, get its failure.
 * - reject drops the given token only if it is still the current one, so ten 401s
 *   cost one refresh.
 * - A refused secret (the fetch says -EACCES) is not tried again for a growing time
 *   (1 s doubling to 5 min): until then acquire answers -EACCES at once, with the
 *   sentence of the refusal. Just so when the token that was fetched in place of a
 *   rejected one is rejected in its turn without ever having been approved. An approved
 *   token resets that.
 * - The fetch runs without a lock held, with the deadline and interrupt of the call
 *   that leads it; a leader that is interrupted, or out of its own time, leaves the
 *   fetch to the next.
 *
 * Tokens are ref-counted and wiped when freed. Any thread may call anything.
 */
#ifndef SQUIDEXFS_NET_TOKEN_H
#define SQUIDEXFS_NET_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct call;
struct clock;
struct error;
struct token;
struct token_manager;

/*
 * Asks the identity server for a token: fills ret_text (initialised by the manager)
 * and the lifetime. 0 or negative errno: -EACCES when the credentials are refused,
 * anything else is taken as transient.
 */
typedef int (*token_fetch_fn)(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err);

struct token_status {
	bool has_token;
	uint64_t age_ms;         /* since its request was sent */
	uint64_t expires_in_ms;  /* 0: expired */
	uint64_t fetched;        /* tokens fetched so far */
	uint64_t blocked_for_ms; /* a refusal is being waited out; 0: not */
	char refusal[256];       /* its sentence, "" if none */
};

/* Returns NULL if out of memory. */
struct token_manager *token_manager_new(
	token_fetch_fn fetch, void *payload, const struct clock *clock);
void token_manager_free(struct token_manager *mgr);

int token_acquire(struct token_manager *mgr, const struct call *call, struct token **ret_token,
	struct error *err);
void token_approve(struct token_manager *mgr, struct token *token);
void token_reject(struct token_manager *mgr, struct token *token);

const char *token_text(const struct token *token);
void token_unref(struct token *token); /* NULL is legal */

void token_manager_get_status(struct token_manager *mgr, struct token_status *ret_status);

#endif
