#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/status.h"
#include "base/buf.h"
#include "base/error.h"
#include "net/transport.h"
#include "support/fixture.h"
#include "support/suite.h"

static const struct {
	const char *what;
	int http_status;
	const char *error_code;
	const char *message;
	enum status_operation operation;
	int errnum;
} errnos[] = {
	{ "success", 200, "", "", STATUS_READ, 0 },
	{ "created", 201, "", "", STATUS_CREATE, 0 },
	{ "no content", 204, "", "", STATUS_WRITE, 0 },
	{ "not modified", 304, "", "", STATUS_READ, 0 },
	{ "refused by validation", 400, "", "Validation error", STATUS_WRITE, EINVAL },
	{ "bad query", 400, "", "", STATUS_READ, EINVAL },
	{ "wrong content type", 415, "", "", STATUS_WRITE, EINVAL },
	{ "unprocessable", 422, "", "", STATUS_WRITE, EINVAL },
	{ "token refused", 401, "", "", STATUS_READ, EACCES },
	{ "role refused", 403, "FORBIDDEN", "", STATUS_READ, EACCES },
	{ "not found", 404, "", "", STATUS_READ, ENOENT },
	{ "deleted", 410, "OBJECT_DELETED", "", STATUS_WRITE, ENOENT },
	{ "taken on create", 409, "OBJECT_CONFLICT", "", STATUS_CREATE, EEXIST },
	{ "conflict on write", 409, "", "", STATUS_WRITE, EBUSY },
	{ "conflict on read", 409, "", "", STATUS_READ, EBUSY },
	{ "changed meanwhile", 412, "OBJECT_VERSION_CONFLICT", "", STATUS_WRITE, ESTALE },
	{ "referenced", 400, "OBJECT_REFERENCED", "", STATUS_WRITE, EBUSY },
	{ "id of another schema", 400, "", "Invalid command.", STATUS_CREATE, EEXIST },
	{ "same words on write", 400, "", "Invalid command.", STATUS_WRITE, EINVAL },
	{ "method", 405, "", "", STATUS_READ, EOPNOTSUPP },
	{ "moved for ever", 301, "", "", STATUS_READ, EOPNOTSUPP },
	{ "found elsewhere", 302, "", "", STATUS_READ, EOPNOTSUPP },
	{ "temporary redirect", 307, "", "", STATUS_READ, EOPNOTSUPP },
	{ "permanent redirect", 308, "", "", STATUS_READ, EOPNOTSUPP },
	{ "server's time-out", 408, "", "", STATUS_READ, ETIMEDOUT },
	{ "too large", 413, "", "", STATUS_WRITE, EFBIG },
	{ "address too long", 414, "", "", STATUS_READ, ENAMETOOLONG },
	{ "quota", 429, "", "", STATUS_READ, EBUSY },
	{ "server failed", 500, "", "", STATUS_READ, EIO },
	{ "bad gateway", 502, "", "", STATUS_READ, EIO },
	{ "not available", 503, "", "", STATUS_READ, EIO },
	{ "gateway's time-out", 504, "", "", STATUS_READ, EIO },
	{ "unknown client error", 418, "", "", STATUS_READ, EIO },
	{ "no final status", 101, "", "", STATUS_READ, EIO },
	{ "no status", 0, "", "", STATUS_READ, EIO },
	{ "client refused with 400", 400, "invalid_client", "", STATUS_READ, EACCES },
};

START_TEST(status_maps_to_errno)
{
	ck_assert_msg(status_errno(errnos[_i].http_status, errnos[_i].error_code,
			      errnos[_i].message, errnos[_i].operation) == errnos[_i].errnum,
		"%s", errnos[_i].what);
}
END_TEST

static const struct {
	const char *path;
	int http_status;
	enum status_operation operation;
	int errnum;
	const char *text;
	const char *trace_id; /* how it begins */
} recorded[] = {
	{ "wire/72-notfound-content-404.txt", 404, STATUS_READ, ENOENT,
		"recipes/x: not found (HTTP 404)", "00-5900601bba7cebe1" },
	{ "wire/83-create-validation-400.txt", 400, STATUS_CREATE, EINVAL,
		"recipes/x: Validation error: servings.iv: Must be between 1 and 100.; "
		"title.en: Field is required. (HTTP 400)",
		"00-4e6b1e7f245808c8" },
	{ "wire/80-create-conflict-409.txt", 409, STATUS_CREATE, EEXIST,
		"recipes/x: Entity (95f9ded7-2a83-4d5c-8ff2-45c331918ee6--wire-1) already exists. "
		"(HTTP 409 OBJECT_CONFLICT)",
		"00-aaa3e4c687409b41" },
	{ "wire/96-update-wrong-if-match-quoted-412.txt", 412, STATUS_WRITE, ESTALE,
		"recipes/x: Entity (95f9ded7-2a83-4d5c-8ff2-45c331918ee6--wire-1) requested "
		"version 99, but found 1. (HTTP 412 OBJECT_VERSION_CONFLICT)",
		"00-3e8ed6fd86a3c4df" },
	{ "wire/316-id-in-other-schema-400.txt", 400, STATUS_CREATE, EEXIST,
		"recipes/x: Invalid command. The id is in use in another schema. (HTTP 400)",
		"00-3571aafc2282ae5c" },
	{ "wire/355-delete-referenced-checked-400.txt", 400, STATUS_WRITE, EBUSY,
		"recipes/x: Content is referenced by another content and cannot be deleted or "
		"unpublished. (HTTP 400 OBJECT_REFERENCED)",
		"00-ef24f58b9091be4f" },
	{ "wire/305-rate-limited-429.txt", 429, STATUS_READ, EBUSY,
		"recipes/x: the quota of API calls is used up (HTTP 429)", "00-b5e7801f5e59fd30" },
	{ "wire/318-error-hook-503.txt", 503, STATUS_READ, EIO,
		"recipes/x: the server is not available (HTTP 503)", "00-432ba8f517db7459" },
	{ "wire/02-token-wrong-secret-401.txt", 401, STATUS_READ, EACCES,
		"recipes/x: The specified client credentials are invalid. "
		"(HTTP 401 invalid_client)",
		"" },
};

