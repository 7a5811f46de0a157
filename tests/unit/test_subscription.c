#include "api/subscription.h"

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
#include "net/token.h"
#include "support/suite.h"
#include "support/ws_peer.h"

#define LONG_MS 20000

static const char *const names[] = { "recipes", "authors" };

static struct ws_peer *peer;
static struct http *http;
static struct token_manager *tokens;
static struct subscription *sub;
static struct subscription_event event;
static struct error err;
static char heard[8][512];
static atomic_int n_heard;
static int n_tokens;

static int fetch_token(void *payload, const struct call *call, struct buf *ret_text,
	uint64_t *ret_lifetime_ms, struct error *why)
{
	(void)payload;
	(void)call;
	(void)why;
	n_tokens++;
	*ret_lifetime_ms = 3600000;
	buf_init(ret_text, 4096);
	return buf_addf(ret_text, "kohlrabi/%d", n_tokens);
}

static void begin(ws_script_fn script, void *payload, uint64_t ready_ms)
{
	const struct http_conf http_conf = {
		.connect_timeout_ms = 5000, .silence_timeout_ms = 5000, .max_connections = 1
	};
	struct subscription_conf conf = {
		.clock = clock_system(),
		.app = "my shop",
		.ping_ms = LONG_MS,
		.pong_ms = LONG_MS,
		.ready_ms = ready_ms,
	};

	memset(&err, 0, sizeof(err));
	atomic_store(&n_heard, 0);
	n_tokens = 0;
	peer = ws_peer_new(script, payload);
	ck_assert_int_eq(http_new(&http_conf, clock_system(), &http, &err), 0);
	tokens = token_manager_new(fetch_token, NULL, clock_system());
	conf.url = ws_peer_url(peer);
	conf.http = http;
	conf.tokens = tokens;
	ck_assert_int_eq(subscription_new(&conf, &sub, &err), 0);
	subscription_event_init(&event);
}

static void end(void)
{
	subscription_event_release(&event);
	subscription_free(sub);
	token_manager_free(tokens);
	http_free(http);
	ws_peer_free(peer);
}

static int open_it(void)
{
	struct call call = call_begin(clock_system(), LONG_MS);

	return subscription_open(sub, &call, names, 2, &err);
}

static int next(uint64_t ms)
{
	return subscription_next(sub, clock_now_ms(clock_system()) + ms, &event, &err);
}

static void expect(enum subscription_kind kind)
{
	ck_assert_msg(next(LONG_MS) == 1, "%s", err.text);
	ck_assert_int_eq(event.kind, kind);
}

/* What the client says, up to a number of messages. */
static void hear(struct ws_conn *conn, int n)
{
	for (int i = 0; i < n; i++) {
		if (ws_hear(conn) != WS_TEXT)
			return;
		snprintf(heard[atomic_load(&n_heard)], sizeof(heard[0]), "%s", ws_text(conn));
		atomic_fetch_add(&n_heard, 1);
	}
}

/* Up to the ping behind the subscriptions. */
static void greet(struct ws_conn *conn)
{
	ws_accept(conn);
	hear(conn, 1);
	ws_say(conn, "{\"type\":\"connection_ack\"}");
	hear(conn, 3);
}

/* What the server of the transcript says, line by line. */
static void play_transcript(struct ws_conn *conn, void *payload)
{
	static const char says[] = "server: ";
	FILE *file = fopen(FIXTURES "/wire/320-websocket-subscription.txt", "r");
	char line[1024];

	(void)payload;
	ws_accept(conn);
	hear(conn, 1);
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, says, strlen(says)) == 0)
			ws_say(conn, line + strlen(says));
	}
	if (file)
		fclose(file);
	hear(conn, 3);
	ws_say(conn, "{\"type\":\"pong\"}");
	ws_stay(conn);
}

static const struct {
	const char *type, *status;
	int64_t version;
} changes[] = { { "CREATED", "Draft", 0 }, { "PUBLISHED", "Published", 1 },
	{ "DELETED", "Published", 2 } };

