#include "net/websocket.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"
#include "support/suite.h"
#include "support/ws_peer.h"

#define SECRET "kohlrabi-token"
#define LONG_MS 20000

static struct ws_peer *peer;
static struct http *http;
static struct websocket *ws;
static struct error err;
static struct buf text;
static int status;
static atomic_int n_heard;
static char heard[8192];

static void begin(ws_script_fn script, void *payload, uint64_t ping_ms, uint64_t pong_ms)
{
	const struct http_conf http_conf = {
		.connect_timeout_ms = 5000, .silence_timeout_ms = 5000, .max_connections = 1
	};
	const struct websocket_conf conf = {
		.ping_ms = ping_ms, .pong_ms = pong_ms, .max_message = 32768
	};

	memset(&err, 0, sizeof(err));
	atomic_store(&n_heard, 0);
	status = -1;
	buf_init(&text, 65536);
	peer = ws_peer_new(script, payload);
	ck_assert_int_eq(http_new(&http_conf, clock_system(), &http, &err), 0);
	ck_assert_int_eq(websocket_new(&conf, http, clock_system(), &ws, &err), 0);
}

static void end(void)
{
	websocket_free(ws);
	http_free(http);
	ws_peer_free(peer);
	buf_release(&text);
}

static int connect_within(uint64_t ms)
{
	struct call call = call_begin(clock_system(), ms);
	char url[128];
	const struct websocket_request req = {
		.url = url,
		.query = "access_token=" SECRET,
		.protocol = "graphql-transport-ws",
		.kind = "watch",
	};

	snprintf(url, sizeof(url), "%s/api/content/shop/graphql", ws_peer_url(peer));
	return websocket_connect(ws, &call, &req, &status, &err);
}

static void stand(void)
{
	ck_assert_msg(connect_within(LONG_MS) == 0, "%s", err.text);
	ck_assert_int_eq(status, 101);
}

static int receive(uint64_t ms)
{
	return websocket_receive(ws, clock_now_ms(clock_system()) + ms, &text, &err);
}

static void say(const char *what)
{
	struct call call = call_begin(clock_system(), LONG_MS);

	ck_assert_int_eq(websocket_send(ws, &call, what, strlen(what), &err), 0);
}

static void answer_back(struct ws_conn *conn, void *payload)
{
	(void)payload;
	snprintf(heard, sizeof(heard), "%s", ws_request(conn));
	ws_accept(conn);
	while (ws_hear(conn) == WS_TEXT)
		ws_say(conn, ws_text(conn));
}