static int check_text(
	int http_status, const char *body, enum status_operation operation, struct error *err)
{
	struct http_response res;
	int ret;

	http_response_init(&res);
	res.status = http_status;
	snprintf(res.location, sizeof(res.location), "https://elsewhere.example/");
	buf_init(&res.body, 1 << 20);
	if (*body)
		ck_assert_int_eq(buf_add_str(&res.body, body), 0);
	ret = status_check(&res, operation, "recipes/x", err);
	http_response_release(&res);
	return ret;
}

START_TEST(status_tells_recorded_failures)
{
	struct error err = { 0 };
	struct buf body;
	int ret;

	fixture_read_body(recorded[_i].path, &body);
	ret = check_text(recorded[_i].http_status, buf_str(&body), recorded[_i].operation, &err);
	ck_assert_int_eq(ret, -recorded[_i].errnum);
	ck_assert_int_eq(err.errnum, recorded[_i].errnum);
	ck_assert_int_eq(err.http_status, recorded[_i].http_status);
	ck_assert_str_eq(err.text, recorded[_i].text);
	ck_assert(strncmp(err.trace_id, recorded[_i].trace_id, strlen(recorded[_i].trace_id)) == 0);
	buf_release(&body);
}
END_TEST

static const struct {
	const char *what;
	int http_status;
	const char *body;
	const char *text;
} made[] = {
	{ "RFC 7807", 404, "{\"title\":\"Not Found\",\"status\":404}",
		"recipes/x: Not Found (HTTP 404)" },
	{ "empty message and a code", 403, "{\"message\":\"\",\"errorCode\":\"FORBIDDEN\"}",
		"recipes/x: the client's role does not allow it (HTTP 403 FORBIDDEN)" },
	{ "empty message and details", 400, "{\"message\":\"\",\"details\":[\"a: b\",5,\"c\"]}",
		"recipes/x: the request was refused: a: b; c (HTTP 400)" },
	{ "no body", 502, "", "recipes/x: the proxy got no answer from the server (HTTP 502)" },
	{ "HTML", 503, "<html><body>Down for maintenance</body></html>",
		"recipes/x: the server is not available (HTTP 503)" },
	{ "keys of the wrong type", 400, "{\"message\":{},\"details\":\"x\",\"traceId\":1}",
		"recipes/x: the request was refused (HTTP 400)" },
	{ "an array", 500, "[1]", "recipes/x: the server failed (HTTP 500)" },
	{ "null", 500, "null", "recipes/x: the server failed (HTTP 500)" },
	{ "unknown status", 418, "", "recipes/x: unexpected answer (HTTP 418)" },
	{ "control characters", 400, "{\"message\":\"a\\nb\"}", "recipes/x: a b (HTTP 400)" },
	{ "redirect", 302, "",
		"recipes/x: the server redirects to 'https://elsewhere.example/', which is not "
		"followed (HTTP 302)" },
};

START_TEST(status_tells_other_failures)
{
	struct error err = { 0 };

	ck_assert_int_lt(check_text(made[_i].http_status, made[_i].body, STATUS_READ, &err), 0);
	ck_assert_str_eq(err.text, made[_i].text);
}
END_TEST

START_TEST(status_success_says_nothing)
{
	struct error err = { 0 };

	ck_assert_int_eq(check_text(200, "{\"message\":\"x\"}", STATUS_READ, &err), 0);
	ck_assert_int_eq(check_text(304, "", STATUS_READ, &err), 0);
	ck_assert_int_eq(err.errnum, 0);
}
END_TEST

START_TEST(status_cuts_endless_words)
{
	struct error err = { 0 };
	struct buf body;

	buf_init(&body, 1 << 20);
	buf_addf(&body, "{\"message\":\"%0*d\",\"details\":[\"%0*d\"]}", 5000, 1, 5000, 1);
	ck_assert_int_eq(check_text(400, buf_str(&body), STATUS_READ, &err), -EINVAL);
	ck_assert_uint_lt(strlen(err.text), sizeof(err.text));
	ck_assert(strstr(err.text, "(HTTP 400)") != NULL);
	buf_release(&body);
}
END_TEST

START_TEST(status_takes_no_error_struct)
{
	ck_assert_int_eq(check_text(404, "", STATUS_READ, NULL), -ENOENT);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("status");

	tcase_add_loop_test(tcase, status_maps_to_errno, 0, N_ROWS(errnos));
	tcase_add_loop_test(tcase, status_tells_recorded_failures, 0, N_ROWS(recorded));
	tcase_add_loop_test(tcase, status_tells_other_failures, 0, N_ROWS(made));
	tcase_add_test(tcase, status_success_says_nothing);
	tcase_add_test(tcase, status_cuts_endless_words);
	tcase_add_test(tcase, status_takes_no_error_struct);
	return suite_run(tcase, "status");
}