START_TEST(subscription_plays_the_transcript)
{
	begin(play_transcript, NULL, LONG_MS);
	ck_assert_msg(open_it() == 0, "%s", err.text);
	for (int i = 0; i < N_ROWS(changes); i++) {
		expect(SUBSCRIPTION_CHANGE);
		ck_assert_uint_eq(event.schema, 0);
		ck_assert_str_eq(event.id, "push-1");
		ck_assert_str_eq(event.type, changes[i].type);
		ck_assert_str_eq(event.status, changes[i].status);
		ck_assert_int_eq(event.version, changes[i].version);
		ck_assert_int_eq(event.modified_s, 1795549416);
		ck_assert(event.is_deleted == (i == 2));
	}
	expect(SUBSCRIPTION_READY);
	ck_assert_int_eq(next(0), 0);
	ck_assert_str_eq(heard[0], "{\"type\":\"connection_init\",\"payload\":{}}");
	ck_assert_str_eq(heard[1],
		"{\"id\":\"1\",\"type\":\"subscribe\",\"payload\":{\"query\":\"subscription{"
		"contentChanges(schemaName:\\\"recipes\\\"){type id version lastModified status "
		"newStatus}}\"}}");
	ck_assert_ptr_nonnull(strstr(heard[2], "{\"id\":\"2\""));
	ck_assert_ptr_nonnull(strstr(heard[2], "authors"));
	ck_assert_str_eq(heard[3], "{\"type\":\"ping\"}");
	end();
}
END_TEST

static void say_no(struct ws_conn *conn, void *payload)
{
	const char *status = payload;

	snprintf(
		heard[atomic_fetch_add(&n_heard, 1)], sizeof(heard[0]), "%.400s", ws_request(conn));
	ws_send_raw(conn, "HTTP/1.1 ", 9);
	ws_send_raw(conn, status, strlen(status));
	ws_send_raw(conn, "\r\nContent-Length: 0\r\n\r\n", 23);
}

static const struct {
	const char *status;
	int ret;
	bool is_refusal;
} refusals[] = {
	{ "200 OK", -EOPNOTSUPP, true },
	{ "302 Found", -EOPNOTSUPP, true },
	{ "400 Bad Request", -EINVAL, true },
	{ "403 Forbidden", -EACCES, true },
	{ "404 Not Found", -ENOENT, true },
	{ "429 Too Many Requests", -EBUSY, false },
	{ "503 Service Unavailable", -EIO, false },
};

START_TEST(subscription_tells_refusals_apart)
{
	char status[64];

	snprintf(status, sizeof(status), "%s", refusals[_i].status);
	begin(say_no, status, LONG_MS);
	ck_assert_int_eq(open_it(), refusals[_i].ret);
	ck_assert(subscription_is_refusal(refusals[_i].ret) == refusals[_i].is_refusal);
	ck_assert_ptr_null(strstr(err.text, "kohlrabi"));
	ck_assert_uint_eq(ws_peer_count(peer), 1);
	end();
}
END_TEST

START_TEST(subscription_renews_a_refused_token_once)
{
	char status[] = "401 Unauthorized";

	begin(say_no, status, LONG_MS);
	ck_assert_int_eq(open_it(), -EACCES);
	ck_assert_uint_eq(ws_peer_count(peer), 2);
	ck_assert_int_eq(n_tokens, 2);
	ck_assert_ptr_nonnull(strstr(
		heard[0], "GET /api/content/my%20shop/graphql?access_token=kohlrabi%2F1 HTTP"));
	ck_assert_ptr_nonnull(strstr(heard[1], "access_token=kohlrabi%2F2 HTTP"));
	end();
}
END_TEST

static const char lost_2[] =
	"{\"type\":\"error\",\"id\":\"2\",\"payload\":[{\"message\":\"You do not have "
	"the necessary permission.\"}]}";

static void lose_one_then_all(struct ws_conn *conn, void *payload)
{
	(void)payload;
	greet(conn);
	ws_say(conn, "{\"type\":\"pong\"}");
	ws_say(conn, lost_2);
	ws_say(conn, lost_2);
	ws_say(conn, "{\"type\":\"complete\",\"id\":\"1\"}");
	ws_stay(conn);
}

