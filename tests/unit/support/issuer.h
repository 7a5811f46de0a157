/*
 * An identity server that gives the tokens T1, T2, ..., or fails, and a token manager that
 * asks it by a clock that the test moves.
 *
 *	tcase_add_checked_fixture(tc, issuer_set_up, issuer_tear_down);
 *
 *	issuer.ret = -EACCES;
 *	... issuer_acquire(&token, &err), issuer.issued ...
 */
#ifndef TESTS_UNIT_ISSUER_H
#define TESTS_UNIT_ISSUER_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

#include "net/token.h"
#include "support/pretended.h"

struct buf;
struct call;
struct error;

#define HOUR_MS 3600000

struct issuer {
	struct pretended_clock now;
	struct token_manager *mgr;
	int ret;
	uint64_t lifetime_ms;
	uint64_t takes_ms;  /* how far a fetch moves the clock */
	sem_t *wait_for;    /* the first fetch waits for it; NULL: not */
	bool fails_once;    /* ret holds for the first fetch only */
	atomic_uint issued; /* fetches so far, failed ones too */
	uint64_t left_ms;   /* of the last fetch's call */
};

/* Of the test that runs: tokens of an hour, had in no time. */
extern struct issuer issuer;

void issuer_set_up(void);
void issuer_tear_down(void);

/* What the manager calls; payload is the issuer. */
int issuer_issue(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *err);

/* token_acquire from the manager, with ten seconds. */
int issuer_acquire(struct token **ret_token, struct error *err);

#endif
