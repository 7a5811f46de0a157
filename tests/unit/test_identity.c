#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/identity.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/fixture.h"
#include "support/pretended.h"
#include "support/scripted.h"
#include "support/suite.h"

#define URL "https://cms.example.com"
#define CLIENT "foodcrunch:default"
#define SECRET "s3cr3t=+/%&?# \xc3\xbc"

struct fetched {
	int ret;
	struct buf text;
	uint64_t lifetime_ms;
	struct error err;
};

/* Fetches once from a server that gives this answer; request: what was sent, or NULL. */
static void fetch(
	const struct scripted_answer *answer, struct fetched *fetched, struct buf *request)
{
	struct transport *transport = scripted_new(answer, 1);
	struct identity *identity;
	struct pretended_clock time;
	struct call call;

	pretended_clock_init(&time);
	call = call_begin(&time.clock, 1000);
	*fetched = (struct fetched){ 0 };
	buf_init(&fetched->text, 1 << 16);
	ck_assert_int_eq(identity_new(URL, CLIENT, SECRET, &identity, &fetched->err), 0);
	identity_set_transport(identity, transport);
	fetched->ret = identity_fetch_token(
		identity, &call, &fetched->text, &fetched->lifetime_ms, &fetched->err);
	ck_assert_uint_eq(scripted_count(transport), 1);
	if (request)
		ck_assert_int_eq(buf_add_str(request, scripted_request(transport, 0)), 0);
	identity_free(identity);
	transport_free(transport);
}

START_TEST(identity_sends_an_encoded_form)
{
	struct scripted_answer answer = { .status = 200, .body = "{\"access_token\":\"T\"}" };
	struct fetched fetched;
	struct buf request;

	buf_init(&request, 1 << 16);
	fetch(&answer, &fetched, &request);
	ck_assert_int_eq(fetched.ret, 0);
	ck_assert_str_eq(buf_str(&request),
		"POST https://cms.example.com/identity-server/connect/token\n"
		"Content-Type: application/x-www-form-urlencoded\n\n"
		"grant_type=client_credentials&client_id=foodcrunch%3Adefault"
		"&client_secret=s3cr3t%3D%2B%2F%25%26%3F%23%20%C3%BC&scope=squidex-api");
	buf_release(&request);
	buf_release(&fetched.text);
}
END_TEST

START_TEST(identity_reads_recorded_token)
{
	struct scripted_answer answer = { .status = 200 };
	struct fetched fetched;
	struct buf body;

	fixture_read_body("wire/01-token-good-200.txt", &body);
	answer.body = buf_str(&body);
	fetch(&answer, &fetched, NULL);
	ck_assert_msg(fetched.ret == 0, "%s", fetched.err.text);
	ck_assert_str_eq(buf_str(&fetched.text), "TOKEN");
	ck_assert_uint_eq(fetched.lifetime_ms, (uint64_t)2591999 * 1000);
	buf_release(&body);
	buf_release(&fetched.text);
}
END_TEST

static const struct {
	const char *path;
	int http_status;
	int errnum;
	const char *text;
} recorded[] = {
	{ "wire/02-token-wrong-secret-401.txt", 401, EACCES,
		"token for client 'foodcrunch:default': The specified client credentials are "
		"invalid. "
		"(HTTP 401 invalid_client)" },
	{ "wire/03-token-unknown-client-401.txt", 401, EACCES,
		"token for client 'foodcrunch:default': The specified 'client_id' is invalid. "
		"(HTTP 401 invalid_client)" },
	{ "wire/06-token-bad-scope-400.txt", 400, EINVAL,
		"token for client 'foodcrunch:default': The specified 'scope' is invalid. "
		"(HTTP 400 invalid_scope)" },
};

START_TEST(identity_tells_recorded_refusals)
{
	struct scripted_answer answer = { .status = recorded[_i].http_status };
	struct fetched fetched;
	struct buf body;

	fixture_read_body(recorded[_i].path, &body);
	answer.body = buf_str(&body);
	fetch(&answer, &fetched, NULL);
	ck_assert_int_eq(fetched.ret, -recorded[_i].errnum);
	ck_assert_str_eq(fetched.err.text, recorded[_i].text);
	ck_assert_uint_eq(fetched.text.len, 0);
	buf_release(&body);
}
END_TEST