START_TEST(subscription_loses_schemas)
{
	begin(lose_one_then_all, NULL, LONG_MS);
	ck_assert_int_eq(open_it(), 0);
	expect(SUBSCRIPTION_READY);
	expect(SUBSCRIPTION_LOST);
	ck_assert_uint_eq(event.schema, 1);
	ck_assert_int_eq(next(LONG_MS), -EACCES);
	end();
}
END_TEST

static void refuse_all(struct ws_conn *conn, void *payload)
{
	(void)payload;
	greet(conn);
	ws_say(conn, "{\"type\":\"complete\",\"id\":\"1\"}");
	ws_say(conn, lost_2);
	ws_say(conn, "{\"type\":\"pong\"}");
	ws_stay(conn);
}

START_TEST(subscription_says_why_all_are_lost)
{
	begin(refuse_all, NULL, LONG_MS);
	ck_assert_int_eq(open_it(), 0);
	expect(SUBSCRIPTION_LOST);
	ck_assert_int_eq(next(LONG_MS), -EACCES);
	ck_assert_msg(strstr(err.text, "necessary permission") != NULL, "%s", err.text);
	end();
}
END_TEST

static void ping_and_fall_silent(struct ws_conn *conn, void *payload)
{
	(void)payload;
	greet(conn);
	ws_say(conn, "{\"type\":\"ping\"}");
	ws_say(conn, "{\"type\":\"something new\"}");
	ws_say(conn, "{\"type\":\"next\",\"id\":\"7\",\"payload\":{}}");
	ws_say(conn, "{\"type\":\"next\",\"id\":\"2\",\"payload\":{\"data\":null}}");
	hear(conn, 1);
	ws_stay(conn);
}

START_TEST(subscription_is_ready_without_a_pong)
{
	begin(ping_and_fall_silent, NULL, 50);
	ck_assert_int_eq(open_it(), 0);
	/* What the server cannot tell of may be any item. */
	expect(SUBSCRIPTION_CHANGE);
	ck_assert_uint_eq(event.schema, 1);
	ck_assert_str_eq(event.id, "");
	ck_assert_int_eq(event.version, -1);
	expect(SUBSCRIPTION_READY);
	ck_assert_int_eq(next(0), 0);
	while (atomic_load(&n_heard) < 5)
		sched_yield();
	ck_assert_str_eq(heard[4], "{\"type\":\"pong\"}");
	end();
}
END_TEST

static void say_garbage(struct ws_conn *conn, void *payload)
{
	(void)payload;
	greet(conn);
	ws_say(conn, "<html>");
	ws_stay(conn);
}

START_TEST(subscription_takes_no_garbage)
{
	begin(say_garbage, NULL, LONG_MS);
	ck_assert_int_eq(open_it(), 0);
	ck_assert_int_eq(next(LONG_MS), -EPROTO);
	end();
}
END_TEST

static void leave(struct ws_conn *conn, void *payload)
{
	(void)payload;
	ws_accept(conn);
	hear(conn, 1);
}

START_TEST(subscription_fails_without_an_ack)
{
	begin(leave, NULL, LONG_MS);
	ck_assert_int_eq(open_it(), -ECONNRESET);
	ck_assert(!subscription_is_refusal(-ECONNRESET));
	ck_assert_int_eq(next(LONG_MS), -ECONNRESET);
	end();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("subscription");

	tcase_add_test(tc, subscription_plays_the_transcript);
	tcase_add_loop_test(tc, subscription_tells_refusals_apart, 0, N_ROWS(refusals));
	tcase_add_test(tc, subscription_renews_a_refused_token_once);
	tcase_add_test(tc, subscription_loses_schemas);
	tcase_add_test(tc, subscription_says_why_all_are_lost);
	tcase_add_test(tc, subscription_is_ready_without_a_pong);
	tcase_add_test(tc, subscription_takes_no_garbage);
	tcase_add_test(tc, subscription_fails_without_an_ack);
	return suite_run(tc, "subscription");
}
