#include "support/exchange.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define OK(headers) "HTTP/1.1 200 OK\r\n" headers "Content-Length: 2\r\n\r\nhi"
#define AFTER(when) "HTTP/1.1 503 No\r\nRetry-After: " when "\r\nContent-Length: 0\r\n\r\n"
#define MUCH "0123456789012345678901234567890123456789012345678901234567890123456789"

/* Longer than the answers' fields. */
#define ETAG_128 "\"" MUCH MUCH "\""

static const struct server_answer answers[] = {
	{ "/ok",
		OK("ETag: W/\"4\"\r\nContent-Type: application/json\r\nX-Costs: 0.5\r\n"
		   "Location: /api/x\r\nDate: Tue, 24 Nov 2026 19:39:02 GMT\r\n"),
		SERVER_KEEPS },
	{ "/date-nonsense", OK("Date: today\r\n"), SERVER_KEEPS },
	{ "/bare", OK(""), SERVER_KEEPS },
	{ "/long", OK("ETag: " ETAG_128 "\r\n"), SERVER_KEEPS },
	{ "/costs-nonsense", OK("X-Costs: -1\r\n"), SERVER_KEEPS },
	{ "/none", "HTTP/1.1 204 No Content\r\n\r\n", SERVER_KEEPS },
	{ "/redirect",
		"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n",
		SERVER_KEEPS },
	{ "/continue", "HTTP/1.1 100 Continue\r\nETag: \"0\"\r\n\r\n" OK(""), SERVER_KEEPS },
	{ "/trailer",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
		"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
		SERVER_KEEPS },
	{ "/hang", "", SERVER_HANGS },
	{ "/hang-in-body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", SERVER_HANGS },
	{ "/drip", "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n012345678901234567890123456789",
		SERVER_DRIPS },
	{ "/cut", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", SERVER_CLOSES },
	{ "/cut-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
		SERVER_CLOSES },
	{ "/cut-header", "HTTP/1.1 200 OK\r\nContent-Le", SERVER_CLOSES },
	{ "/nothing", "", SERVER_CLOSES },
	{ "/garbage", "SSH-2.0-OpenSSH_9.2\r\n", SERVER_CLOSES },
	{ "/large", "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n" MUCH, SERVER_KEEPS },
	{ "/large-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n46\r\n" MUCH "\r\n",
		SERVER_HANGS },
	{ "/after-seconds", AFTER("120"), SERVER_KEEPS },
	{ "/after-date", AFTER("Fri, 02 Jan 2026 00:00:00 GMT"), SERVER_KEEPS },
	{ "/after-past", AFTER("Wed, 31 Dec 2025 00:00:00 GMT"), SERVER_KEEPS },
	{ "/after-century", AFTER("3153600000"), SERVER_KEEPS },
	{ "/after-nonsense", AFTER("soon"), SERVER_KEEPS },
};

struct server *server;
struct http *http;
struct pretended_clock pretended;

const struct http_conf exchange_conf = {
	.connect_timeout_ms = 5000,
	.silence_timeout_ms = 10000,
	.max_connections = 4,
};

void exchange_begin(const struct http_conf *with, const struct clock *clock)
{
	struct error err = { 0 };

	ck_assert_msg(http_new(with, clock, &http, &err) == 0, "%s", err.text);
}

void exchange_set_up(void)
{
	pretended_clock_init(&pretended);
	server = server_new(answers, sizeof(answers) / sizeof(answers[0]));
}

void exchange_tear_down(void)
{
	http_free(http);
	if (server)
		server_free(server);
}

void exchange_prepare(struct exchange *x, const char *path)
{
	memset(x, 0, sizeof(*x));
	snprintf(x->url, sizeof(x->url), "%s%s", server_url(server), path);
	x->req = (struct http_request){
		.url = x->url, .max_body = 64, .kind = "test", .is_repeatable = true
	};
	x->call = call_begin(clock_system(), 20000);
	http_response_init(&x->res);
}

void *exchange_perform(void *payload)
{
	struct exchange *x = payload;

	x->ret = transport_perform(http_transport(http), &x->call, &x->req, &x->res, &x->err);
	return NULL;
}

void exchange_get(struct exchange *x, const char *path)
{
	exchange_prepare(x, path);
	exchange_perform(x);
}
