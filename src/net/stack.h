/*
 * The transports of one app, put together: share(breaker(retry(auth(http)))), and the
 * plain retry(http) by which its token is asked for.
 *
 *	stack_new(http, clock, fetch, payload, &stack, err);
 *	transport_perform(stack_transport(stack), ...)
 *	stack_free(stack);
 *
 * Owns its layers and the token manager, borrows http. Any thread may perform.
 */
#ifndef SQUIDEXFS_NET_STACK_H
#define SQUIDEXFS_NET_STACK_H

#include "net/token.h"

struct breaker_status;
struct clock;
struct error;
struct stack;
struct transport;

/* http: any transport, so that a test can put a scripted one there. */
int stack_new(struct transport *http, const struct clock *clock, token_fetch_fn fetch,
	void *payload, struct stack **ret_stack, struct error *err);
void stack_free(struct stack *stack);

struct transport *stack_transport(struct stack *stack);
struct transport *stack_token_transport(struct stack *stack);

/* For who sends its token by another way than these. Borrowed. */
struct token_manager *stack_tokens(struct stack *stack);

void stack_get_token_status(struct stack *stack, struct token_status *ret_status);
void stack_get_breaker_status(struct stack *stack, struct breaker_status *ret_status);

#endif