START_TEST(websocket_carries_texts)
{
	struct http_stats stats;
	char large[30001];

	begin(answer_back, NULL, LONG_MS, LONG_MS);
	stand();
	say("hello");
	ck_assert_int_eq(receive(LONG_MS), 1);
	ck_assert_str_eq(buf_str(&text), "hello");
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	say(large);
	ck_assert_int_eq(receive(LONG_MS), 1);
	ck_assert_str_eq(buf_str(&text), large);
	ck_assert_int_eq(receive(0), 0);

	ck_assert_ptr_nonnull(strstr(
		heard, "GET /api/content/shop/graphql?access_token=" SECRET " HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(heard, "\r\nSec-WebSocket-Version: 13\r\n"));
	ck_assert_ptr_nonnull(strstr(heard, "\r\nHost: 127.0.0.1:"));
	http_get_stats(http, &stats);
	ck_assert_uint_eq(stats.requests, 1);
	ck_assert_str_eq(stats.kinds[0].name, "watch");
	ck_assert(stats.credits > 1.9 && stats.credits < 2.1);
	end();
}
END_TEST

/* All at once with the answer, the last one in pieces. */
static void speak_early(struct ws_conn *conn, void *payload)
{
	(void)payload;
	ws_accept(conn);
	ws_say(conn, "one");
	ws_say(conn, "two");
	ws_send_raw(conn, "\x01\x02th", 4);
	ws_send_frame(conn, WS_PING, "?", 1);
	ws_send_raw(conn, "\x80\x03ree", 5);
	while (ws_hear(conn) != WS_END)
		atomic_fetch_add(&n_heard, ws_text(conn)[0] == '?');
}

START_TEST(websocket_puts_messages_together)
{
	begin(speak_early, NULL, LONG_MS, LONG_MS);
	stand();
	ck_assert_int_eq(receive(LONG_MS), 1);
	ck_assert_str_eq(buf_str(&text), "one");
	ck_assert_int_eq(receive(LONG_MS), 1);
	ck_assert_str_eq(buf_str(&text), "two");
	ck_assert_int_eq(receive(LONG_MS), 1);
	ck_assert_str_eq(buf_str(&text), "three");
	/* The ping in between was answered. */
	while (atomic_load(&n_heard) == 0)
		ck_assert_int_eq(receive(1), 0);
	end();
}
END_TEST

#define SWITCH "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADES SWITCH "Upgrade: websocket\r\nConnection: Upgrade\r\n"

static const struct {
	const char *answer;
	int ret;
	int status;
	const char *said;
} answers[] = {
	{ "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 0, 401, "" },
	{ "HTTP/1.1 404 \r\n\r\n", 0, 404, "" },
	{ "HTTP/1.0 200 OK\r\n\r\n", 0, 200, "" },
	{ "SSH-2.0-OpenSSH_9.2\r\n\r\n", -EPROTO, -1, "not of HTTP/1.1" },
	{ "HTTP/1.1 10\r\n\r\n", -EPROTO, -1, "not of HTTP/1.1" },
	{ "HTTP/1.1 1011 x\r\n\r\n", -EPROTO, -1, "not of HTTP/1.1" },
	{ SWITCH "\r\n", -EPROTO, -1, "does not upgrade to a WebSocket" },
	{ SWITCH "Upgrade: h2c\r\n\r\n", -EPROTO, -1, "does not upgrade to a WebSocket" },
	{ SWITCH "Upgrade: websocket\r\nConnection: no-upgrade\r\n\r\n", -EPROTO, -1,
		"does not upgrade the connection" },
	{ UPGRADES "\r\n", -EPROTO, -1, "another key" },
	{ UPGRADES "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", -EPROTO, -1,
		"another key" },
	{ "HTTP/1.1 101 Swi", -EIO, -1, "no answer from 127.0.0.1" },
	{ "", -EIO, -1, "no answer from 127.0.0.1" },
};

static void answer_row(struct ws_conn *conn, void *payload)
{
	const char *answer = payload;

	ws_send_raw(conn, answer, strlen(answer));
}

START_TEST(websocket_tells_answers_apart)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", answers[_i].answer);
	begin(answer_row, copy, LONG_MS, LONG_MS);
	ck_assert_int_eq(connect_within(LONG_MS), answers[_i].ret);
	ck_assert_int_eq(status, answers[_i].status);
	ck_assert_msg(strstr(err.text, answers[_i].said) != NULL, "%s", err.text);
	ck_assert_ptr_null(strstr(err.text, SECRET));
	/* There is no socket. */
	ck_assert_int_eq(receive(LONG_MS), -ECONNRESET);
	end();
}
END_TEST

static void write_on(struct ws_conn *conn, void *payload)
{
	(void)payload;
	ws_send_raw(conn, SWITCH, strlen(SWITCH));
	for (int i = 0; i < 2000; i++)
		ws_send_raw(conn, "X-More: and more\r\n", 18);
	ws_hear(conn);
}

START_TEST(websocket_bounds_the_answer)
{
	begin(write_on, NULL, LONG_MS, LONG_MS);
	ck_assert_int_eq(connect_within(LONG_MS), -EFBIG);
	end();
}
END_TEST

static void say_nothing(struct ws_conn *conn, void *payload)
{
	(void)payload;
	ws_hear(conn);
}

START_TEST(websocket_keeps_the_deadline)
{
	begin(say_nothing, NULL, LONG_MS, LONG_MS);
	ck_assert_int_eq(connect_within(100), -ETIMEDOUT);
	ck_assert_ptr_null(strstr(err.text, SECRET));
	end();
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	int ret;
	const char *said;
} ends[] = {
	{ "\x88\x0e\x11\x31Unauthorized", 16, -ECONNRESET, "4401 Unauthorized" },
	{ "\x88\x00", 2, -ECONNRESET, "has ended the connection" },
	{ "", 0, -ECONNRESET, "has ended the connection" },
	{ "\xff\xff\xff\xff", 4, -EPROTO, "as it should" },
	{ "\x81\x02\xc3\x28", 4, -EPROTO, "as it should" },  /* no UTF-8 */
	{ "\x81\x7e\xff\xffx", 5, -EPROTO, "as it should" }, /* larger than it may be */
};

static void send_end(struct ws_conn *conn, void *payload)
{
	int row = *(const int *)payload;

	ws_accept(conn);
	ws_send_raw(conn, ends[row].bytes, ends[row].len);
	if (ends[row].len > 0)
		ws_stay(conn);
}

START_TEST(websocket_tells_why_it_ended)
{
	int row = _i;

	begin(send_end, &row, LONG_MS, LONG_MS);
	stand();
	ck_assert_int_eq(receive(LONG_MS), ends[_i].ret);
	ck_assert_msg(strstr(err.text, ends[_i].said) != NULL, "%s", err.text);
	ck_assert_int_lt(receive(LONG_MS), 0);
	end();
}
END_TEST

static void stay(struct ws_conn *conn, void *payload)
{
	(void)payload;
	ws_accept(conn);
	for (;;) {
		enum ws_heard what = ws_hear(conn);

		if (what == WS_END)
			return;
		if (what == WS_PING)
			ws_send_frame(conn, WS_PONG, NULL, 0);
		atomic_fetch_add(&n_heard, 1);
	}
}

START_TEST(websocket_stands_while_pings_are_answered)
{
	begin(stay, NULL, 20, LONG_MS);
	stand();
	while (atomic_load(&n_heard) < 5)
		ck_assert_msg(receive(10) == 0, "%s", err.text);
	end();
}
END_TEST

static void ignore(struct ws_conn *conn, void *payload)
{
	(void)payload;
	ws_accept(conn);
	while (ws_hear(conn) != WS_END)
		continue;
}

START_TEST(websocket_is_dead_without_a_pong)
{
	begin(ignore, NULL, 20, 50);
	stand();
	ck_assert_int_eq(receive(LONG_MS), -ETIMEDOUT);
	ck_assert_msg(strstr(err.text, "no sign of life") != NULL, "%s", err.text);
	/* It can be connected again. */
	stand();
	ck_assert_uint_eq(ws_peer_count(peer), 2);
	end();
}
END_TEST

static void *stop(void *payload)
{
	(void)payload;
	while (ws_peer_count(peer) == 0)
		sched_yield();
	websocket_stop(ws);
	return NULL;
}

START_TEST(websocket_stops)
{
	pthread_t thread;
	int ret;

	begin(_i == 0 ? say_nothing : ignore, NULL, LONG_MS, LONG_MS);
	ck_assert_int_eq(pthread_create(&thread, NULL, stop, NULL), 0);
	ret = connect_within(LONG_MS);
	if (ret == 0)
		ret = receive(LONG_MS);
	ck_assert_int_eq(ret, -ECANCELED);
	ck_assert_int_eq(connect_within(LONG_MS), -ECANCELED);
	pthread_join(thread, NULL);
	end();
}
END_TEST

START_TEST(websocket_says_goodbye)
{
	begin(stay, NULL, LONG_MS, LONG_MS);
	stand();
	websocket_close(ws);
	while (atomic_load(&n_heard) == 0)
		sched_yield();
	websocket_close(ws);
	end();
}
END_TEST

START_TEST(websocket_refuses_plain_http_elsewhere)
{
	struct call call = call_begin(clock_system(), LONG_MS);
	const struct websocket_request req = {
		.url = "http://192.0.2.1/graphql", .protocol = "x", .kind = "watch"
	};

	begin(stay, NULL, LONG_MS, LONG_MS);
	ck_assert_int_eq(websocket_connect(ws, &call, &req, &status, &err), -EPROTO);
	end();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("websocket");

	tcase_add_test(tc, websocket_carries_texts);
	tcase_add_test(tc, websocket_puts_messages_together);
	tcase_add_loop_test(tc, websocket_tells_answers_apart, 0, N_ROWS(answers));
	tcase_add_test(tc, websocket_bounds_the_answer);
	tcase_add_test(tc, websocket_keeps_the_deadline);
	tcase_add_loop_test(tc, websocket_tells_why_it_ended, 0, N_ROWS(ends));
	tcase_add_test(tc, websocket_stands_while_pings_are_answered);
	tcase_add_test(tc, websocket_is_dead_without_a_pong);
	tcase_add_loop_test(tc, websocket_stops, 0, 2);
	tcase_add_test(tc, websocket_says_goodbye);
	tcase_add_test(tc, websocket_refuses_plain_http_elsewhere);
	return suite_run(tc, "websocket");
}
