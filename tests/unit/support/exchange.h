/*
 * An exchange over the bottom transport with a server of this process, which answers some
 * paths well ("/ok", "/redirect", ...) and some badly ("/hang", "/cut", "/garbage", ...): see
 * the table in exchange.c.
 *
 *	tcase_add_checked_fixture(tc, exchange_set_up, exchange_tear_down);
 *
 *	struct exchange x;
 *	exchange_begin(&exchange_conf, clock_system());
 *	exchange_get(&x, "/ok");
 *	... x.ret, x.res, x.err ...
 *	http_response_release(&x.res);
 *
 * exchange_perform may run on any thread.
 */
#ifndef TESTS_UNIT_EXCHANGE_H
#define TESTS_UNIT_EXCHANGE_H

#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"
#include "support/pretended.h"
#include "support/server.h"

/* Of the test that runs. One that ends the server itself sets it to NULL. */
extern struct server *server;
extern struct http *http;
extern struct pretended_clock pretended;

/* Generous times, four connections. */
extern const struct http_conf exchange_conf;

/* One request and what came of it. */
struct exchange {
	char url[128];
	struct http_request req;
	struct call call;
	struct http_response res;
	struct error err;
	int ret;
};

void exchange_set_up(void);
void exchange_tear_down(void);

/* Starts the transport under test. */
void exchange_begin(const struct http_conf *with, const struct clock *clock);

/* A repeatable GET with 20 s and room for a body of 64 bytes; the test may change it. */
void exchange_prepare(struct exchange *x, const char *path);

/* Performs what was prepared; payload is the exchange, the return value NULL. */
void *exchange_perform(void *payload);

/* Both. */
void exchange_get(struct exchange *x, const char *path);

#endif