static const struct {
	const char *what;
	struct scripted_answer answer;
	int errnum;
	const char *sentence;
} bad[] = {
	{ "HTML page with 200", { .status = 200, .body = "<!DOCTYPE html><html>LEAK</html>" }, EIO,
		"token for client 'foodcrunch:default': the identity server's answer is an HTML "
		"page" },
	{ "HTML page with 500", { .status = 500, .body = "<html>LEAK</html>" }, EIO,
		"the server failed (HTTP 500)" },
	{ "garbage", { .status = 200, .body = "LEAK" }, EIO, "answer is not JSON" },
	{ "half a token", { .status = 200, .body = "{\"access_token\":\"LEAK" }, EIO,
		"answer is not JSON" },
	{ "nothing", { .status = 200, .body = "" }, EIO, "answer is not JSON" },
	{ "no token", { .status = 200, .body = "{\"x\":\"LEAK\"}" }, EIO, "no access token" },
	{ "empty token", { .status = 200, .body = "{\"access_token\":\"\"}" }, EIO,
		"no access token" },
	{ "token of the wrong type", { .status = 200, .body = "{\"access_token\":5}" }, EIO,
		"no access token" },
	{ "token that would end its header",
		{ .status = 200, .body = "{\"access_token\":\"LEAK\\r\\nX: y\"}" }, EIO,
		"no access token" },
	{ "negative lifetime",
		{ .status = 200, .body = "{\"access_token\":\"LEAK\",\"expires_in\":-1}" }, EIO,
		"lifetime is not a number of seconds" },
	{ "lifetime of the wrong type",
		{ .status = 200, .body = "{\"access_token\":\"LEAK\",\"expires_in\":\"x\"}" }, EIO,
		"lifetime is not a number of seconds" },
	{ "refused with 400", { .status = 400, .body = "{\"error\":\"invalid_client\"}" }, EACCES,
		"token for client 'foodcrunch:default': the request was refused "
		"(HTTP 400 invalid_client)" },
	{ "refused without words", { .status = 401 }, EACCES, "(HTTP 401)" },
	{ "no identity server there", { .status = 404 }, ENOENT, "not found (HTTP 404)" },
	{ "redirect", { .status = 302 }, EOPNOTSUPP, "redirects" },
	{ "no answer", { .ret = -EHOSTUNREACH }, EHOSTUNREACH,
		"token for client 'foodcrunch:default': scripted EHOSTUNREACH" },
};

START_TEST(identity_refuses)
{
	struct fetched fetched;

	fetch(&bad[_i].answer, &fetched, NULL);
	ck_assert_msg(fetched.ret == -bad[_i].errnum, "%s", bad[_i].what);
	ck_assert_int_eq(fetched.err.errnum, bad[_i].errnum);
	ck_assert_msg(strstr(fetched.err.text, bad[_i].sentence) != NULL, "%s: %s", bad[_i].what,
		fetched.err.text);
	ck_assert_msg(strstr(fetched.err.text, "s3cr3t") == NULL, "%s", fetched.err.text);
	ck_assert_msg(strstr(fetched.err.text, "LEAK") == NULL, "%s", fetched.err.text);
	ck_assert_uint_eq(fetched.text.len, 0);
}
END_TEST

static const struct {
	const char *body;
	uint64_t lifetime_ms;
} lifetimes[] = {
	{ "{\"access_token\":\"T\"}", IDENTITY_LIFETIME_UNKNOWN_MS },
	{ "{\"access_token\":\"T\",\"expires_in\":null}", IDENTITY_LIFETIME_UNKNOWN_MS },
	{ "{\"access_token\":\"T\",\"expires_in\":1}", 1000 },
	{ "{\"access_token\":\"T\",\"expires_in\":1.5}", 1500 },
	{ "{\"access_token\":\"T\",\"expires_in\":9223372036854775807}",
		(uint64_t)10 * 365 * 24 * 3600 * 1000 },
	{ "{\"access_token\":\"T\",\"expires_in\":999999999999999999}",
		(uint64_t)10 * 365 * 24 * 3600 * 1000 },
};

START_TEST(identity_reads_lifetimes)
{
	struct scripted_answer answer = { .status = 200, .body = lifetimes[_i].body };
	struct fetched fetched;

	fetch(&answer, &fetched, NULL);
	ck_assert_int_eq(fetched.ret, 0);
	ck_assert_uint_eq(fetched.lifetime_ms, lifetimes[_i].lifetime_ms);
	buf_release(&fetched.text);
}
END_TEST

START_TEST(identity_refuses_a_secret_without_end)
{
	struct identity *identity = NULL;
	struct error err = { 0 };
	char *secret = malloc(1 << 20);

	ck_assert(secret != NULL);
	memset(secret, 'x', (1 << 20) - 1);
	secret[(1 << 20) - 1] = '\0';
	ck_assert_int_eq(identity_new(URL, CLIENT, secret, &identity, &err), -EFBIG);
	ck_assert(identity == NULL);
	ck_assert(strstr(err.text, "xxxx") == NULL);
	free(secret);
	identity_free(NULL);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("identity");

	tcase_add_test(tcase, identity_sends_an_encoded_form);
	tcase_add_test(tcase, identity_reads_recorded_token);
	tcase_add_loop_test(tcase, identity_tells_recorded_refusals, 0, N_ROWS(recorded));
	tcase_add_loop_test(tcase, identity_refuses, 0, N_ROWS(bad));
	tcase_add_loop_test(tcase, identity_reads_lifetimes, 0, N_ROWS(lifetimes));
	tcase_add_test(tcase, identity_refuses_a_secret_without_end);
	return suite_run(tcase, "identity");
}
