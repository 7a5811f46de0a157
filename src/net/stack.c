#include "net/stack.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "net/auth.h"
#include "net/breaker.h"
#include "net/retry.h"
#include "net/share.h"
#include "net/transport.h"

struct stack {
	struct token_manager *tokens;
	struct transport *token_retry;
	struct transport *auth;
	struct transport *retry;
	struct transport *breaker;
	struct transport *share;
};

static int build(struct stack *stack, struct transport *http, const struct clock *clock,
	token_fetch_fn fetch, void *payload)
{
	stack->token_retry = retry_new(http, clock);
	if (!stack->token_retry)
		return -ENOMEM;
	stack->tokens = token_manager_new(fetch, payload, clock);
	if (!stack->tokens)
		return -ENOMEM;
	stack->auth = auth_new(http, stack->tokens);
	if (!stack->auth)
		return -ENOMEM;
	stack->retry = retry_new(stack->auth, clock);
	if (!stack->retry)
		return -ENOMEM;
	stack->breaker = breaker_new(stack->retry, stack->auth, clock);
	if (!stack->breaker)
		return -ENOMEM;
	stack->share = share_new(stack->breaker);
	return stack->share ? 0 : -ENOMEM;
}

int stack_new(struct transport *http, const struct clock *clock, token_fetch_fn fetch,
	void *payload, struct stack **ret_stack, struct error *err)
{
	struct stack *stack = calloc(1, sizeof(*stack));

	if (!stack || build(stack, http, clock, fetch, payload) < 0) {
		stack_free(stack);
		return error_set(err, ENOMEM, "out of memory");
	}
	*ret_stack = stack;
	return 0;
}

void stack_free(struct stack *stack)
{
	if (!stack)
		return;
	transport_free(stack->share);
	transport_free(stack->breaker);
	transport_free(stack->retry);
	transport_free(stack->auth);
	token_manager_free(stack->tokens);
	transport_free(stack->token_retry);
	free(stack);
}

struct transport *stack_transport(struct stack *stack)
{
	return stack->share;
}

struct transport *stack_token_transport(struct stack *stack)
{
	return stack->token_retry;
}

struct token_manager *stack_tokens(struct stack *stack)
{
	return stack->tokens;
}

void stack_get_token_status(struct stack *stack, struct token_status *ret_status)
{
	token_manager_get_status(stack->tokens, ret_status);
}

void stack_get_breaker_status(struct stack *stack, struct breaker_status *ret_status)
{
	breaker_get_status(stack->breaker, ret_status);
}
